"""Measuring what a model knows, has forgotten, and how well it is liked."""

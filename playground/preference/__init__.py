"""Completions to judge, the people who judge them, and the preferences that result."""

"""Rows in, examples out: reading, cleaning, splitting and showing data."""

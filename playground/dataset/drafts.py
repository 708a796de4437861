"""Rows that no person has written: marked by tags until somebody approves them."""

from playground.records import Example

DRAFT = "draft"
"""The tag of a row that nobody has approved yet; no stage learns from it."""

SYNTHETIC = "synthetic"
"""The tag of a row that a template or a model wrote; it stays."""


def is_draft(example: Example) -> bool:
    return DRAFT in example.tags

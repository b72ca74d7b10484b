"""Names of the classes and of their predictions, shared by all stages."""

from typing import Literal

CLASSES = ("signing", "speaking", "other")
"""The three classes, always in this order (paper section 3)."""

PROBABILITIES = tuple(f"p_{name}" for name in CLASSES)
"""Columns of the class probabilities in every table of predictions."""

Unit = Literal["segment", "video"]
"""Unit of a row of predictions: a segment, in three classes, or a whole video, signing against the rest."""

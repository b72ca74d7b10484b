"""The classes and what is predicted of them: words that every stage shares."""

from typing import Literal

CLASSES = ("signing", "speaking", "other")
"""The three classes, always in this order (paper section 3)."""

PROBABILITIES = tuple(f"p_{name}" for name in CLASSES)
"""Columns of the class probabilities in every table of predictions."""

Unit = Literal["segment", "video"]
"""What a row of predictions is about: a segment in three classes, or a whole video, signing against the rest."""

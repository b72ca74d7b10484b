"""The words that every stage shares: the classes, and how others write them."""

CLASSES = ("signing", "speaking", "other")
"""The three classes, always in this order (paper section 3)."""

PROBABILITIES = tuple(f"p_{name}" for name in CLASSES)
"""Columns of the class probabilities in every table of predictions."""

AUTHORS_LABELS = {"S": "signing", "P": "speaking", "n": "other", "?": None}
"""Letters of the authors' ``groundtruth.txt``; ``?`` is an unlabelled frame."""

"""The words that every stage shares: the classes, how others write them, and what is predicted."""

from typing import Literal

CLASSES = ("signing", "speaking", "other")
"""The three classes, always in this order (paper section 3)."""

PROBABILITIES = tuple(f"p_{name}" for name in CLASSES)
"""Columns of the class probabilities in every table of predictions."""

Unit = Literal["segment", "video"]
"""What a row of predictions is about: a segment in three classes, or a whole video, signing against the rest."""

AUTHORS_LABELS = {"S": "signing", "P": "speaking", "n": "other", "?": None}
"""Letters of the authors' ``groundtruth.txt``; ``?`` is an unlabelled frame."""

DOWNLOAD_COLUMNS = ["video_id", "status", "reason", "file", "sha256", "bytes"]
"""Columns of a shard's download manifest, which the alignment's has too."""

"""Letters of the authors' labels."""

AUTHORS_LABELS = {"S": "signing", "P": "speaking", "n": "other", "?": None}
"""Letters of the authors' ``groundtruth.txt``; ``?`` is an unlabelled frame."""

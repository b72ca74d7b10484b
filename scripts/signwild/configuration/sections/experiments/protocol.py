"""Protocols: which folds train, and which are held out."""

from typing import Literal

Protocol = Literal["cross_validation", "two_folds", "by_video"]
"""Every fold is held out once; or the first fold trains and the second validates (paper section 5.2.1); or every fold
is held out once, of folds that keep videos together, but not persons or sources."""

CompleteProtocol = Literal["cross_validation", "by_video"]
"""Protocols by which every segment is held out once."""

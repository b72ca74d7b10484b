"""Pooling of the samples of a segment into one vector."""

from typing import Literal

Pooling = Literal["mean", "first"]

"""Faces found in a video, by sample."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FacesOfVideo:
    """Findings of the detectors in one video: m inspected samples, n candidates in the order of the samples.

    ``look`` (m,) int64: the row of each inspected sample. ``box_look`` (n,) int64: that of each candidate, as an
    index into ``look``. ``boxes`` (n, 4) float32: x, y, width, height as shares of the upright frame's width and
    height. ``votes`` (n,) uint8: bit k is set if detector k saw it. ``kept`` (n,) bool: agreed on, and lasting.
    """

    look: np.ndarray
    box_look: np.ndarray
    boxes: np.ndarray
    votes: np.ndarray
    kept: np.ndarray

    def at_sample(self, row: int) -> np.ndarray:
        """Return the kept faces' boxes (k, 4) at a sample, or at the last inspected sample before it."""
        return self.boxes[self.kept & (self.box_look == np.searchsorted(self.look, row, side="right") - 1)]

    def by_sample(self, count: int) -> list[np.ndarray]:
        """Return the kept faces' boxes at each of a video's ``count`` samples, see ``at_sample``."""
        return [self.at_sample(row) for row in range(count)]

    @property
    def looks_with_face(self) -> int:
        """Number of inspected samples with a kept face."""
        return len(np.unique(self.box_look[self.kept]))


def count_faces(boxes: list[np.ndarray]) -> np.ndarray:
    """Return the number of faces in each of n samples, (n,) int64; ``boxes``: as ``by_sample`` returns them."""
    return np.array([len(own) for own in boxes], np.int64)

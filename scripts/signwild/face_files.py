"""The faces of a video, as the store has them."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from signwild.errors import InputError
from signwild.face_detection import BOX
from signwild.store import store_path


@dataclass(frozen=True)
class FacesOfVideo:
    """What the detectors found in one video: m looks, n candidates, ordered by look.

    ``look`` (m,) int64: the sample row of each look. ``box_look`` (n,) int64: the look of each candidate, as an
    index into ``look``. ``boxes`` (n, 4) float32: x, y, width, height as shares of the upright frame's width and
    height. ``votes`` (n,) uint8: bit k is set where detector k saw it. ``kept`` (n,) bool: agreed on, and lasting.
    """

    look: np.ndarray
    box_look: np.ndarray
    boxes: np.ndarray
    votes: np.ndarray
    kept: np.ndarray

    def at_sample(self, row: int) -> np.ndarray:
        """The kept faces' boxes (k, 4) at a sample: those of the look at it, or of the last one before it."""
        return self.boxes[self.kept & (self.box_look == np.searchsorted(self.look, row, side="right") - 1)]

    @property
    def looks_with_face(self) -> int:
        """Number of looks with a kept face."""
        return len(np.unique(self.box_look[self.kept]))


def read_faces(store: Path, key: str) -> FacesOfVideo:
    """The faces of one video; raises InputError where the store lacks them."""
    with _open_faces(store, key) as file:
        boxes = np.stack([file[name][()] for name in BOX], axis=-1)
        return FacesOfVideo(boxes=boxes, **{name: file[name][()] for name in ("look", "box_look", "votes", "kept")})


def read_thumbnails(store: Path, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Small grey pictures (k, h, w) uint8 of some looks, and the looks that they show, (k,) int64."""
    with _open_faces(store, key) as file:
        return file["thumbnails"][()], file["thumbnail_look"][()]


def _open_faces(store: Path, key: str) -> h5py.File:
    path = store_path(store, "faces", key)
    if not path.exists():
        raise InputError(f"{path}: no such file; delete the folder faces/ of the run and start again")
    return h5py.File(path)

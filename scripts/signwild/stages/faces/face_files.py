"""Stored faces of a video."""

from pathlib import Path

import h5py
import numpy as np

from signwild.base.errors import InputError
from signwild.base.store import store_path
from signwild.stages.faces.found_faces import FacesOfVideo
from signwild.stages.faces.haar import BOX


def read_faces(store: Path, key: str) -> FacesOfVideo:
    """Read the faces of one video; raises InputError if the store lacks them."""
    with _open_faces(store, key) as file:
        boxes = np.stack([file[name][()] for name in BOX], axis=-1)
        return FacesOfVideo(boxes=boxes, **{name: file[name][()] for name in ("look", "box_look", "votes", "kept")})


def read_thumbnails(store: Path, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Read small grey pictures (k, h, w) uint8 of some inspected samples, and the indices of these, (k,) int64."""
    with _open_faces(store, key) as file:
        return file["thumbnails"][()], file["thumbnail_look"][()]


def _open_faces(store: Path, key: str) -> h5py.File:
    path = store_path(store, "faces", key)
    if not path.exists():
        raise InputError(f"{path}: no such file; delete the folder faces/ of the run and start again")
    return h5py.File(path)

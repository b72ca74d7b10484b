"""Faces: where a video's samples show them, by one decode of the source, kept in the store.

Every n-th sample is a look. What at least one detector sees there is a candidate; a face is kept where detectors
agree and where it lasts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import cv2
import h5py
import numpy as np
import pandas as pd

from signwild.digests import computing_digest, result_key
from signwild.errors import InputError
from signwild.face_detection import find_boxes, find_lasting, group_boxes, load_cascades
from signwild.files import read_table, write_table
from signwild.parameters.faces import Faces
from signwild.resample import read_samples, unchanged_source
from signwild.store import new_store_file, store_path
from signwild.video import Decoder, FrameForm, reduced_size, upright_size

MANIFEST_COLUMNS = ["video_id", "key", "rows", "with_face"]

BOX = ("x", "y", "width", "height")

THUMBNAILS = 4
THUMBNAIL_SIDE = 180
"""Shorter side, in pixels."""


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


def check_cascades(detectors: Iterable[str]) -> None:
    """Raise InputError where the installed OpenCV lacks one of these detectors."""
    load_cascades(list(detectors))


def faces_key(sample_key: str, parameters: Faces) -> str:
    """Key of one video's faces: its samples, the code of this stage, and its parameters."""
    return result_key(sample_key, computing_digest("signwild.faces"), parameters.model_dump())


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


def detect_shard(
    downloads: Path,
    samples_manifest: Path,
    manifest: Path,
    store: Path,
    parameters: Faces,
    max_seconds: float,
    threads: int = 1,
    progress: Callable[[list], Iterable] = iter,
) -> None:
    """Find the faces of a shard's usable videos, as far as the store lacks them.

    ``downloads``, ``samples_manifest``: the shard's download and resample manifests. ``manifest``: written last, a
    row per usable video with the number of looks and of those with a kept face.
    """
    cascades = load_cascades(parameters.detectors)
    sources = read_table(downloads).set_index("video_id")
    rows = []
    for video in progress(read_table(samples_manifest).query("status == 'ok'").to_dict("records")):
        key = faces_key(video["key"], parameters)
        path = store_path(store, "faces", key)
        if not path.exists():
            samples = read_samples(store, video["key"])
            frames, times = (samples[name].to_numpy()[:: parameters.every] for name in ("frame", "time_s"))
            source = unchanged_source(sources.loc[video["video_id"]])
            size = upright_size(source)
            form = FrameForm(*reduced_size(*size, parameters.short_side), chroma=False)
            pictures = _pictures(source, frames, form, max_seconds, threads)
            _store_faces(path, video["key"], size, pictures, times, cascades, parameters)
        faces = read_faces(store, key)
        rows.append([video["video_id"], key, len(faces.look), faces.looks_with_face])
    write_table(manifest, pd.DataFrame(rows, columns=MANIFEST_COLUMNS))


def _pictures(
    source: Path, frames: np.ndarray, form: FrameForm, max_seconds: float, threads: int
) -> Iterator[np.ndarray]:
    """The grey pictures (h, w) uint8 of a video's ``frames`` (n,)."""
    start, seen = 0, 0
    with Decoder(source, int(frames[-1]) + 1, max_seconds, form, threads) as decoder:
        for block in decoder:
            first, seen = np.searchsorted(frames, [start, start + len(block)])
            yield from block[frames[first:seen] - start, 0]
            start += len(block)
    if seen < len(frames):
        raise RuntimeError(f"{source}: gives {start} frames now, at least {frames[-1] + 1} before; start again")


def _store_faces(
    path: Path,
    sample_key: str,
    size: tuple[int, int],
    pictures: Iterable[np.ndarray],
    times: np.ndarray,
    cascades: list[cv2.CascadeClassifier],
    parameters: Faces,
) -> None:
    """Find the faces in a video's looks, (h, w) uint8 each, at ``times`` (m,), and write its file in the store."""
    started = monotonic()
    shown = np.unique(((np.arange(THUMBNAILS) + 0.5) / THUMBNAILS * len(times)).astype(np.int64))
    found, thumbnails = [], []
    for picture in pictures:
        if len(found) in shown:
            thumbnails.append(_reduced(picture, THUMBNAIL_SIDE))
        found.append(group_boxes(*find_boxes(picture, cascades, parameters), parameters.overlap))
    boxes, votes = (np.concatenate(part) for part in zip(*found, strict=True))
    box_look = np.repeat(np.arange(len(found)), [len(group) for group, _ in found])
    kept = np.bitwise_count(votes) >= parameters.agreement
    kept[kept] = find_lasting(boxes[kept], box_look[kept], times, parameters)
    with new_store_file(path, [sample_key], monotonic() - started) as file:
        file["look"] = np.arange(len(found)) * parameters.every
        file["box_look"] = box_look
        for column, name in enumerate(BOX):
            file[name] = boxes[:, column].astype(np.float32)
        file["votes"] = votes
        file["kept"] = kept
        file.create_dataset("thumbnails", data=np.stack(thumbnails), compression="gzip")
        file["thumbnail_look"] = shown
        file.attrs.update(width=size[0], height=size[1])


def _reduced(picture: np.ndarray, short_side: int) -> np.ndarray:
    height, width = picture.shape
    return cv2.resize(picture, reduced_size(width, height, short_side), interpolation=cv2.INTER_AREA)

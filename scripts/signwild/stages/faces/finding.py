"""Detection of the faces in a video's samples, in one decode of the source.

Every n-th sample is inspected. What at least one detector sees there is a candidate; a face is kept if detectors
agree on it and it lasts.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic

import cv2
import numpy as np
import pandas as pd

from signwild.base.store import new_store_file
from signwild.configuration.sections.faces import Faces
from signwild.stages.faces.haar import BOX, find_lasting
from signwild.stages.faces.searching import search_pictures
from signwild.video.decoder import Decoder, FrameForm
from signwild.video.tracks import reduced_size, upright_size

THUMBNAILS = 4
THUMBNAIL_SIDE = 180
"""Shorter side, in pixels."""


def find_faces(
    source: Path,
    sample_key: str,
    samples: pd.DataFrame,
    path: Path,
    cascades: list[cv2.CascadeClassifier],
    parameters: Faces,
    threads: int,
) -> None:
    """Find the faces of one video, and write them to ``path`` in the store.

    ``samples``: frame and time_s of its samples; ``sample_key``: their key.
    """
    frames, times = (samples[name].to_numpy()[:: parameters.every] for name in ("frame", "time_s"))
    size = upright_size(source)
    form = FrameForm(*reduced_size(*size, parameters.short_side), chroma=False)
    pictures = _pictures(source, frames, form, threads)
    _store_faces(path, sample_key, size, pictures, times, cascades, parameters)


def _pictures(source: Path, frames: np.ndarray, form: FrameForm, threads: int) -> Iterator[np.ndarray]:
    """Yield the grey pictures (h, w) uint8 of a video's ``frames`` (n,)."""
    start, seen = 0, 0
    with Decoder(source, int(frames[-1]) + 1, form, threads) as decoder:
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
    """Find the faces in a video's ``pictures``, (h, w) uint8 each, at ``times`` (m,), and write them to the store."""
    started = monotonic()
    shown = np.unique(((np.arange(THUMBNAILS) + 0.5) / THUMBNAILS * len(times)).astype(np.int64))
    thumbnails: list[np.ndarray] = []
    found = list(search_pictures(_noted(pictures, shown, thumbnails), cascades, parameters))
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


def _noted(pictures: Iterable[np.ndarray], shown: np.ndarray, thumbnails: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the pictures, and append a thumbnail of those with a number in ``shown``."""
    for number, picture in enumerate(pictures):
        if number in shown:
            thumbnails.append(_reduced(picture, THUMBNAIL_SIDE))
        yield picture


def _reduced(picture: np.ndarray, short_side: int) -> np.ndarray:
    height, width = picture.shape
    return cv2.resize(picture, reduced_size(width, height, short_side), interpolation=cv2.INTER_AREA)

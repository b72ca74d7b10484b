"""One vector for a segment, or for a whole video, from the features of its samples."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.base.classes import Unit
from signwild.base.errors import InputError
from signwild.configuration.sections.pooling import Pooling

EMPTY = {"faces": "faceless", "people": "deserted"}
"""What features count in each sample, and the name in a record of the share of segments without any."""


@dataclass(frozen=True)
class PooledVectors:
    """Vectors of a classifier's rows, which are segments, or videos with all their segments, from stored features.

    ``segments``: of all rows, as ``pooled_vectors`` wants them. ``columns``: features that are used; default: all.
    Nothing is learned.
    """

    segments: pd.DataFrame
    length: int
    pooling: Pooling
    unit: Unit
    columns: list[int] | None = None
    learned: None = None

    def of(self, rows: pd.DataFrame) -> Iterator[np.ndarray]:
        """Yield the vectors of these rows, one video after another."""
        of_videos = self.unit == "video"
        own = self.segments[self.segments["video_id"].isin(rows["video_id"])] if of_videos else rows
        return pooled_vectors(own, self.length, self.pooling, self.unit, self.columns)


def pooled_vectors(
    segments: pd.DataFrame, length: int, pooling: Pooling, unit: Unit, columns: list[int] | None = None
) -> Iterator[np.ndarray]:
    """Yield the vectors of one video after another: (its segments, d), or (1, d) for unit video, float32.

    ``segments``: video_id, start_frame and path (of the feature file), sorted by video. A segment's vector is
    the ``mean`` over its ``length`` samples, or the ``first`` sample's if the features themselves look ahead;
    a video's is the mean of its segments'. ``columns``: features that are used; default: all. Raises InputError if a
    feature is not finite.
    """
    for _, own in segments.groupby("video_id", sort=False):
        path = own["path"].iloc[0]
        with h5py.File(path) as file:
            rows, features = first_rows(file, own, length), file["features"]
            taken = length if pooling == "mean" else 1
            vectors = np.stack([features[row : row + taken].mean(axis=0, dtype=np.float64) for row in rows])
        if not np.isfinite(vectors).all():
            raise InputError(f"{path}: a feature is no finite number; delete this file and start again")
        vectors = vectors if columns is None else vectors[:, columns]
        yield (vectors.mean(axis=0, keepdims=True) if unit == "video" else vectors).astype(np.float32)


def empty_shares(segments: pd.DataFrame, length: int) -> dict[str, float]:
    """Return the share of segments without a face, or a person, in any of their samples, by its name in a record.

    Empty for features that count neither.
    """
    empty = dict.fromkeys(EMPTY, 0)
    for path, own in segments.groupby("path"):
        with h5py.File(path) as file:
            empty = {column: count for column, count in empty.items() if column in file}
            for column in empty:
                there, rows = file[column][()], first_rows(file, own, length)
                empty[column] += sum(not there[row : row + length].any() for row in rows)
    return {EMPTY[column]: count / len(segments) for column, count in empty.items()}


def first_rows(file: h5py.File, segments: pd.DataFrame, length: int) -> np.ndarray:
    """Return the rows of a feature file at which segments of its video start, (n,) int64."""
    frames, starts = file["frame"][()], segments["start_frame"].to_numpy()
    rows = np.searchsorted(frames, starts)
    if (rows + length > len(frames)).any() or (frames[rows] != starts).any():
        raise InputError(f"{Path(file.filename)}: lacks samples of a segment; delete this file and start again")
    return rows

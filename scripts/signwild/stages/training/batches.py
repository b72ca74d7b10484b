"""Segments as batches for training, read from the feature store by index: memory does not grow with the data set."""

import os
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from threading import Lock

import h5py
import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError

OPEN_FILES = 256
"""Feature files held open at once; far below the usual limit of 1,024 per process."""


class SegmentReader:
    """Features of segments, by their position in a table of segments; threads take turns.

    ``segments``: path (of the feature file) and start_frame. ``length``: samples of a segment. ``columns``: features
    that are used; default: all. A file of the store keeps its features contiguously, so a segment is one range of
    bytes. It is read without HDF5, which takes several times as long. Raises InputError for a file whose features are
    stored differently, or that lacks a segment.
    """

    def __init__(self, segments: pd.DataFrame, length: int, columns: list[int] | None = None) -> None:
        self._segments, self._turn = segments[["path", "start_frame"]], Lock()
        self._paths = segments["path"].tolist()
        self._files: OrderedDict[Path, FileIO] = OrderedDict()
        self._offsets = np.empty(len(segments), np.int64)
        kinds = set()
        for path, own in segments.reset_index(drop=True).groupby("path"):
            with h5py.File(path) as file:
                self._offsets[own.index] = _segment_offsets(path, file, own["start_frame"].to_numpy(), length)
                kinds.add((file["features"].shape[1], file["features"].dtype))
        if len(kinds) > 1:
            raise InputError(f"{self._paths[0]}: features of other files have another size or type; start again")
        n_features, self.dtype = kinds.pop()
        self._shape = (length, n_features)
        self._columns = columns

    def is_of(self, segments: pd.DataFrame, length: int, columns: list[int] | None) -> bool:
        """Return whether these are the segments, and the features of them, that it reads."""
        same = (length, columns) == (self.length, self._columns)
        return same and self._segments.equals(segments[["path", "start_frame"]])

    @property
    def length(self) -> int:
        """Samples of a segment."""
        return self._shape[0]

    @property
    def n_features(self) -> int:
        """Number of used features of a sample."""
        return self._shape[1] if self._columns is None else len(self._columns)

    def read(self, positions: np.ndarray) -> np.ndarray:
        """Return features of the segments at ``positions``: (n, length, d), in the dtype that they are stored in.

        Raises InputError for a file that is missing, cannot be read, or has been truncated.
        """
        segments = np.empty((len(positions), *self._shape), self.dtype)
        with self._turn:
            for target, position in zip(segments, positions, strict=True):
                self._read_segment(target, position)
        return segments if self._columns is None else segments[..., self._columns]

    def _read_segment(self, target: np.ndarray, position: int) -> None:
        path = self._paths[position]
        try:
            count = os.preadv(self._open(path).fileno(), [target], self._offsets[position])
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); `make verify` says what mends it") from None
        if count != target.nbytes:
            raise InputError(f"{path}: ends within a segment; `make verify` says what mends it")

    def _open(self, path: Path) -> FileIO:
        if path in self._files:
            self._files.move_to_end(path)
        else:
            if len(self._files) == OPEN_FILES:
                self._files.popitem(last=False)[1].close()
            self._files[path] = path.open("rb", buffering=0)
        return self._files[path]


def _segment_offsets(path: Path, file: h5py.File, start_frames: np.ndarray, length: int) -> np.ndarray:
    """Return the byte offsets in a feature file, (n,) int64, of the segments that begin with these frames (n,)."""
    frames, features = file["frame"][()], file["features"]
    rows = np.searchsorted(frames, start_frames)
    if (rows + length > len(features)).any() or (frames[rows] != start_frames).any():
        raise InputError(f"{path}: lacks samples of a segment; delete the folder segments/ of the run and start again")
    if (start := features.id.get_offset()) is None:
        raise InputError(f"{path}: its features are in pieces; delete it, it is made again")
    return start + rows * features.shape[1] * features.dtype.itemsize


class SegmentBatches:
    """Batches of segments: features (n, length, d) and classes (n,) int64.

    With ``order_seed``, each epoch has a different order, which depends only on that seed and the epoch's number.
    """

    def __init__(
        self,
        reader: SegmentReader,
        segments: pd.DataFrame,
        positions: np.ndarray,
        batch_size: int,
        order_seed: list[int] | None = None,
    ) -> None:
        self._reader = reader
        self._classes = np.array([CLASSES.index(label) for label in segments["label"]])
        self._positions = positions
        self._batch_size = batch_size
        self._order_seed = order_seed
        self.start_epoch(1)

    @property
    def classes(self) -> np.ndarray:
        """Classes of the segments, (n,) int64, in the order of this epoch."""
        return self._classes[self._order]

    def __len__(self) -> int:
        return -(-len(self._positions) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        return self._reader.read(chosen), self._classes[chosen]

    def start_epoch(self, number: int) -> None:
        """Set the order of the epoch with this number, counting from 1."""
        if self._order_seed is None:
            self._order = self._positions
        else:
            self._order = np.random.default_rng([*self._order_seed, number]).permutation(self._positions)

    def read_ahead(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Iterate over the batches of this epoch; while one is used, a thread reads the next."""
        with ThreadPoolExecutor(1) as reader:
            following = reader.submit(self.__getitem__, 0) if len(self) else None
            for number in range(len(self)):
                batch = following.result()
                following = reader.submit(self.__getitem__, number + 1) if number + 1 < len(self) else None
                yield batch

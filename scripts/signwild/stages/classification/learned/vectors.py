"""Vectors of segments or videos by features that are learned inside each fit, from nothing but the rows of that fit.

The features of a fold, and of each inner fold that tunes and calibrates, are learned from the frames of its own
training rows: no pixel of what is held out has a part in them. Frames are read segment by segment.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from signwild.base.classes import Unit
from signwild.configuration.sections.encoder import AnyEncoder
from signwild.stages.classification.learned.dictionary import Dictionary, learn_dictionary
from signwild.stages.classification.learned.patches import all_patches, draw_patches, normalised, segment_frames


class LearnedVectors:
    """Source of a classifier's rows, segments or videos, for one fold: their numbers, and what makes vectors of them.

    ``segments``: video_id, start_frame and path (of the video's frames), sorted, all of a run; row ``n`` of the
    classifier is segment ``n``, or video ``n`` with all its segments.
    """

    def __init__(self, segments: pd.DataFrame, length: int, unit: Unit, encoder: AnyEncoder, seed: int) -> None:
        rows = pd.factorize(segments["video_id"])[0] if unit == "video" else np.arange(len(segments))
        self.learned = PatchFeatures(FoldFrames(segments, rows, length, encoder, seed))

    def of(self, rows: pd.DataFrame) -> Iterator[np.ndarray]:
        """Yield the numbers of these rows, (n, 1) int64, one video after another."""
        for _, own in rows.groupby("video_id", sort=False):
            yield own.index.to_numpy()[:, None]


class PatchFeatures(TransformerMixin, BaseEstimator):
    """Transformer of row numbers (n, 1) to vectors (n, width) float32; ``fit`` learns the features from its rows."""

    def __init__(self, frames: "FoldFrames") -> None:
        self.frames = frames

    @property
    def width(self) -> int:
        """Length of a vector."""
        return self.frames.encoder.features * self.frames.encoder.grid**2

    def fit(self, numbers: np.ndarray, _classes: np.ndarray | None = None) -> "PatchFeatures":
        """Choose the rows to learn from; their classes are not read."""
        self.rows_ = np.sort(numbers[:, 0])
        self.frames.keep(self.rows_)
        return self

    def transform(self, numbers: np.ndarray) -> np.ndarray:
        """Return the vectors of rows, by the features of the rows that were fitted."""
        return self.frames.vectors(self.rows_, numbers[:, 0])


class FoldFrames:
    """Frames of all rows, with the dictionaries that were learned from some of them, and the vectors by these.

    Tuning and calibration fit on the same inner folds, so what they learn, and the vectors of rows that any fit learns
    from, are kept: a few numbers per row and dictionary. Vectors of other rows, those that are predicted, are not.
    """

    def __init__(self, segments: pd.DataFrame, rows: np.ndarray, length: int, encoder: AnyEncoder, seed: int) -> None:
        self.encoder = encoder
        self._segments, self._rows, self._length, self._seed = segments, rows, length, seed
        self._learned: dict[bytes, tuple[Dictionary, dict[int, np.ndarray]]] = {}
        self._kept: set[int] = set()

    def __sklearn_clone__(self) -> "FoldFrames":
        """Return itself: clones of a transformer share what was learned, which depends on the rows alone."""
        return self

    def keep(self, rows: np.ndarray) -> None:
        """Keep the vectors of these rows, once they are made."""
        self._kept.update(rows.tolist())

    def vectors(self, learned_from: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return the vectors of rows ``wanted`` (n,), (n, width) float32, by features of other rows (or the same)."""
        dictionary, known = self._dictionary(learned_from)
        own = np.isin(self._rows, np.setdiff1d(wanted, [*known]))
        made: dict[int, list[np.ndarray]] = defaultdict(list)
        for row, frames in zip(self._rows[own], segment_frames(self._segments[own], self._length), strict=True):
            made[int(row)].append(segment_vector(frames, dictionary, self.encoder))
        new = {row: np.mean(vectors, axis=0, dtype=np.float32) for row, vectors in made.items()}
        known.update({row: vector for row, vector in new.items() if row in self._kept})
        return np.stack([new[row] if row in new else known[row] for row in wanted.tolist()])

    def _dictionary(self, rows: np.ndarray) -> tuple[Dictionary, dict[int, np.ndarray]]:
        name = rows.tobytes()
        if name not in self._learned:
            own = self._segments[np.isin(self._rows, rows)]
            patches = draw_patches(own, self._length, self.encoder.patch_size, self.encoder.patches, self._seed)
            self._learned[name] = learn_dictionary(normalised(patches), self.encoder, self._seed), {}
        return self._learned[name]


def segment_vector(frames: np.ndarray, dictionary: Dictionary, encoder: AnyEncoder) -> np.ndarray:
    """Return a segment's features, (grid x grid x features,) float32: means over its samples and over parts of a frame.

    ``frames``: (samples, count, h, w) uint8. The dictionary is applied to every patch, ``step`` pixels apart: it is
    convolved with the frames. The parts of the frame are in rows.
    """
    return np.mean([_sample_vector(own, dictionary, encoder) for own in frames], axis=0, dtype=np.float32)


def _sample_vector(frames: np.ndarray, dictionary: Dictionary, encoder: AnyEncoder) -> np.ndarray:
    patches, places = all_patches(frames, encoder.patch_size, encoder.step)
    active = dictionary.activations(normalised(patches)).reshape(*places, -1)
    parts = [
        part.mean(axis=(0, 1))
        for band in np.array_split(active, encoder.grid, axis=0)
        for part in np.array_split(band, encoder.grid, axis=1)
    ]
    return np.concatenate(parts)

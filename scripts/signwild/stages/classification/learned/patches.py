"""Patches of stored frames: read segment by segment, drawn at random, and brought to one brightness and contrast."""

from collections.abc import Iterator

import h5py
import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from signwild.stages.features.pooling import first_rows

CONTRAST_FLOOR = 10.0
"""Added to the variance of a patch's grey levels before it is divided by their deviation, so that noise of a plain wall
is not enlarged to the contrast of a hand (Coates et al. 2011)."""


def segment_frames(segments: pd.DataFrame, length: int) -> Iterator[np.ndarray]:
    """Yield the frames (length, count, h, w) uint8 of one segment after another; one segment is in memory at a time.

    ``segments``: video_id, start_frame and path (of the video's frames), sorted by video.
    """
    for _, own in segments.groupby("video_id", sort=False):
        with h5py.File(own["path"].iloc[0]) as file:
            for row in first_rows(file, own, length):
                yield file["features"][row : row + length]


def draw_patches(segments: pd.DataFrame, length: int, size: int, count: int, seed: int) -> np.ndarray:
    """Return ``count`` patches (count, frames x size x size) float32, as evenly over the segments as possible.

    Within a segment the sample and the place in its frame are random. The draw depends on nothing but the number of the
    segments, the sizes of their frames, and the seed.
    """
    random = np.random.default_rng(seed)
    shares = np.full(len(segments), count // len(segments))
    shares[random.permutation(len(segments))[: count % len(segments)]] += 1
    patches: list[np.ndarray] = []
    for frames, share in zip(segment_frames(segments, length), shares, strict=True):
        height, width = frames.shape[2:]
        places = random.random((share, 3)) * [length, height - size + 1, width - size + 1]
        patches += [frames[n, :, y : y + size, x : x + size].reshape(-1) for n, y, x in places.astype(int)]
    return np.stack(patches).astype(np.float32)


def all_patches(frames: np.ndarray, size: int, step: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the patches of one sample's frames (count, h, w), (n, count x size x size) float32, row by row.

    They lie ``step`` pixels apart. The pair is how many there are in a column and in a row.
    """
    windows = sliding_window_view(frames, (len(frames), size, size))[0, ::step, ::step]
    return windows.reshape(windows.shape[0] * windows.shape[1], -1).astype(np.float32), windows.shape[:2]


def normalised(patches: np.ndarray) -> np.ndarray:
    """Return patches (n, d) with a mean of 0 and, where they have contrast, a deviation near 1."""
    centred = patches - patches.mean(axis=1, keepdims=True)
    variance = np.einsum("nd,nd->n", centred, centred) / centred.shape[1]
    return centred / np.sqrt(variance + CONTRAST_FLOOR)[:, None].astype(patches.dtype)

"""Windows over the samples of a video, and a network's predictions for them."""

import h5py
import keras
import numpy as np

from signwild.video.frame_times import stretch_starts

BATCH = 64
"""Windows that the network processes at once."""


def predict_windows(model: keras.Model, features: np.ndarray, windows: np.ndarray, batch: int = BATCH) -> np.ndarray:
    """Return class probabilities (n, 3) float32 of windows, (n, length) int64: rows of ``features``, (m, d).

    The network processes ``batch`` windows at once. The last batch is padded, as each shape is a compiled program.
    """
    probabilities = []
    for start in range(0, len(windows), batch):
        rows = windows[start : start + batch]
        filled = np.concatenate([rows, np.zeros((batch - len(rows), windows.shape[1]), windows.dtype)])
        probabilities.append(model.predict_on_batch(features[filled].astype(np.float32))[: len(rows)])
    return np.concatenate(probabilities)


def sample_positions(times: np.ndarray) -> np.ndarray:
    """Return the samples' positions in their video, (n,) int64, with one left out for each hole in the footage.

    ``times``: of the samples, in seconds, (n,).
    """
    after_hole = np.zeros(len(times), np.int64)
    after_hole[stretch_starts(times)[1:]] = 1
    return np.arange(len(times)) + np.cumsum(after_hole)


def window_rows(positions: np.ndarray, length: int) -> np.ndarray:
    """Return the rows of the window at each sample, (n, length) int64: ``length // 2`` before it, it, the rest after.

    ``positions``: the samples' positions in their video, (n,), increasing. A window that would pass an end of the
    video, or of a run of consecutive samples, repeats the last sample there.
    """
    rows = np.arange(len(positions))
    stretch = np.cumsum(np.diff(positions, prepend=positions[0]) > 1)
    first, last = (np.searchsorted(stretch, stretch, side=side) for side in ("left", "right"))
    window = rows[:, None] + np.arange(length) - length // 2
    return np.clip(window, first[:, None], last[:, None] - 1)


def set_variables(model: keras.Model, variables: h5py.Group) -> None:
    """Assign a network its variables, which are stored by number."""
    for variable, number in zip(model.variables, sorted(variables), strict=True):
        variable.assign(variables[number][()])

"""Small grey frames of each sample, from which patches are learned later, fold by fold.

Nothing is learned here: a video's file is the same whatever fold it is in.
"""

from collections.abc import Iterable

import cv2
import numpy as np


def record_frames(
    frames: Iterable[tuple[int, np.ndarray]], samples: int, short_side: int, count: int
) -> dict[str, np.ndarray]:
    """Return ``features`` (samples, count, h, w) uint8: each sample's frame and those that follow it at once.

    ``frames``: grey frames (h, w) uint8 with the row of the sample that each belongs to, reduced to ``short_side``; a
    smaller one is enlarged, so that a patch covers the same share of every video. At the end of the video the last
    frame is repeated, and a sample between two frames, of a video that is thinned, has the one before it.
    """
    taken: list[list[np.ndarray]] = [[] for _ in range(samples)]
    open_rows: list[int] = []
    for row, frame in frames:
        if not taken[row]:
            open_rows.append(row)
        for own in open_rows:
            taken[own].append(_enlarged(frame, short_side))
        open_rows = [own for own in open_rows if len(taken[own]) < count]
    for own in open_rows:
        taken[own] += [taken[own][-1]] * (count - len(taken[own]))
    for row in range(1, samples):
        taken[row] = taken[row] or [taken[row - 1][-1]] * count
    return {"features": np.array(taken, np.uint8)}


def _enlarged(frame: np.ndarray, short_side: int) -> np.ndarray:
    """Return a frame whose shorter side has ``short_side`` pixels; one that has them already is returned as it is."""
    height, width = frame.shape
    scale = short_side / min(height, width)
    if scale <= 1:
        return frame
    return cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_LINEAR)

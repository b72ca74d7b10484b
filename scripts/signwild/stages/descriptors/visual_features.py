"""Five visual features of what moves in front of a slowly changing background.

Monteiro, Gutierrez-Osuna and Shipman, "Design and evaluation of classifier for identifying sign language videos in
video sharing sites", ASSETS 2012. What they leave open is our choice.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

import cv2
import numpy as np

from signwild.configuration.sections.visual_features import VisualFeaturesDescriptor


def describe_visual_features(
    frames: Iterable[tuple[int, np.ndarray]],
    boxes: list[np.ndarray],
    parameters: VisualFeaturesDescriptor,
    length: int,
) -> dict[str, np.ndarray]:
    """Compute VF1 to VF5 of the window of ``length`` samples that begins at each of n samples; all from 0 to 1.

    VF1: mean share of foreground pixels in a frame. VF2: share of pixels that are foreground at least once. VF3: mean
    share of pixels that change between foreground and background from frame to frame. VF4: symmetry of a sample's
    foreground about the vertical axis through the face's centre, the mean over faces and samples. VF5: share of frames
    with movement outside faces. A window cut short by the video's end uses what is left.

    ``frames``: grey frames (h, w) uint8 with the row of the sample that each belongs to. ``boxes``: the faces of each
    sample, (k, 4): x, y, width, height as shares of the frame's width and height.

    Returns ``features`` (n, 5) float32.
    """
    samples = len(boxes)
    rows, counts = [], []
    seen_once, symmetry = np.zeros(samples), np.zeros(samples)
    latest, due, done = -1, 0, 0  # latest: for each pixel, the last sample with foreground
    for row, masks in groupby(foreground_masks(frames, parameters), key=itemgetter(0)):
        done, due = due, max(due, row - length + 1)
        seen_once[done:due] = [np.mean(latest >= start) for start in range(done, due)]
        union = 0
        for _, mask, changed in masks:
            rows.append(row)
            counts.append([cv2.countNonZero(mask), cv2.countNonZero(changed), _outside_faces(mask, boxes[row])])
            union = union | mask
        latest = np.where(union > 0, row, latest)
        symmetry[row] = np.mean([_symmetry(union, box) for box in boxes[row]]) if len(boxes[row]) else 0
    seen_once[due:] = [np.mean(latest >= start) for start in range(due, samples)]

    pixels = latest.size
    foreground, change, outside = np.array(counts).T
    start, end = (np.searchsorted(rows, np.arange(samples) + ahead) for ahead in (0, length))
    features = np.column_stack(
        [
            _window_means(foreground, start, end) / pixels,
            seen_once,
            _window_means(change, start + 1, end) / pixels,  # the first frame's change is from the window before
            [symmetry[row : row + length].mean() for row in range(samples)],
            _window_means(outside > parameters.min_movement * pixels, start, end),
        ]
    )
    return {"features": features.astype(np.float32)}


def foreground_masks(
    frames: Iterable[tuple[int, np.ndarray]], parameters: VisualFeaturesDescriptor
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield the sample's row of each frame, its foreground, and how that changed since the last frame.

    Both are (h, w) uint8, 0 or 255. Foreground is what differs from a running average that starts as the first frame.
    """
    background = before = None
    for row, frame in frames:
        if background is None:
            background, before = frame.astype(np.float32), np.zeros_like(frame)
        difference = cv2.absdiff(frame, cv2.convertScaleAbs(background))
        _, mask = cv2.threshold(difference, parameters.threshold, 255, cv2.THRESH_BINARY)
        yield row, mask, cv2.bitwise_xor(mask, before)
        cv2.accumulateWeighted(frame, background, parameters.background_rate)
        before = mask


def _outside_faces(mask: np.ndarray, boxes: np.ndarray) -> int:
    """Count the foreground pixels outside all faces."""
    height, width = mask.shape
    rest = mask.copy()
    for x, y, w, h in np.rint(np.asarray(boxes).reshape(-1, 4) * [width, height, width, height]).astype(int):
        rest[max(y, 0) : y + h, max(x, 0) : x + w] = 0
    return cv2.countNonZero(rest)


def _symmetry(mask: np.ndarray, box: np.ndarray) -> float:
    """Return the overlap 2|F and M| / (|F| + |M|) of foreground F and its mirror image M, both in the picture.

    The axis is the face's vertical one, to half a pixel. 0 if there is no foreground.
    """
    width = mask.shape[1]
    ends = round(2 * float(box[0] + box[2] / 2) * width) - 1  # the sum of a column's and its mirror image's number
    inside = mask[:, max(0, ends - width + 1) : min(width - 1, ends) + 1] > 0
    return np.count_nonzero(inside & inside[:, ::-1]) / max(1, np.count_nonzero(inside))


def _window_means(values: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the mean of the integers ``values[start:end]`` of each window, (n,) float64; 0 if it is empty."""
    total = np.concatenate([[0], np.cumsum(values)])
    start = np.minimum(start, end)
    return (total[end] - total[start]) / np.maximum(1, end - start)

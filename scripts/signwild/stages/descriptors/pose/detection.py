"""Bodies in a picture: the detector's grid, the meaning of its network's outputs, and merging of overlapping boxes.

Liu et al., "SSD: single shot multibox detector", ECCV 2016; Bazarevsky et al., "BlazeFace", 2019, for the mean of
overlapping boxes instead of the best one.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from signwild.stages.faces.haar import intersection_over_union

SIDE = 224
"""Side of the picture that the detector's network takes, in pixels."""

GRID = ((8, 2), (16, 2), (32, 6))
"""Steps of the grids of anchors, in pixels, and number of anchors at each place."""

MIN_SCORE = 0.5

MAX_OVERLAP = 0.3
"""Intersection over union above which boxes belong to one body."""


@dataclass(frozen=True)
class Bodies:
    """Bodies that the detector sees in one picture, the most certain first, in pixels of the picture.

    ``boxes`` (n, 4): x, y, width, height of the face. ``points`` (n, 4, 2): the middle of the hips, a point on the
    circle around the body, the middle of the shoulders, and a point on the circle around the upper body.
    ``scores`` (n,): from 0 to 1.
    """

    boxes: np.ndarray
    points: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.scores)


def anchors() -> np.ndarray:
    """Return the detector's anchors (2254, 2), x and y in pixels of its picture, in the order of its outputs."""
    places = []
    for step, times in GRID:
        middles = (np.arange(SIDE // step) + 0.5) * step
        grid = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
        places.append(np.repeat(grid, times, axis=0))
    return np.concatenate(places)


def fitted(picture: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """Fit a picture (h, w, 3) uint8 into the middle of the detector's square, with black beside it.

    Returns the square (224, 224, 3), the picture's pixels per pixel of the square, and the square's upper left corner
    in the picture, (2,).
    """
    height, width = picture.shape[:2]
    scale = max(height, width) / SIDE
    corner = np.array([width, height]) / 2 - max(height, width) / 2
    to_picture = np.column_stack([np.eye(2) * scale, corner])
    square = cv2.warpAffine(picture, to_picture, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return square, scale, corner


def read_bodies(values: np.ndarray, logits: np.ndarray, places: np.ndarray) -> Bodies:
    """Return the bodies in the network's outputs for each anchor, in pixels of its picture.

    ``values`` (n, 12): x, y of the box's middle from the anchor, its width and height, and four points from the
    anchor. ``logits`` (n,): logits of the score. ``places`` (n, 2): see anchors.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -100, 100)))
    sure = scores >= MIN_SCORE
    values, places, scores = values[sure].astype(np.float64), places[sure], scores[sure]
    corner = values[:, :2] + places - values[:, 2:4] / 2
    boxes = np.concatenate([corner, values[:, 2:4]], axis=1)
    points = values[:, 4:].reshape(-1, 4, 2) + places[:, None]
    return merged(Bodies(boxes, points, scores))


def merged(bodies: Bodies) -> Bodies:
    """Merge bodies: each result is the mean, weighted by score, of those that overlap the most certain one."""
    order = np.argsort(-bodies.scores, kind="stable")
    boxes, points, scores = bodies.boxes[order], bodies.points[order], bodies.scores[order]
    kept = Bodies(np.empty((0, 4)), np.empty((0, 4, 2)), np.empty(0))
    while len(scores):
        with np.errstate(invalid="ignore"):  # a box without area overlaps nothing, not even itself
            same = intersection_over_union(boxes[:1], boxes)[0] > MAX_OVERLAP
        same[0] = True
        weights = scores[same] / scores[same].sum()
        kept = Bodies(
            np.concatenate([kept.boxes, np.tensordot(weights, boxes[same], 1)[None]]),
            np.concatenate([kept.points, np.tensordot(weights, points[same], 1)[None]]),
            np.append(kept.scores, scores[0]),
        )
        boxes, points, scores = boxes[~same], points[~same], scores[~same]
    return kept

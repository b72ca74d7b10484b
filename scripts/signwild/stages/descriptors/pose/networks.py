"""The four networks for body and hands, run from their files by LiteRT."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from signwild.stages.descriptors.pose import detection
from signwild.stages.descriptors.pose.detection import Bodies, anchors, read_bodies
from signwild.stages.descriptors.pose.regions import Region

BODY_SIDE, HAND_SIDE, RECROP_SIDE = 256, 224, 256
"""Sides of the pictures that the networks take, in pixels."""

MARKS = 35
"""Number of the body network's points that are used: 33 of the body and two of the circle around it."""

HEATMAP_KERNEL = 9
HEATMAP_MIN = 0.5
"""A point moves to the mean of its heatmap around it if that is at least this certain."""


@dataclass(frozen=True)
class Landmarks:
    """Points of a body or a hand: ``points`` (n, 3) x, y and depth, in pixels of the picture; ``visible`` (n,) 0 to 1.

    ``presence``: the network's confidence that it sees a body or a hand, 0 to 1.
    """

    points: np.ndarray
    visible: np.ndarray
    presence: float


class Network:
    """A network from one tflite file: takes a picture, gives its outputs in the order of the file."""

    def __init__(self, path: Path) -> None:
        self._interpreter = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        (entry,) = self._interpreter.get_input_details()
        self._input = entry["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def __call__(self, picture: np.ndarray, outputs: list[int]) -> list[np.ndarray]:
        """Return some of the outputs for a picture (side, side, 3) float32, each without the batch axis."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(self._outputs[k])[0] for k in outputs]


class Networks:
    """The four networks. Pictures are RGB (h, w, 3) uint8."""

    def __init__(self, folder: Path) -> None:
        self._detector = Network(folder / "pose_detection.tflite")
        self._body = Network(folder / "pose_landmark_full.tflite")
        self._recrop = Network(folder / "hand_recrop.tflite")
        self._hand = Network(folder / "hand_landmark_full.tflite")
        self._anchors = anchors()

    def bodies(self, picture: np.ndarray) -> Bodies:
        """Return the bodies that the detector sees in a picture."""
        square, scale, corner = detection.fitted(picture)
        values, logits = self._detector(square.astype(np.float32) / 127.5 - 1, [0, 1])
        found = read_bodies(values, logits[:, 0], self._anchors)
        boxes = found.boxes * scale
        boxes[:, :2] += corner
        return Bodies(boxes, found.points * scale + corner, found.scores)

    def body(self, picture: np.ndarray, region: Region) -> Landmarks:
        """Return the 33 points of the body in a region, and the two of the circle around it."""
        crop = region.crop(picture, BODY_SIDE).astype(np.float32) / 255
        values, presence, heatmaps = self._body(crop, [0, 1, 3])
        values = values.reshape(-1, 5)[:MARKS].astype(np.float64)
        shares = refined(values[:, :2] / BODY_SIDE, heatmaps[..., :MARKS])
        points = np.column_stack([region.to_picture(shares), values[:, 2] / BODY_SIDE * region.side])
        return Landmarks(points, 1 / (1 + np.exp(-values[:, 3])), float(presence[0]))

    def hand_region(self, picture: np.ndarray, region: Region) -> np.ndarray:
        """Return the two points (2, 2) that show where in a region the hand is, in pixels of the picture."""
        (values,) = self._recrop(region.crop(picture, RECROP_SIDE).astype(np.float32) / 255, [0])
        return region.to_picture(values.reshape(2, 2).astype(np.float64) / RECROP_SIDE)

    def hand(self, picture: np.ndarray, region: Region) -> Landmarks:
        """Return the 21 points of the hand in a region."""
        values, presence = self._hand(region.crop(picture, HAND_SIDE).astype(np.float32) / 255, [0, 1])
        shares = values.reshape(-1, 3).astype(np.float64) / HAND_SIDE
        points = np.column_stack([region.to_picture(shares[:, :2]), shares[:, 2] / 0.4 * region.side])
        return Landmarks(points, np.full(len(points), float(presence[0])), float(presence[0]))


def refined(shares: np.ndarray, heatmaps: np.ndarray) -> np.ndarray:
    """Return points (n, 2) in shares of a picture, moved to the mean of their heatmaps around them if that is certain.

    ``heatmaps`` (h, w, n): logits of each point's place.
    """
    height, width = heatmaps.shape[:2]
    moved = shares.copy()
    reach = HEATMAP_KERNEL // 2
    for k, (x, y) in enumerate(np.trunc(shares * (width, height)).astype(int)):
        if not (0 <= x < width and 0 <= y < height):
            continue
        left, top = max(0, x - reach), max(0, y - reach)
        sure = 1 / (1 + np.exp(-heatmaps[top : y + reach + 1, left : x + reach + 1, k].astype(np.float64)))
        if sure.max() >= HEATMAP_MIN:
            columns, rows = left + np.arange(sure.shape[1]), top + np.arange(sure.shape[0])
            moved[k] = sure.sum(axis=0) @ columns / width, sure.sum(axis=1) @ rows / height
            moved[k] /= sure.sum()
    return moved

"""Faces in single pictures: what Haar cascades detect, where several agree, and which faces last.

Viola and Jones, "Rapid object detection using a boosted cascade of simple features", CVPR 2001; several
detectors at once as in Shipman et al. A box is x, y, width, height as shares of the upright picture's width
and height, so it means the same at every size.
"""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from signwild.base.errors import InputError
from signwild.configuration.sections.faces import Detector, Faces

REMEDY = "install the project's opencv-contrib-python-headless 4.14 (OpenCV 5 has no cascades)"


BOX = ("x", "y", "width", "height")


def check_cascades(detectors: Iterable[str]) -> None:
    """Raise InputError if the installed OpenCV lacks one of these detectors."""
    load_cascades(list(detectors))


def load_cascades(detectors: list[Detector]) -> list[cv2.CascadeClassifier]:
    """Load OpenCV's cascades with these names; raises InputError if this OpenCV lacks one."""
    if not (hasattr(cv2, "CascadeClassifier") and hasattr(cv2, "data")):
        raise InputError(f"faces: OpenCV {cv2.__version__} has no Haar cascades; {REMEDY}")
    return [_load_cascade(name) for name in detectors]


def _load_cascade(name: Detector) -> cv2.CascadeClassifier:
    path = Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml"
    cascade = cv2.CascadeClassifier()
    try:
        loaded = path.is_file() and cascade.load(str(path))
    except cv2.error:  # a damaged file
        loaded = False
    if not loaded:
        raise InputError(f"faces.detectors: OpenCV {cv2.__version__} has no readable {path}; {REMEDY}")
    return cascade


def find_boxes(
    picture: np.ndarray, cascades: list[cv2.CascadeClassifier], parameters: Faces
) -> tuple[np.ndarray, np.ndarray]:
    """Find boxes (n, 4) in a grey picture (h, w) uint8; return them and the detector of each, (n,) int64.

    ``cascades``: the cascades of ``parameters.detectors``. The profile cascade knows only one side, so it also runs on
    the mirrored picture.
    """
    height, width = picture.shape
    found = []
    for k in range(len(cascades)):
        boxes = _detect(cascades[k], picture, parameters)
        if parameters.detectors[k] == "profileface":
            mirrored = _detect(cascades[k], cv2.flip(picture, 1), parameters)
            mirrored[:, 0] = width - mirrored[:, 0] - mirrored[:, 2]
            boxes = np.concatenate([boxes, mirrored])
        found.append(boxes / [width, height, width, height])
    return np.concatenate(found), np.repeat(np.arange(len(found)), [len(boxes) for boxes in found])


def _detect(cascade: cv2.CascadeClassifier, picture: np.ndarray, parameters: Faces) -> np.ndarray:
    boxes = cascade.detectMultiScale(
        picture,
        scaleFactor=parameters.scale_factor,
        minNeighbors=parameters.min_neighbours,
        minSize=(parameters.min_size, parameters.min_size),
    )
    return np.array(boxes, np.float64).reshape(-1, 4)


def intersection_over_union(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the overlap of boxes (n, 4) and (m, 4): (n, m) float64 from 0 (apart) to 1 (equal)."""
    start = np.maximum(first[:, None, :2], second[None, :, :2])
    end = np.minimum((first[:, :2] + first[:, 2:])[:, None], (second[:, :2] + second[:, 2:])[None])
    shared = np.clip(end - start, 0, None).prod(axis=-1)
    areas = first[:, 2:].prod(axis=-1)[:, None] + second[:, 2:].prod(axis=-1)[None]
    return shared / (areas - shared)


def group_boxes(boxes: np.ndarray, detector: np.ndarray, overlap: float) -> tuple[np.ndarray, np.ndarray]:
    """Merge boxes of the same face in a picture: mean boxes (k, 4), and votes (k,) uint8, one bit per detector.

    The box that boxes of the most detectors overlap merges them into one face; then the next among the rest. Boxes do
    not form chains, so two faces side by side stay two. The order of boxes and detectors makes no difference.
    """
    order = np.lexsort((detector, *boxes.T))
    boxes, detector = boxes[order], detector[order]
    bits = np.left_shift(1, detector)
    likeness = intersection_over_union(boxes, boxes)
    likeness[likeness < overlap] = 0
    np.fill_diagonal(likeness, 1)  # regardless of rounding
    faces, votes = [], []
    left = np.ones(len(boxes), bool)
    while left.any():
        near = (likeness > 0) & left
        support = np.bitwise_count(np.bitwise_or.reduce(np.where(near, bits, 0), axis=1))
        # If support is equal, take the box in the middle of the others.
        best = np.lexsort((-(likeness * near).sum(axis=1), -support.astype(np.int64), ~left))[0]
        faces.append(boxes[near[best]].mean(axis=0))
        votes.append(np.bitwise_or.reduce(bits[near[best]]))
        left &= ~near[best]
    return np.array(faces).reshape(-1, 4), np.array(votes, np.uint8)


def find_lasting(boxes: np.ndarray, look: np.ndarray, times: np.ndarray, parameters: Faces) -> np.ndarray:
    """Return which faces, (n,) bool, are seen in enough of the inspected samples around their own.

    ``boxes`` (n, 4): faces that detectors agree on; ``look`` (n,): the inspected sample of each, increasing; ``times``
    (m,): the inspected samples' times in seconds, increasing. A sample that is alone in its window counts as lasting.
    """
    # Whole milliseconds: a sample exactly half a window away is always inside.
    stamps = np.rint(times * 1000).astype(np.int64)
    half = round(parameters.persistence_seconds * 500)
    first, last = np.searchsorted(stamps, stamps - half), np.searchsorted(stamps, stamps + half, side="right")
    lasting = np.zeros(len(boxes), bool)
    for k in range(len(boxes)):
        window = slice(*np.searchsorted(look, [first[look[k]], last[look[k]]]))
        same = intersection_over_union(boxes[k : k + 1], boxes[window])[0] >= parameters.overlap
        seen = len(np.unique(look[window][same]))
        lasting[k] = seen / (last[look[k]] - first[look[k]]) >= parameters.persistence
    return lasting

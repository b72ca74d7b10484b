"""Search of a video's pictures for faces: of some pictures as a whole, of the others near what was seen in those.

A kept face is seen by ``agreement`` of n detectors, so any n - agreement + 1 of them include one that sees it. Where a
picture is searched as a whole, the fastest as many search all of it, and the others near what these saw. A kept face
also lasts, so it is seen in pictures before or after, and between two whole pictures all detectors search near it.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import cv2
import numpy as np

from signwild.configuration.sections.faces import Faces
from signwild.stages.faces.haar import find_boxes, group_boxes

FASTEST_FIRST = ("frontalface_alt_tree", "frontalface_default", "frontalface_alt2", "frontalface_alt", "profileface")

MARGIN = 0.6
"""Border around a seen box that is searched with it, in sides of the box. Smaller faces than 1 / (1 + MARGIN) of the
smallest box are not searched for."""

PLAIN = 128
"""Grey level of what is not searched. Cascades reject windows without contrast at once; windows elsewhere are those of
the whole picture, which a smaller picture would not have."""


def search_pictures(
    pictures: Iterable[np.ndarray], cascades: list[cv2.CascadeClassifier], parameters: Faces
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield what detectors see in each picture (h, w) uint8: boxes (n, 4) and votes (n,), as ``group_boxes`` does.

    ``cascades``: the cascades of ``parameters.detectors``. The first picture is searched as a whole, then every
    ``parameters.whole_every``-th, and the last; all as a whole by all detectors if that is 1.
    """
    search = _Search(cascades, parameters)
    before, following = np.empty((0, 4)), iter(pictures)
    group = list(islice(following, 1))
    while group:
        *between, last = group
        boxes, votes = search.whole(last)
        for picture in between:
            yield search.near(picture, np.concatenate([before, boxes]))
        yield boxes, votes
        before, group = boxes, list(islice(following, parameters.whole_every))


class _Search:
    """Detectors and their parameters."""

    def __init__(self, cascades: list[cv2.CascadeClassifier], parameters: Faces) -> None:
        self.cascades, self.parameters = cascades, parameters
        self.order = sorted(range(len(cascades)), key=lambda k: FASTEST_FIRST.index(parameters.detectors[k]))

    def whole(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Search a whole picture; with the slowest detectors only near what the others see."""
        needed = len(self.order)
        if self.parameters.whole_every > 1:
            needed -= self.parameters.agreement - 1
        boxes, detector = self._find(picture, self.order[:needed], self.parameters.min_size)
        more, of = self._find_near(picture, self.order[needed:], boxes)
        return self._grouped(np.concatenate([boxes, more]), np.concatenate([detector, of]))

    def near(self, picture: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Search a picture with all detectors near boxes (k, 4)."""
        return self._grouped(*self._find_near(picture, self.order, places))

    def _grouped(self, boxes: np.ndarray, detector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return group_boxes(boxes, detector, self.parameters.overlap)

    def _find_near(self, picture: np.ndarray, which: list[int], places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not which or not len(places):
            return np.empty((0, 4)), np.empty(0, np.int64)
        height, width = picture.shape
        starts = np.floor((places[:, :2] - MARGIN * places[:, 2:]) * [width, height]).clip(0).astype(int)
        ends = np.ceil((places[:, :2] + (1 + MARGIN) * places[:, 2:]) * [width, height]).astype(int)
        shown = np.full_like(picture, PLAIN)
        for (left, top), (right, bottom) in zip(starts, ends, strict=True):
            shown[top:bottom, left:right] = picture[top:bottom, left:right]
        smallest = int(places[:, 2].min() * width / (1 + MARGIN))
        boxes, detector = self._find(shown, which, max(self.parameters.min_size, smallest))
        # Across the border of what is shown, the border itself can look like a face.
        first, last = boxes[:, None, :2] * [width, height], (boxes[:, None, :2] + boxes[:, None, 2:]) * [width, height]
        inside = ((first >= starts) & (last <= ends)).all(axis=2).any(axis=1)
        return boxes[inside], detector[inside]

    def _find(self, picture: np.ndarray, which: list[int], min_size: int) -> tuple[np.ndarray, np.ndarray]:
        """Find boxes with these detectors, of ``min_size`` pixels or more."""
        names = [self.parameters.detectors[k] for k in which]
        parameters = self.parameters.model_copy(update={"detectors": names, "min_size": min_size})
        boxes, detector = find_boxes(picture, [self.cascades[k] for k in which], parameters)
        return boxes, np.array(which)[detector]

"""Stored record of a video's person: points and features, and small pictures to judge them by."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from signwild.stages.descriptors.pose.description import describe_people
from signwild.stages.descriptors.pose.networks import Networks
from signwild.video.tracks import reduced_size

THUMBNAILS = 4
THUMBNAIL_SIDE = 180
"""Shorter side, in pixels."""


def record_people(pictures: Iterable[np.ndarray], samples: int, networks: Networks) -> dict[str, np.ndarray]:
    """Return the result of ``describe_people`` for ``samples`` pictures, (h, w, 3) RGB uint8, and some of them, small.

    This adds ``thumbnails`` (k, h, w) uint8, grey; the ``thumbnail_row`` (k,) int64 that each shows; and the
    ``size`` (2,) int64, width and height in pixels, of the pictures that the points refer to.
    """
    shown = np.unique(((np.arange(THUMBNAILS) + 0.5) / THUMBNAILS * samples).astype(np.int64))
    thumbnails, size = [], []

    def passed_on() -> Iterator[np.ndarray]:
        for row, picture in enumerate(pictures):
            if row in shown:
                height, width = picture.shape[:2]
                size[:] = width, height
                grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
                small = reduced_size(width, height, THUMBNAIL_SIDE)
                thumbnails.append(cv2.resize(grey, small, interpolation=cv2.INTER_AREA))
            yield picture

    values = describe_people(passed_on(), networks)
    return {**values, "thumbnails": np.stack(thumbnails), "thumbnail_row": shown, "size": np.array(size, np.int64)}

"""Points of a person, and their normalisation to one place and size."""

import numpy as np

from signwild.stages.descriptors.pose.tracking import Person

BODY, HAND = 25, 21
"""Number of points that are kept of the body, from head to hips, and of each hand."""

POINTS = BODY + 2 * HAND

PARTS = (slice(0, BODY), slice(BODY, BODY + HAND), slice(BODY + HAND, POINTS))
"""Points of the body, of the person's left hand and of the right one."""

LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP = 11, 12, 23, 24

FINGERS = (1, 5, 9, 13, 17)
"""The first point of each finger of a hand; the next three follow."""

BONES = [(7, 0), (0, 8), (9, 10), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24)]
BONES += [
    (part.start + start, part.start + end)
    for part in PARTS[1:]
    for first in FINGERS
    for start, end in [(0, first), *((first + k, first + k + 1) for k in range(3))]
]
"""Pairs of points between which a line is drawn."""

MIN_SHOULDERS = 0.5
"""Minimum width of shoulders, which may be seen from the side, as a share of their distance from the hips."""


def points_of(person: Person | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points (67, 2) of body, left and right hand in pixels of the picture, how sure each is, and parts seen.

    The second is (67,) from 0 to 1: a point of the body has its visibility, points of a hand have that hand's
    presence. The third is (3,) bool: which parts are seen. What is not seen has zeros.
    """
    points, sure, seen = np.zeros((POINTS, 2)), np.zeros(POINTS), np.zeros(len(PARTS), bool)
    for part, found in enumerate([person.body, *person.hands] if person else []):
        if found is not None:
            own = PARTS[part]
            points[own] = found.points[: own.stop - own.start, :2]
            sure[own] = found.visible[: own.stop - own.start]
            seen[part] = True
    return points, sure, seen


def frame_of(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the middle of the shoulders (2,) and their width, the unit of length, in pixels, for points (67, 2)."""
    middle = (points[LEFT_SHOULDER] + points[RIGHT_SHOULDER]) / 2
    torso = np.hypot(*((points[LEFT_HIP] + points[RIGHT_HIP]) / 2 - middle))
    return middle, max(np.hypot(*(points[LEFT_SHOULDER] - points[RIGHT_SHOULDER])), MIN_SHOULDERS * torso, 1.0)

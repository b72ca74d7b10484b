"""Regions: turned squares of a picture that a network looks at, and the way between them and the picture.

Positions are in pixels of the picture, x to the right and y downwards. Sizes and shifts are those that the models
were made with: Bazarevsky et al., "BlazePose: on-device real-time body pose tracking", 2020; Grishchenko and
Bazarevsky, "MediaPipe Holistic", 2020; Zhang et al., "MediaPipe Hands: on-device real-time hand tracking", 2020.
"""

from dataclasses import dataclass

import cv2
import numpy as np

BODY_MARGIN = 1.25
"""Side of the body's region in diameters of the circle about the body."""

PALM_MARGIN, PALM_SHIFT = 2.0, 0.1
"""Side of a hand's region in sizes of the palm, and how far towards the fingers it is moved, in the same."""

POSE_HAND_MARGIN, POSE_HAND_SHIFT = 2.7, 0.1
"""The same of the region in which the hand is looked for, as the body's points tell it."""

RECROP_SHIFT = 0.1

MAX_TURN, MAX_MOVE, MAX_GROWTH = np.deg2rad(40), 0.2, 0.4
"""How far a hand may turn, move and grow, in sides of its region, until the last region is given up."""

INNER_SHARE = 0.9
"""Share of the new region's side within which the hand's last points must lie."""

INDEX, MIDDLE, RING = 5, 9, 13
"""Of a hand's points, the roots of these fingers."""

PALM = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
"""Of a hand's points, those of the wrist, the thumb's root and the fingers' two lower joints."""


@dataclass(frozen=True)
class Region:
    """A square in a picture: its centre and side in pixels, and its turn in radians, clockwise as one sees it."""

    x: float
    y: float
    side: float
    turn: float = 0.0

    def moved(self, up: float) -> "Region":
        """The region moved by a share of its side towards its own upper edge."""
        step = up * self.side
        return Region(self.x + step * np.sin(self.turn), self.y - step * np.cos(self.turn), self.side, self.turn)

    def scaled(self, factor: float) -> "Region":
        """The region with its side times ``factor`` about the same centre."""
        return Region(self.x, self.y, self.side * factor, self.turn)

    def crop(self, picture: np.ndarray, size: int) -> np.ndarray:
        """What the region shows, (size, size, 3) uint8; outside the picture its edge goes on."""
        to_picture = np.column_stack([self._axes / size, self.to_picture(np.zeros(2))])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(picture, to_picture, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)

    def to_picture(self, shares: np.ndarray) -> np.ndarray:
        """Points (..., 2) in shares of the region's side from its own upper left corner, as pixels of the picture."""
        return (shares - 0.5) @ self._axes.T + (self.x, self.y)

    def to_region(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) in pixels of the picture, as shares of the region's side from its own upper left corner."""
        return (points - (self.x, self.y)) @ self._axes / self.side**2 + 0.5

    @property
    def _axes(self) -> np.ndarray:
        """The region's own right and down, as columns, as long as its side."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return self.side * np.array([[cos, -sin], [sin, cos]])


def region_of_body(centre: np.ndarray, rim: np.ndarray) -> Region:
    """The region of a body from the middle of its hips and a point on the circle about it, above its head."""
    return Region(*centre, 2 * np.hypot(*(rim - centre)) * BODY_MARGIN, upright_turn(centre, rim))


def region_of_hand_in_body(wrist: np.ndarray, little: np.ndarray, index: np.ndarray) -> Region:
    """Where to look for a hand: from the body's points of its wrist, little and index finger, (2,) each."""
    middle = (2 * index + little) / 3
    region = Region(*middle, 2 * np.hypot(*(middle - wrist)), upright_turn(wrist, middle))
    return region.moved(POSE_HAND_SHIFT).scaled(POSE_HAND_MARGIN)


def region_of_recrop(centre: np.ndarray, rim: np.ndarray) -> Region:
    """The region of a hand from the two points that the network of hands' regions gives."""
    return Region(*centre, 2 * np.hypot(*(rim - centre)), upright_turn(centre, rim) + np.pi).moved(RECROP_SHIFT)


def region_of_hand(points: np.ndarray) -> Region:
    """The region of a hand from its own points (21, 2), for the next picture."""
    palm = points[PALM]
    fingers = (points[INDEX] + 2 * points[MIDDLE] + points[RING]) / 4
    upright = Region(0.0, 0.0, 1.0, upright_turn(points[0], fingers))
    low, high = (bound(upright.to_region(palm), axis=0) for bound in (np.min, np.max))
    width, height = high - low
    moved = (low + high) / 2 - (0, PALM_SHIFT * height)
    return Region(*upright.to_picture(moved), max(width, height) * PALM_MARGIN, upright.turn)


def is_followed(last: Region, points: np.ndarray, now: Region) -> bool:
    """Whether a hand with the last ``points`` (21, 2) in the ``last`` region is still about where ``now`` says."""
    turned = abs((last.turn - now.turn + np.pi) % (2 * np.pi) - np.pi)
    moved = np.abs(now.to_region(np.array([last.x, last.y])) - 0.5).max()
    grown = abs(last.side - now.side) / now.side
    within = np.abs(now.to_region(points) - 0.5).max()
    return bool(turned <= MAX_TURN and moved <= MAX_MOVE and grown <= MAX_GROWTH and within < INNER_SHARE / 2)


def upright_turn(start: np.ndarray, end: np.ndarray) -> float:
    """The turn, from -pi to pi, of a region in which ``end`` lies straight above ``start``."""
    x, y = end - start
    return float(np.arctan2(x, -y))

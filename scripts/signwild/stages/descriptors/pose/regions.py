"""Regions: rotated squares of a picture that a network takes as input, and the mapping between them and the picture.

Positions are in pixels of the picture, x to the right and y downwards. Sizes and shifts are those that the models
were made with: Bazarevsky et al., "BlazePose: on-device real-time body pose tracking", 2020; Grishchenko and
Bazarevsky, "MediaPipe Holistic", 2020; Zhang et al., "MediaPipe Hands: on-device real-time hand tracking", 2020.
"""

from dataclasses import dataclass

import cv2
import numpy as np

BODY_MARGIN = 1.25
"""Side of the body's region in diameters of the circle around the body."""

PALM_MARGIN, PALM_SHIFT = 2.0, 0.1
"""Side of a hand's region in palm sizes, and its shift towards the fingers in the same unit."""

POSE_HAND_MARGIN, POSE_HAND_SHIFT = 2.7, 0.1
"""The same for the region in which the hand is looked for, according to the body's points."""

RECROP_SHIFT = 0.1

MAX_TURN, MAX_MOVE, MAX_GROWTH = np.deg2rad(40), 0.2, 0.4
"""Most that a hand may turn (radians), move and grow (sides of its region) before the last region is given up."""

INNER_SHARE = 0.9
"""Share of the new region's side within which the hand's last points must be."""

INDEX, MIDDLE, RING = 5, 9, 13
"""Indices of the roots of these fingers among a hand's points."""

PALM = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
"""Indices of the wrist, the thumb's root and the fingers' two lower joints among a hand's points."""


@dataclass(frozen=True)
class Region:
    """A square in a picture: its centre and side in pixels, and its rotation in radians, clockwise as seen."""

    x: float
    y: float
    side: float
    turn: float = 0.0

    def moved(self, up: float) -> "Region":
        """Return the region moved by a share of its side towards its upper edge."""
        step = up * self.side
        return Region(self.x + step * np.sin(self.turn), self.y - step * np.cos(self.turn), self.side, self.turn)

    def scaled(self, factor: float) -> "Region":
        """Return the region with its side times ``factor`` around the same centre."""
        return Region(self.x, self.y, self.side * factor, self.turn)

    def crop(self, picture: np.ndarray, size: int) -> np.ndarray:
        """Return the content of the region, (size, size, 3) uint8; outside the picture, its edge is repeated."""
        to_picture = np.column_stack([self._axes / size, self.to_picture(np.zeros(2))])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(picture, to_picture, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)

    def to_picture(self, shares: np.ndarray) -> np.ndarray:
        """Map points (..., 2) in shares of the region's side, from its upper left corner, to pixels of the picture."""
        return (shares - 0.5) @ self._axes.T + (self.x, self.y)

    def to_region(self, points: np.ndarray) -> np.ndarray:
        """Map points (..., 2) in pixels of the picture to shares of the region's side, from its upper left corner."""
        return (points - (self.x, self.y)) @ self._axes / self.side**2 + 0.5

    @property
    def _axes(self) -> np.ndarray:
        """The region's right and down directions, as columns as long as its side."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return self.side * np.array([[cos, -sin], [sin, cos]])


def region_of_body(centre: np.ndarray, rim: np.ndarray) -> Region:
    """Return the region of a body from the middle of its hips and a point on the circle around it, above its head."""
    return Region(*centre, 2 * np.hypot(*(rim - centre)) * BODY_MARGIN, upright_turn(centre, rim))


def region_of_hand_in_body(wrist: np.ndarray, little: np.ndarray, index: np.ndarray) -> Region:
    """Return where to look for a hand, from the body's points of its wrist, little and index finger, (2,) each."""
    middle = (2 * index + little) / 3
    region = Region(*middle, 2 * np.hypot(*(middle - wrist)), upright_turn(wrist, middle))
    return region.moved(POSE_HAND_SHIFT).scaled(POSE_HAND_MARGIN)


def region_of_recrop(centre: np.ndarray, rim: np.ndarray) -> Region:
    """Return the region of a hand from the two points given by the network for hand regions."""
    return Region(*centre, 2 * np.hypot(*(rim - centre)), upright_turn(centre, rim) + np.pi).moved(RECROP_SHIFT)


def region_of_hand(points: np.ndarray) -> Region:
    """Return the region of a hand from its points (21, 2), for the next picture."""
    palm = points[PALM]
    fingers = (points[INDEX] + 2 * points[MIDDLE] + points[RING]) / 4
    upright = Region(0.0, 0.0, 1.0, upright_turn(points[0], fingers))
    low, high = (bound(upright.to_region(palm), axis=0) for bound in (np.min, np.max))
    width, height = high - low
    moved = (low + high) / 2 - (0, PALM_SHIFT * height)
    return Region(*upright.to_picture(moved), max(width, height) * PALM_MARGIN, upright.turn)


def is_followed(last: Region, points: np.ndarray, now: Region) -> bool:
    """Return whether a hand with the last ``points`` (21, 2) in the ``last`` region is still close to ``now``."""
    turned = abs((last.turn - now.turn + np.pi) % (2 * np.pi) - np.pi)
    moved = np.abs(now.to_region(np.array([last.x, last.y])) - 0.5).max()
    grown = abs(last.side - now.side) / now.side
    within = np.abs(now.to_region(points) - 0.5).max()
    return bool(turned <= MAX_TURN and moved <= MAX_MOVE and grown <= MAX_GROWTH and within < INNER_SHARE / 2)


def upright_turn(start: np.ndarray, end: np.ndarray) -> float:
    """Return the rotation, from -pi to pi, of a region in which ``end`` is straight above ``start``."""
    x, y = end - start
    return float(np.arctan2(x, -y))

"""Tracking of a person through a video: looked for in every picture, and followed from the last one if not found.

The body's region comes from the detector and the hands' regions are followed, as MediaPipe Holistic does for pictures
that are far apart in time.
"""

from dataclasses import dataclass

import numpy as np

from signwild.stages.descriptors.pose.detection import Bodies
from signwild.stages.descriptors.pose.networks import Landmarks, Networks
from signwild.stages.descriptors.pose.regions import (
    Region,
    is_followed,
    region_of_body,
    region_of_hand,
    region_of_hand_in_body,
    region_of_recrop,
)

MIN_PRESENCE = 0.5

MIN_WRIST = 0.1
"""A hand is looked for if its wrist is at least this visible."""

HANDS = ((15, 17, 19), (16, 18, 20))
"""The body's points of wrist, little and index finger, of the left hand and of the right."""

STAY = 1.2
"""Another person is taken instead of the followed one if larger by more than this factor."""

NEAR = 0.25
"""The followed person is found again within this share of the last region's side."""


@dataclass(frozen=True)
class Person:
    """The body, with 33 points and two of the circle around it, and the left and the right hand with 21 points."""

    body: Landmarks
    hands: tuple[Landmarks | None, Landmarks | None]

    @property
    def region(self) -> Region:
        """Region of the body according to its points."""
        return region_of_body(*self.body.points[-2:, :2])


class Follower:
    """Tracker of the largest person through a video's pictures, RGB (h, w, 3) uint8, in order."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._last: Person | None = None

    def find(self, picture: np.ndarray) -> tuple[Person | None, int]:
        """Return the person in the next picture, or None, and how many people the detector sees."""
        bodies = self._networks.bodies(picture)
        region = self._region(bodies)
        self._last = self._look(picture, region) if region else None
        return self._last, len(bodies)

    def _region(self, bodies: Bodies) -> Region | None:
        """Return where to look for the body; if the detector sees none, where it was last."""
        last = self._last.region if self._last else None
        regions = [region_of_body(*points[:2]) for points in bodies.points]
        if not regions:
            return last
        sizes = np.array([region.side for region in regions])
        if last:
            away = np.array([np.hypot(region.x - last.x, region.y - last.y) for region in regions])
            if away.min() < NEAR * last.side:
                sizes[away.argmin()] *= STAY
        return regions[sizes.argmax()]

    def _look(self, picture: np.ndarray, region: Region) -> Person | None:
        body = self._networks.body(picture, region)
        if body.presence < MIN_PRESENCE:
            return None
        before = self._last.hands if self._last else (None, None)
        return Person(body, (self._hand(picture, body, 0, before[0]), self._hand(picture, body, 1, before[1])))

    def _hand(self, picture: np.ndarray, body: Landmarks, side: int, before: Landmarks | None) -> Landmarks | None:
        wrist, *_ = own = list(HANDS[side])
        if body.visible[wrist] < MIN_WRIST:
            return None
        found = self._networks.hand_region(picture, region_of_hand_in_body(*body.points[own, :2]))
        region = region_of_recrop(*found)
        if before is not None:
            last = region_of_hand(before.points[:, :2])
            if is_followed(last, before.points[:, :2], region):
                region = last
        hand = self._networks.hand(picture, region)
        return hand if hand.presence >= MIN_PRESENCE else None

"""A person's points and movements, sample by sample, from a video's pictures: the same for experiments and detector."""

from collections.abc import Iterable

import numpy as np

from signwild.stages.descriptors.pose.networks import Networks
from signwild.stages.descriptors.pose.points import PARTS, frame_of, points_of
from signwild.stages.descriptors.pose.tracking import Follower

PLACED = [0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20]
"""Points whose place counts: nose, ears, mouth, shoulders, elbows, wrists and index fingers."""

MOVED = [0, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20]
"""Points whose movement counts: the same without the ears."""

APART = ([15, 15, 16], [16, 0, 0])
"""Pairs whose distance counts: the wrists, and each wrist and the nose."""

WIDTH = 2 * len(PLACED) + len(APART[0]) + len(MOVED) + 2 * 2 + len(PARTS)
"""Features of a sample."""

MAX_REACH = 2.5
"""Points count as no farther than this from the shoulders' middle, to each side, in shoulder widths."""

MOVEMENT_SCALE = 10.0
"""A movement of a tenth of the shoulders' width counts as log 2: larger ones differ less."""


def describe_people(pictures: Iterable[np.ndarray], networks: Networks) -> dict[str, np.ndarray]:
    """Points and features of the largest person in each of a video's n pictures, RGB (h, w, 3) uint8, in their order.

    Returns ``points`` (n, 67, 2) float32, in pixels of the picture: 25 of the body and 21 of each hand; ``sure``
    (n, 67) float32 from 0 to 1; ``seen`` (n, 3) bool, whether body, left and right hand are seen; ``people`` (n,)
    int64, how many there are, 0 where nobody is described; and ``features`` (n, WIDTH) float32: see pose_features.
    What is not seen is 0.
    """
    follower = Follower(networks)
    found, people = [], []
    for picture in pictures:
        person, count = follower.find(picture)
        found.append(points_of(person))
        people.append(max(1, count) if person else 0)
    points, sure, seen = (np.stack(part) for part in zip(*found, strict=True))
    return {
        "points": points.astype(np.float32),
        "sure": sure.astype(np.float32),
        "seen": seen,
        "people": np.array(people, np.int64),
        "features": pose_features(points, seen),
    }


def pose_features(points: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Features (n, WIDTH) float32 of n samples: what a person's points say wherever and however large they are.

    Of ``points`` (n, 67, 2) in pixels, and ``seen`` (n, 3), whether the body and each hand are, in this order, all 0
    where there is nothing to see: places of the points PLACED, x and y, about the middle of the shoulders in shoulder
    widths (26); distances of the pairs APART (3); how far the points MOVED moved since the sample before (11), then
    each hand as a whole, and its fingers beside that on average (4), a movement d as log(1 + 10 d); and ``seen`` (3).

    The shape of the hands, and how sure the networks are of a point, are left out: by them a classifier learns the
    signs and the framing of the few sources that it was shown (docs/decisions.md).
    """
    places = np.zeros(points.shape)
    there = np.repeat(seen, [part.stop - part.start for part in PARTS], axis=1)
    for k in np.flatnonzero(seen[:, 0]):
        middle, unit = frame_of(points[k])
        places[k][there[k]] = np.clip((points[k][there[k]] - middle) / unit, -MAX_REACH, MAX_REACH)
    steps = np.diff(places, axis=0, prepend=places[:1])
    steps[1:][~(there[1:] & there[:-1])] = 0
    hands = [steps[:, part] for part in PARTS[1:]]
    moved = np.column_stack(
        [
            _lengths(steps[:, MOVED]),
            *(_lengths(hand.mean(axis=1)) for hand in hands),
            *(_lengths(hand - hand.mean(axis=1, keepdims=True)).mean(axis=1) for hand in hands),
        ]
    )
    apart = _lengths(places[:, APART[0]] - places[:, APART[1]])
    where = places[:, PLACED].reshape(len(places), -1)
    return np.concatenate([where, apart, np.log1p(MOVEMENT_SCALE * moved), seen], axis=1).astype(np.float32)


def _lengths(vectors: np.ndarray) -> np.ndarray:
    return np.hypot(vectors[..., 0], vectors[..., 1])

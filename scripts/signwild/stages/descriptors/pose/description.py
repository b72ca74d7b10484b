"""A person's points and movements in each sample of a video; experiments and detector share this code."""

from collections.abc import Iterable

import numpy as np

from signwild.stages.descriptors.pose.networks import Networks
from signwild.stages.descriptors.pose.points import PARTS, frame_of, points_of
from signwild.stages.descriptors.pose.tracking import Follower

PLACED = [0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20]
"""Points whose position is used: nose, ears, mouth, shoulders, elbows, wrists and index fingers."""

MOVED = [0, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20]
"""Points whose movement is used: the same without the ears."""

APART = ([15, 15, 16], [16, 0, 0])
"""Pairs whose distance is used: the wrists, and each wrist and the nose."""

WIDTH = 2 * len(PLACED) + len(APART[0]) + len(MOVED) + 2 * 2 + len(PARTS)
"""Number of features per sample."""

MAX_REACH = 2.5
"""Limit of a point's distance from the shoulders' middle, to each side, in shoulder widths."""

MOVEMENT_SCALE = 10.0
"""Scale by which a movement of a tenth of the shoulders' width becomes log 2; larger ones differ less."""


def describe_people(pictures: Iterable[np.ndarray], networks: Networks) -> dict[str, np.ndarray]:
    """Compute points and features of the largest person in each of n pictures in order, RGB (h, w, 3) uint8.

    Returns ``points`` (n, 67, 2) float32, in pixels of the picture: 25 of the body and 21 of each hand; ``sure``
    (n, 67) float32 from 0 to 1; ``seen`` (n, 3) bool, whether body, left and right hand are seen; ``people`` (n,)
    int64, how many there are, 0 if nobody is described; and ``features`` (n, WIDTH) float32: see pose_features.
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
    """Compute features (n, WIDTH) float32 of n samples from a person's points, independent of place and size.

    ``points``: (n, 67, 2) in pixels; ``seen``: (n, 3), whether the body and each hand are seen. In this order, all 0
    if nothing is seen: positions of the points PLACED, x and y, from the middle of the shoulders in shoulder widths
    (26); distances of the pairs APART (3); movements since the previous sample, of the points MOVED (11), then of each
    hand as a whole, and of its fingers relative to it on average (4), each d as log(1 + 10 d); and ``seen`` (3).

    The shape of the hands and the networks' confidence in a point are left out: from them a classifier learns the
    signs and the framing of the few sources that it was trained on (docs/decisions.md).
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

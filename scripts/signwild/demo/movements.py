"""How people move: signing, speaking with gestures, listening, and hand exercises.

A movement is a set of arrays with one row per frame. Lengths are in heads (crown to chin), measured
from the middle of the shoulders: outwards to the hand's side, down, and towards the camera.
Transitions follow the minimum-jerk curve of human reaching (Flash and Hogan, 1985).
"""

from dataclasses import dataclass

import numpy as np

CURLS = slice(6, 11)
"""Curls among a hand's columns: outwards, down, forwards, angle (0 up, positive inwards), width of the palm
(1 facing the camera, less when turned), spread of the fingers, then the curl of the thumb and four fingers."""

SHAPES = {
    "flat": (0.0, 0.2, 0, 0, 0, 0),
    "five": (1.0, 0.0, 0, 0, 0, 0),
    "fist": (0.0, 0.7, 1, 1, 1, 1),
    "index": (0.2, 0.7, 0, 1, 1, 1),
    "v": (0.8, 0.8, 0, 0, 1, 1),
    "y": (0.8, 0.0, 1, 1, 1, 0),
    "thumb": (0.0, 0.0, 1, 1, 1, 1),
    "claw": (0.7, 0.3, 0.5, 0.5, 0.5, 0.5),
    "three": (0.6, 0.0, 0, 0, 1, 1),
    "relaxed": (0.3, 0.35, 0.3, 0.35, 0.4, 0.5),
}
"""Hand shapes: spread, then five curls."""

PLACES = {
    "forehead": (0.28, -1.2, 0.55),
    "temple": (0.5, -0.95, 0.45),
    "chin": (0.14, -0.4, 0.6),
    "chest": (0.08, 0.45, 0.5),
    "far shoulder": (-0.5, 0.2, 0.5),
    "near side": (0.95, 0.0, 0.6),
    "neutral": (0.35, 0.75, 0.8),
    "outer neutral": (0.9, 0.6, 0.7),
}
"""Places of articulation, for the middle of the hand."""

WRIST_TO_MIDDLE = 0.4

FACE_PLACES = ("forehead", "temple", "chin")
REST = np.array([0.35, 1.95, 0.45, 1.7, 0.8, *SHAPES["relaxed"]])
"""A hand in the lap."""


@dataclass(frozen=True)
class Motion:
    """One person's movement over n frames.

    ``hands`` (n, 2, 11): image left, image right, columns as in ``CURLS``.
    ``face`` (n, 6): mouth opening 0 to 1, rounded lips, eyes shut (above 0.5), turn, nod, roll.
    ``body`` (n, 2): sway to the right and down.
    """

    hands: np.ndarray
    face: np.ndarray
    body: np.ndarray

    def towards(self, other: "Motion", weight: np.ndarray) -> "Motion":
        """Return this movement blending into ``other``; ``weight`` (n,) runs from 0 to 1."""
        w = weight[:, None]
        return Motion(
            self.hands + (other.hands - self.hands) * w[:, :, None],
            self.face + (other.face - self.face) * w,
            self.body + (other.body - self.body) * w,
        )


class Keys:
    """Poses at points in time, with smooth movement in between."""

    def __init__(self, time: float, pose: np.ndarray) -> None:
        self.times, self.poses = [time], [np.array(pose, dtype=float)]

    @property
    def end(self) -> float:
        """Time of the last pose."""
        return self.times[-1]

    def after(self, seconds: float, pose: np.ndarray | None = None) -> None:
        """Reach ``pose`` after ``seconds``; without a pose, hold still."""
        self.times.append(self.end + seconds)
        self.poses.append(self.poses[-1] if pose is None else np.array(pose, dtype=float))

    def at(self, times: np.ndarray) -> np.ndarray:
        """Return the poses at ``times`` (n,), as (n, ...)."""
        keys, poses = np.array(self.times), np.array(self.poses)
        index = np.clip(np.searchsorted(keys, times, side="right") - 1, 0, len(keys) - 2)
        u = np.clip((times - keys[index]) / (keys[index + 1] - keys[index]), 0, 1)
        u = smooth(u).reshape(-1, *[1] * (poses.ndim - 1))
        return poses[index] + (poses[index + 1] - poses[index]) * u


def smooth(u: np.ndarray) -> np.ndarray:
    """Return the minimum-jerk curve from 0 to 1."""
    return u**3 * (10 - 15 * u + 6 * u**2)


def drift(rng: np.random.Generator, times: np.ndarray, amplitude: float, rate: float) -> np.ndarray:
    """Return slow wandering around 0, (n,): four sines up to ``rate`` hertz."""
    frequencies = rng.uniform(0.15, 1, 4) * rate
    phases = rng.uniform(0, 2 * np.pi, 4)
    return amplitude / 2 * np.sin(2 * np.pi * np.outer(times, frequencies) + phases).sum(axis=1)


def signing(rng: np.random.Generator, times: np.ndarray) -> Motion:
    """Return a series of signs: a quick move to a place, a stroke, a hold; occasionally a pause."""
    main, pace = int(rng.integers(2)), rng.uniform(0.85, 1.15)
    hands = Keys(times[0] - 1, [REST, REST])
    while hands.end < times[-1]:
        for _ in range(rng.integers(4, 9)):
            _add_sign(rng, hands, main, pace)
        resting = hands.poses[-1].copy()
        resting[:, :3] += (0, rng.uniform(0.1, 0.5), 0)
        hands.after(0.35 * pace, resting)
        hands.after(rng.uniform(0.1, 0.4))
    return Motion(hands.at(times), _face(rng, times, syllables=2.6, nods=0.5), _sway(rng, times))


def speaking(rng: np.random.Generator, times: np.ndarray) -> Motion:
    """Return speech with small repeated beats of low hands, or with hands at rest."""
    liveliness = rng.uniform(0.35, 1.0)
    both = rng.random() < 0.6
    mover = int(rng.integers(2))
    hands = Keys(times[0] - 1, [REST, REST])
    while hands.end < times[-1]:
        if rng.random() > liveliness:
            hands.after(0.6, [REST, REST])
            hands.after(rng.uniform(0.8, 2.0))
            continue
        raised = np.array([REST, REST])
        moving = (0, 1) if both else (mover,)
        for hand in moving:
            low = (rng.uniform(0.3, 0.6), rng.uniform(0.95, 1.35), 0.7)
            raised[hand] = (*low, rng.uniform(0.7, 1.3), rng.uniform(0.5, 0.9), *SHAPES["relaxed"])
        hands.after(0.5, raised)
        for _ in range(rng.integers(2, 7)):
            beat = raised.copy()
            beat[list(moving), :2] += rng.uniform((-0.02, 0.06), (0.1, 0.2))
            hands.after(rng.uniform(0.15, 0.25), beat)
            hands.after(rng.uniform(0.15, 0.3), raised)
    return Motion(hands.at(times), _face(rng, times, syllables=4.6, nods=1.0), _sway(rng, times))


def listening(rng: np.random.Generator, times: np.ndarray) -> Motion:
    """Return listening: hands at rest, mouth shut, nods in bouts."""
    hands = np.broadcast_to(REST, (len(times), 2, REST.size)).copy()
    hands[:, :, 1] += drift(rng, times, 0.05, 0.4)[:, None]
    face = _face(rng, times, syllables=0.0, nods=0.6)
    nods = Keys(times[0] - 1, 0.0)
    while nods.end < times[-1]:
        nods.after(rng.uniform(0.8, 2.5))
        for _ in range(rng.integers(2, 5)):
            nods.after(0.22, rng.uniform(0.5, 1.0))
            nods.after(0.25, 0.0)
    face[:, 4] += nods.at(times)
    return Motion(hands, face, _sway(rng, times))


def exercising(rng: np.random.Generator, times: np.ndarray) -> Motion:
    """Return hand exercises: both hands alike, at a steady beat; fists, wrists, or arms up and down."""
    period = rng.uniform(0.8, 1.2)
    place = (rng.uniform(0.75, 1.0), rng.uniform(0.0, 0.3), 0.6)
    open_hand = np.array([*place, 0.0, 1.0, *SHAPES["five"]])
    exercises = [
        np.array([*place, 0.0, 1.0, *SHAPES["fist"]]),
        open_hand + np.array([-0.1, 0, 0, 0.9, -0.5, *[0.0] * 6]),
        open_hand + np.array([0, -0.8, 0, 0, 0, *[0.0] * 6]),
    ]
    keys = Keys(times[0] - 1, open_hand)
    while keys.end < times[-1]:
        turn = exercises[rng.integers(3)]
        for _ in range(4):
            keys.after(period / 2, turn)
            keys.after(period / 2, open_hand)
    hands = np.repeat(keys.at(times)[:, None], 2, axis=1)
    return Motion(hands, _face(rng, times, syllables=0.0, nods=0.4), _sway(rng, times))


def _add_sign(rng: np.random.Generator, hands: Keys, main: int, pace: float) -> None:
    """Append one sign of the hand ``main``; the other mirrors it, is its base, or hangs low."""
    start = _articulation(rng, str(rng.choice(list(PLACES))))
    in_front = start[1] > 0 and rng.random() < 0.5
    role = str(rng.choice(("mirror", "mirror", "base") if in_front else ("low", "low", "mirror")))
    if role == "mirror":
        start[0] = abs(start[0]) + 0.12
    base = REST - (0, 0.5, 0, 0.2, 0, *[0.0] * 6)
    if role == "base":
        base = np.array([0.15, 0.75, 0.6, 1.2, 0.8, *SHAPES["flat"]])
    previous = hands.poses[-1][1 - main]
    other = {"mirror": start, "base": base, "low": previous + (base - previous) * 0.7}[role]

    def both(pose: np.ndarray) -> list[np.ndarray]:
        pair = [other, other]
        pair[main] = pose
        if role == "mirror":
            pair[1 - main] = pose
        return pair

    hands.after(rng.uniform(0.2, 0.32) * pace, both(start))
    hands.after(rng.uniform(0.03, 0.12))
    for pose, seconds in _stroke(rng, start):
        hands.after(seconds * pace, both(pose))
    hands.after(rng.uniform(0.08, 0.28))


def _articulation(rng: np.random.Generator, place: str) -> np.ndarray:
    """Return a hand of random shape and direction at one of the ``PLACES``."""
    position = np.array(PLACES[place]) + rng.normal(0, 0.07, 3)
    shape = list(SHAPES)[rng.integers(len(SHAPES) - 1)]
    angle = rng.uniform(0.0, 0.7) if place in FACE_PLACES else rng.uniform(-0.3, 1.3)
    wrist = position + WRIST_TO_MIDDLE * np.array([np.sin(angle), np.cos(angle), 0])
    return np.array([*wrist, angle, rng.uniform(0.45, 1.0), *SHAPES[shape]])


def _stroke(rng: np.random.Generator, start: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Return the movement of a sign from ``start``: poses, each with the seconds that lead to it."""
    kind = rng.choice(["path", "repeat", "circle", "twist", "shape"])
    end = start.copy()
    if kind == "circle":
        radius, turn = rng.uniform(0.15, 0.28), rng.choice([-1, 1])
        angles = turn * np.linspace(0, 2 * np.pi, 7)[1:]
        circle = np.tile(start, (6, 1))
        circle[:, 0] += radius * np.sin(angles)
        circle[:, 1] += radius * (1 - np.cos(angles))
        return [(pose, 0.09) for pose in circle]
    if kind == "path":
        end[:3] += rng.uniform((-0.3, 0.1, 0.0), (0.6, 0.8, 0.3))
        end[3] += rng.uniform(-0.5, 0.5)
        return [(end, rng.uniform(0.25, 0.45))]
    if kind == "repeat":
        end[:2] += rng.uniform(0.12, 0.25, 2) * rng.choice([-1, 1], 2)
    if kind == "twist":
        end[3] += rng.choice([-1, 1]) * rng.uniform(0.6, 1.0)
        end[4] = 1.4 - end[4]
    if kind == "shape":
        end[5:] = SHAPES[str(rng.choice(["five", "fist", "v", "index"]))]
    return [(end, 0.16), (start, 0.16)] * int(rng.integers(1, 3)) + [(end, 0.16)]


def _face(rng: np.random.Generator, times: np.ndarray, syllables: float, nods: float) -> np.ndarray:
    """Return the columns of ``Motion.face``: mouth opening ``syllables`` times per second, blinks, restless head."""
    mouth = Keys(times[0] - 1, (0.0, 0.0))
    while mouth.end < times[-1]:
        if syllables == 0 or rng.random() < 0.1:
            mouth.after(rng.uniform(0.3, 0.9), (0.0, 0.0))
            continue
        half = rng.uniform(0.7, 1.3) / syllables / 2
        mouth.after(half, (rng.uniform(0.35, 1.0), float(rng.random() < 0.35)))
        mouth.after(half, (rng.uniform(0.0, 0.25), float(rng.random() < 0.35)))
    blinks = np.cumsum(rng.uniform(1.5, 5, 1 + int(times[-1]))) + times[0]
    shut = (np.abs(times[:, None] - blinks) < 0.08).any(axis=1).astype(float)
    head = [drift(rng, times, amplitude * nods, 0.9) for amplitude in (0.7, 0.45, 0.06)]
    return np.column_stack([mouth.at(times), shut, *head])


def _sway(rng: np.random.Generator, times: np.ndarray) -> np.ndarray:
    return np.column_stack([drift(rng, times, 0.04, 0.5), drift(rng, times, 0.015, 0.5)])

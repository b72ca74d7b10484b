"""A person from the waist up: torso, head, two-joint arms, and hands with fingers."""

from dataclasses import dataclass

import cv2
import numpy as np

from signwild.demo.drawing import Colour, limb, paste, polygon, premultiplied, shade, stroke
from signwild.demo.heads import HEAD_HEIGHT, MOUTH_LEVELS, PIVOT, Face, Head, build_head, draw_face
from signwild.demo.movements import CURLS, Motion

UPPER_ARM, FOREARM = 1.35, 1.15
"""Lengths in heads, as everywhere in this module."""

SHOULDERS = np.array([[-0.76, 0.14, 0.0], [0.76, 0.14, 0.0]])
NECK = np.array([0.0, -0.1])
ELBOW_POLE = np.array([[-0.7, 1.0, -0.35], [0.7, 1.0, -0.35]])
"""Direction in which the elbows hang: outwards, down and a little back."""

CLOTHES = ((60, 45, 40), (140, 70, 40), (60, 60, 150), (75, 110, 60), (170, 165, 160), (110, 60, 110), (50, 140, 190))
PATTERNS = ("plain", "plain", "stripes", "checks")

FINGER_BASES = np.array([[-0.16, 0.16], [-0.13, 0.36], [-0.045, 0.39], [0.045, 0.37], [0.125, 0.32]])
FINGER_LENGTHS = np.array([0.30, 0.36, 0.40, 0.37, 0.28])
FINGER_ANGLES = np.array([-0.75, -0.06, -0.01, 0.04, 0.10])
FINGER_SPREAD = np.array([-0.35, -0.26, -0.06, 0.16, 0.38])
FINGER_WIDTH = 0.085
"""Fingers from thumb to little finger, for a palm of 0.4 that points up, with the thumb on the left."""

PALM = np.array([[-0.09, -0.03], [0.09, -0.03], [0.17, 0.15], [0.16, 0.33], [0.05, 0.40], [-0.14, 0.38], [-0.17, 0.14]])


@dataclass(frozen=True)
class Look:
    """Appearance of a person."""

    face: Face
    clothes: Colour
    pattern: str
    bare_arms: bool


@dataclass(frozen=True)
class Person:
    """A person to be painted at a given size: head and torso as sprites, with a head of ``unit`` pixels."""

    look: Look
    unit: float
    head: Head
    torso: np.ndarray


def draw_look(rng: np.random.Generator, tone: int) -> Look:
    """Return a random look with one of the skin tones."""
    return Look(
        face=draw_face(rng, tone),
        clothes=tuple(float(value) for value in np.array(CLOTHES[rng.integers(len(CLOTHES))]) * rng.uniform(0.7, 1.2)),
        pattern=PATTERNS[rng.integers(len(PATTERNS))],
        bare_arms=bool(rng.integers(2)),
    )


def build_person(look: Look, unit: float) -> Person:
    """Prepare the sprites of a person whose head is ``unit`` pixels high."""
    head = build_head(look.face, unit)
    return Person(look, unit, head, _torso(look, head.skin, unit))


def paint_person(
    image: np.ndarray, person: Person, motion: Motion, index: int, origin: np.ndarray, zoom: float
) -> None:
    """Paint frame ``index`` of a movement; ``origin`` (2,) is the middle of the shoulders in pixels."""
    scale = person.unit * zoom
    shoulders = origin + motion.body[index] * scale
    corner = shoulders - zoom * np.array([person.torso.shape[1] / 2, TORSO_TOP * person.unit])
    paste(image, person.torso, np.array([[zoom, 0, corner[0]], [0, zoom, corner[1]]]))
    paint_head(image, person, motion.face[index], shoulders + NECK * scale, zoom)
    joints = arm_joints(motion.hands[index]) * scale + shoulders
    # The hand nearer to the camera covers the other.
    for side in np.argsort(motion.hands[index, :, 2]):
        paint_arm(image, person, joints[side], motion.hands[index, side], int(side), zoom)


def paint_head(image: np.ndarray, person: Person, face: np.ndarray, neck: np.ndarray, zoom: float) -> None:
    """Paint the head on ``neck`` (2,) with the mouth, eyes and attitude of ``face`` (6,)."""
    opening, rounded, shut, turn, nod, roll = face
    level = int(np.clip(round(opening * (MOUTH_LEVELS - 1)), 0, MOUTH_LEVELS - 1))
    sprite = person.head.sprites[level, rounded > 0.5, shut > 0.5]
    narrow, short = zoom * (1 - 0.08 * min(1, abs(turn))), zoom * (1 - 0.05 * nod)
    turned = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    matrix = turned @ np.array([[narrow, -0.06 * turn], [0, short]])
    pivot = np.array(PIVOT) * (person.unit / HEAD_HEIGHT) * (person.look.face.width, 1)
    offset = neck + np.array([turn, nod]) * 0.04 * person.unit * zoom - matrix @ pivot
    paste(image, sprite, np.column_stack([matrix, offset]))


def paint_arm(image: np.ndarray, person: Person, joints: np.ndarray, hand: np.ndarray, side: int, zoom: float) -> None:
    """Paint an arm by its ``joints`` (shoulder, elbow, wrist; pixels) and the ``hand`` (11,) at its end."""
    scale, skin = person.unit * zoom, person.head.skin
    sleeve = shade(person.look.clothes, 1.08)
    upper, lower = np.array([0.2, 0.16]) * scale, np.array([0.145, 0.1]) * scale
    shoulder, elbow, wrist = joints
    limb(image, shoulder, elbow, tuple(upper), sleeve)
    limb(image, elbow, wrist, tuple(lower), skin if person.look.bare_arms else sleeve)
    paint_hand(image, wrist, hand, side, scale * (1 + 0.15 * hand[2]), skin)


def paint_hand(image: np.ndarray, wrist: np.ndarray, hand: np.ndarray, side: int, scale: float, skin: Colour) -> None:
    """Paint palm and fingers at ``wrist`` (2,); ``side`` 0 is the hand on the image's left."""
    mirror = 1 if side == 0 else -1
    angle, width, spread, curls = hand[3] * mirror, max(0.3, hand[4]), hand[5], hand[CURLS]
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # Drawn with y up and the thumb inwards, then squeezed, turned and placed.
    to_image = scale * turned @ np.array([[-mirror * width, 0], [0, -1]])
    edge = shade(skin, 0.55)
    palm = wrist + PALM @ to_image.T
    polygon(image, wrist + (PALM * 1.08) @ to_image.T, edge)
    polygon(image, palm, skin)
    directions = FINGER_ANGLES + FINGER_SPREAD * spread
    along = np.column_stack([np.sin(directions), np.cos(directions)])
    knuckle = FINGER_BASES + along * (FINGER_LENGTHS * (0.52 - 0.22 * curls))[:, None]
    tip = knuckle + along * (FINGER_LENGTHS * (0.48 - 0.80 * curls))[:, None]
    fingers = wrist + np.stack([FINGER_BASES, knuckle, tip], axis=1) @ to_image.T
    thickness = FINGER_WIDTH * scale * (0.6 + 0.4 * width)
    for number in (4, 3, 2, 1, 0):
        stroke(image, fingers[number], thickness + 2, edge)
        stroke(image, fingers[number], thickness, shade(skin, 1.06 - 0.12 * curls[number]))


def arm_joints(hands: np.ndarray) -> np.ndarray:
    """Return shoulder, elbow and wrist of both arms, (2, 3, 2), seen from the front; ``hands`` is (2, 11)."""
    wrists = hands[:, :3] * [[-1, 1, 1], [1, 1, 1]]
    reach = wrists - SHOULDERS
    distance = np.linalg.norm(reach, axis=1, keepdims=True)
    direction = reach / distance
    distance = np.clip(distance, UPPER_ARM - FOREARM + 0.1, 0.98 * (UPPER_ARM + FOREARM))
    along = (UPPER_ARM**2 - FOREARM**2 + distance**2) / (2 * distance)
    bend = ELBOW_POLE - direction * (ELBOW_POLE * direction).sum(axis=1, keepdims=True)
    bend /= np.linalg.norm(bend, axis=1, keepdims=True)
    elbows = SHOULDERS + direction * along + bend * np.sqrt(UPPER_ARM**2 - along**2)
    return np.stack([SHOULDERS, elbows, SHOULDERS + direction * distance], axis=1)[:, :, :2]


TORSO_TOP, TORSO_BOTTOM, TORSO_HALF = 0.25, 4.5, 1.2
"""Extent of the torso's sprite: above and below the shoulders, and to each side."""

TORSO = np.column_stack(
    [
        [0.22, 0.55, 0.84, 0.93, 0.88, 0.74, 0.72, 0.92, 0.95],
        [-0.14, -0.06, -0.04, 0.14, 0.6, 1.3, 2.0, 2.7, 4.5],
    ]
)
"""One half of the torso's outline, from the neck down."""


def _torso(look: Look, skin: Colour, unit: float) -> np.ndarray:
    """Draw the torso with folds, pattern and collar, as a sprite."""
    width, height = round(2 * TORSO_HALF * unit), round((TORSO_TOP + TORSO_BOTTOM) * unit)
    corner = np.array([TORSO_HALF, TORSO_TOP])
    outline = np.concatenate([TORSO, TORSO[::-1] * (-1, 1)])

    def mask(points: np.ndarray) -> np.ndarray:
        canvas = np.zeros((height, width), np.uint8)
        polygon(canvas, (points + corner) * unit, (255, 255, 255))
        return canvas

    y, x = (np.mgrid[0:height, 0:width] / unit).astype(np.float32)
    x, y = x - TORSO_HALF, y - TORSO_TOP
    light = 1.08 - 0.3 * x**2 + 0.07 * np.sin(5 * x + 2.5 * y + np.sin(3 * y)) - 0.12 * np.exp(-((y + 0.1) ** 2) * 30)
    if look.pattern != "plain":
        light += 0.22 * np.sign(np.sin(y * 22))
    if look.pattern == "checks":
        light += 0.16 * np.sign(np.sin(x * 22))
    picture = np.array(look.clothes, np.float32) * light[:, :, None]
    trousers = cv2.GaussianBlur((y > 2.25).astype(np.float32), (0, 0), 1)[:, :, None]
    picture = picture * (1 - trousers) + np.array((70, 55, 50), np.float32) * (trousers * light[:, :, None])
    neckline = mask(np.array([[-0.27, -0.2], [0.27, -0.2], [0.2, 0.06], [0.0, 0.28], [-0.2, 0.06]]))[:, :, None] / 255
    picture = picture * (1 - neckline) + np.array(skin, np.float32) * 0.85 * neckline
    return premultiplied(np.clip(picture, 0, 255), mask(outline))

"""Heads made from matplotlib's public-domain portrait, so face detectors find them.

Skin, hair, width and age vary, the mouth opens by moving the jaw, and the eyes close.
Coordinates in this module are pixels of the portrait.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product

import cv2
import matplotlib.cbook
import numpy as np

from signwild.demo.drawing import Colour, disc, ellipse, polygon, premultiplied, shade

SKIN_TONES = ((1.08, 0.85, 0), (1.0, 0.95, 1), (0.94, 1.05, 4), (0.82, 1.1, 5), (0.66, 1.15, 6), (0.5, 1.15, 5))
"""Factor and exponent of lightness, and a shift towards yellow."""

HAIR_COLOURS = ((28, 30, 34), (35, 52, 78), (60, 105, 150), (120, 185, 215), (40, 70, 130), (175, 178, 180))
HAIR_STYLES = ("short", "short", "bob", "long", "bun", "bald")

HEAD_HEIGHT = 250.0
"""Distance from crown to chin."""

LEFT, TOP, WIDTH, HEIGHT = 88, 40, 360, 390
"""Part of the portrait's plane that a head sprite covers."""

PIVOT = (268.0 - LEFT, 370.0 - TOP)
"""Pivot of the head on the neck, in the sprite."""

MOUTH_LEVELS = 6
MOUTH_LINE, MOUTH_CENTRE, MOUTH_HALF_WIDTH, MOUTH_DEPTH = 278.0, 270.0, 38.0, 30.0
EYES = ((222.0, 190.0), (305.0, 187.0))
CENTRE = 268.0

FACE_OUTLINE = np.column_stack(
    [
        [160, 167, 183, 194, 203, 220, 245, 270, 300, 322, 334, 341, 354, 368, 373, 352, 305, 215],
        [190, 235, 264, 276, 303, 324, 337, 340, 336, 322, 297, 270, 258, 228, 192, 168, 150, 152],
    ]
)
"""Outline from one temple down over the chin to the other, and back below the cap's shadow."""


@dataclass(frozen=True)
class Face:
    """Appearance of a head."""

    tone: tuple[float, float, float]
    hair_colour: Colour
    hair_style: str
    smoothness: float
    width: float
    beard: float
    mirrored: bool


@dataclass(frozen=True)
class Head:
    """Sprites of one head by (mouth level, rounded lips, eyes shut), and the colour of its skin."""

    sprites: dict[tuple[int, bool, bool], np.ndarray]
    skin: Colour


def draw_face(rng: np.random.Generator, tone: int) -> Face:
    """Return a random face with one of the ``SKIN_TONES``."""
    return Face(
        tone=SKIN_TONES[tone],
        hair_colour=HAIR_COLOURS[rng.integers(len(HAIR_COLOURS))],
        hair_style=HAIR_STYLES[rng.integers(len(HAIR_STYLES))],
        smoothness=rng.uniform(0, 1),
        width=rng.uniform(0.92, 1.06),
        beard=float(rng.choice([0.0, 0.0, 0.35, 0.55])),
        mirrored=bool(rng.integers(2)),
    )


def build_head(face: Face, height: float) -> Head:
    """Draw every sprite of a head that is ``height`` pixels from crown to chin."""
    photo = _toned(_portrait(), face)
    skin = tuple(float(value) for value in photo[236 - TOP : 254 - TOP, 205 - LEFT : 232 - LEFT].mean(axis=(0, 1)))
    skull, skull_opacity = _skull(face, skin)
    hair, hair_opacity = _fringe(face)
    mask = _face_mask()
    size = (round(WIDTH * height / HEAD_HEIGHT * face.width), round(HEIGHT * height / HEAD_HEIGHT))
    sprites = {}
    for shut in (False, True):
        looking = _with_eyes_shut(photo, skin) if shut else photo
        for rounded, level in product((False, True), range(MOUTH_LEVELS)):
            speaking, jaw = _with_mouth_open(looking, mask, level / (MOUTH_LEVELS - 1), rounded)
            colour = _over(hair, hair_opacity, _over(speaking, jaw / 255, skull))
            opacity = np.maximum(np.maximum(skull_opacity, jaw), 255 * hair_opacity)
            sprite = cv2.resize(premultiplied(colour, opacity), size, interpolation=cv2.INTER_AREA)
            sprites[level, rounded, shut] = sprite[:, ::-1].copy() if face.mirrored else sprite
    return Head(sprites, skin)


def _over(upper: np.ndarray, opacity: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return lower + (upper - lower) * opacity[:, :, None]


@cache
def _portrait() -> np.ndarray:
    path = matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    return cv2.imread(str(path))[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]


def _toned(photo: np.ndarray, face: Face) -> np.ndarray:
    """Return the portrait with another complexion, and its lines softened for a younger face."""
    soft = cv2.bilateralFilter(photo, 9, 45, 7)
    photo = cv2.addWeighted(soft, face.smoothness, photo, 1 - face.smoothness, 0)
    lab = cv2.cvtColor(photo, cv2.COLOR_BGR2LAB).astype(np.float32)
    factor, exponent, yellow = face.tone
    lab[:, :, 0] = 255 * factor * (lab[:, :, 0] / 255) ** exponent
    # The portrait is rather red, and dark skin is less saturated.
    lab[:, :, 1:] = 128 + (lab[:, :, 1:] - 128) * (0.75 * min(1.0, 0.35 + 0.65 * factor))
    lab[:, :, 2] += yellow
    toned = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2BGR).astype(np.float32)
    x, y = _plane()
    beard = np.exp(-(((x - MOUTH_CENTRE) / 75) ** 4)) / (1 + np.exp(-(y - 262) / 5))
    lips = np.exp(-(((x - MOUTH_CENTRE) / 34) ** 4) - ((y - MOUTH_LINE - 2) / 13) ** 4)
    return toned * (1 - face.beard * beard * (1 - lips))[:, :, None]


def _skull(face: Face, skin: Colour) -> tuple[np.ndarray, np.ndarray]:
    """Draw neck, skull and the hair behind them: picture (h, w, 3) float and opacity (h, w)."""
    picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    hair = (*shade(face.hair_colour, 0.75), 255)
    x = CENTRE - LEFT
    if face.hair_style in ("bob", "long"):
        bottom = {"bob": 318, "long": 400}[face.hair_style] - TOP
        outline = [[x - 112, 180 - TOP], [x - 128, bottom], [x - 70, bottom + 12], [x + 70, bottom + 12]]
        polygon(picture, np.array([*outline, [x + 128, bottom], [x + 112, 180 - TOP]]), hair)
    if face.hair_style == "bun":
        disc(picture, np.array([x, 72 - TOP]), 30, hair)
    polygon(
        picture,
        np.array([[x - 58, 280 - TOP], [x + 58, 280 - TOP], [x + 64, HEIGHT - 12], [x - 64, HEIGHT - 12]]),
        (*shade(skin, 0.72), 255),
    )
    ellipse(picture, (x, 200 - TOP), (98, 112), (*skin, 255))
    return picture[:, :, :3].astype(np.float32), picture[:, :, 3].astype(np.float32)


def _fringe(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """Draw hair with strands over forehead and temples: colour (h, w, 3) and opacity 0 to 1, (h, w)."""
    x, y = _plane()
    if face.hair_style == "bald":
        return np.zeros((HEIGHT, WIDTH, 3), np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    outer = ((x - CENTRE) / 112) ** 2 + ((y - 190) / 110) ** 2 < 1
    brow = ((x - CENTRE - 18) / 95) ** 2 + ((y - 205) / 72) ** 2 < 1
    ears = 215 if face.hair_style in ("bob", "long") else 188
    opacity = cv2.GaussianBlur((outer & ~brow & (y < ears)).astype(np.float32), (0, 0), 2.5)
    strands = 0.9 + 0.16 * np.sin(0.4 * x + 5 * np.sin(y / 37)) * np.sin(y / 29 + x / 11)
    return np.array(face.hair_colour, np.float32) * strands[:, :, None], opacity


def _with_eyes_shut(photo: np.ndarray, skin: Colour) -> np.ndarray:
    shut = photo.astype(np.uint8)
    for x, y in EYES:
        ellipse(shut, (x - LEFT, y - TOP), (19, 9), shade(skin, 0.85))
        ellipse(shut, (x - LEFT, y + 6 - TOP), (17, 1.5), shade(skin, 0.4))
    return shut.astype(np.float32)


def _with_mouth_open(
    photo: np.ndarray, mask: np.ndarray, opening: float, rounded: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Lower the jaw by ``opening`` (0 to 1); return the picture, and the face's opacity with the lowered chin."""
    x, y = _plane()
    half_width = MOUTH_HALF_WIDTH * (0.62 if rounded else 1.0)
    depth = MOUTH_DEPTH * opening * (1.0 if rounded else 0.85)
    lips = np.sqrt(np.clip(1 - ((x - MOUTH_CENTRE) / half_width) ** 2, 0, 1))
    below = np.clip((y - MOUTH_LINE) / 45, 0, 1)
    drop = depth * np.maximum(lips, below * np.exp(-(((x - MOUTH_CENTRE) / 90) ** 2)))
    source = np.where(y > MOUTH_LINE, np.maximum(y - drop, MOUTH_LINE), y).astype(np.float32)
    columns, rows = (x - LEFT).astype(np.float32), source - TOP
    moved = cv2.remap(photo.astype(np.float32), columns, rows, cv2.INTER_LINEAR)
    inside = np.clip(np.minimum(y - MOUTH_LINE, MOUTH_LINE + depth * lips - y), 0, 1)
    teeth = np.clip(1 - (y - MOUTH_LINE) / (0.3 * depth + 1e-6), 0, 1)
    throat = np.array((38, 28, 70), np.float32) + teeth[:, :, None] * np.array((120, 140, 120), np.float32)
    opened = moved * (1 - inside[:, :, None]) + throat * inside[:, :, None]
    return opened, cv2.remap(mask, columns, rows, cv2.INTER_LINEAR)


@cache
def _face_mask() -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    polygon(mask, FACE_OUTLINE - (LEFT, TOP), (255, 255, 255))
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 4)


@cache
def _plane() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH].astype(np.float32)
    return x, y

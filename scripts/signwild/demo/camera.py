"""Backgrounds, camera and sensor, which every demo video has whatever its class."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from signwild.demo.drawing import disc, ellipse, polygon, shade
from signwild.demo.movements import drift

MARGIN = 0.12
"""Share of the picture by which the background extends past each side, for the camera's movement."""

BACKGROUNDS = ("wall", "shelves", "curtain", "backdrop", "outdoors", "pictures")

Paint = Callable[[np.ndarray, int], None]
"""Function that paints the action of frame ``index`` over a picture (h, w, 3) of the background."""


@dataclass(frozen=True)
class Stage:
    """A background seen by a camera.

    ``zoom`` (n,) and ``shift`` (n, 2; pixels) are the camera's movement; ``noise`` (h + 32, w + 32) int16
    and ``noise_corners`` (n, 2) are the sensor's noise.
    """

    size: tuple[int, int]
    background: np.ndarray
    zoom: np.ndarray
    shift: np.ndarray
    noise: np.ndarray
    noise_corners: np.ndarray

    def place(self, point: tuple[float, float] | np.ndarray, index: int) -> np.ndarray:
        """Return where a point of the still picture (..., 2; pixels) appears in frame ``index``."""
        centre = np.array(self.size) / 2
        return centre + self.zoom[index] * (np.asarray(point) - centre) + self.shift[index]

    def frames(self, paint: Paint) -> Iterator[np.ndarray]:
        """Yield the finished frames as planar 4:2:0, (1.5 h, w) uint8."""
        width, height = self.size
        for index, zoom in enumerate(self.zoom):
            corner = self.place((-MARGIN * width, -MARGIN * height), index)
            matrix = np.array([[zoom, 0, corner[0]], [0, zoom, corner[1]]])
            image = cv2.warpAffine(self.background, matrix, self.size, flags=cv2.INTER_LINEAR)
            paint(image, index)
            planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
            top, left = self.noise_corners[index]
            noise = self.noise[top : top + height, left : left + width]
            planes[:height] = cv2.add(planes[:height], noise, dtype=cv2.CV_8U)
            yield planes


def set_stage(rng: np.random.Generator, background: str, size: tuple[int, int], times: np.ndarray) -> Stage:
    """Return a stage of random look and camera movement; ``background`` is one of ``BACKGROUNDS``."""
    width, height = size
    liveliness = rng.choice([0.0, 0.2, 0.5])
    zoom = 1 + rng.uniform(-0.03, 0.03) * np.linspace(0, 1, len(times)) + drift(rng, times, 0.006 * liveliness, 0.3)
    shift = [drift(rng, times, 0.012 * liveliness * width, 0.5) for _ in range(2)]
    noise = np.rint(rng.normal(0, rng.uniform(0.6, 3.0), (height + 32, width + 32))).astype(np.int16)
    corners = rng.integers(0, 32, (len(times), 2))
    return Stage(size, _paint_background(rng, background, size), zoom, np.column_stack(shift), noise, corners)


def _paint_background(rng: np.random.Generator, kind: str, size: tuple[int, int]) -> np.ndarray:
    """Paint the background picture, ``MARGIN`` larger than ``size`` on every side, (h, w, 3) uint8."""
    width, height = (round(side * (1 + 2 * MARGIN)) for side in size)
    colour = tuple(rng.uniform(70, 200, 3) * 0.6 + rng.uniform(40, 80))
    x, y = np.meshgrid(np.linspace(0, 1, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32))
    light = 0.75 + 0.4 * np.exp(-((x - rng.uniform(0.2, 0.8)) ** 2 + (y - 0.3) ** 2) * 2.5)
    if kind == "curtain":
        light = light * (1 + 0.16 * np.sin(x * rng.uniform(60, 110) + 1.5 * np.sin(4 * y)))
    picture = np.clip(np.array(colour, np.float32) * light[:, :, None], 0, 255).astype(np.uint8)
    decorate = {"shelves": _shelves, "backdrop": _backdrop, "outdoors": _outdoors, "pictures": _pictures}.get(kind)
    if decorate:
        decorate(rng, picture)
    texture = cv2.GaussianBlur(rng.normal(0, 30, picture.shape[:2]).astype(np.float32), (0, 0), 2.0)
    picture = np.clip(picture + texture[:, :, None], 0, 255).astype(np.uint8)
    return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 2.0))


def _box(picture: np.ndarray, left: float, top: float, right: float, bottom: float, colour: tuple) -> None:
    """Fill a rectangle given in shares of the picture."""
    height, width = picture.shape[:2]
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) * (width, height)
    polygon(picture, corners, colour)


def _shelves(rng: np.random.Generator, picture: np.ndarray) -> None:
    wood = tuple(rng.uniform(0.6, 1.1) * np.array((50, 80, 120)))
    for top in np.arange(0.08, 0.95, 0.24):
        x = 0.02
        while x < 0.97:
            book = rng.uniform(0.015, 0.035)
            _box(picture, x, top + rng.uniform(0.01, 0.06), x + book, top + 0.2, tuple(rng.uniform(40, 200, 3)))
            x += book + (rng.uniform(0.05, 0.15) if rng.random() < 0.12 else 0.002)
        _box(picture, 0, top + 0.2, 1, top + 0.23, wood)


def _backdrop(rng: np.random.Generator, picture: np.ndarray) -> None:
    for _ in range(7):
        left, tone = rng.uniform(-0.2, 1.0), rng.uniform(0.5, 1.5)
        mean = picture.mean(axis=(0, 1))
        overlay = picture.copy()
        _box(overlay, left, 0, left + rng.uniform(0.05, 0.3), 1, shade(tuple(mean), tone))
        cv2.addWeighted(overlay, 0.3, picture, 0.7, 0, dst=picture)


def _outdoors(rng: np.random.Generator, picture: np.ndarray) -> None:
    height, width = picture.shape[:2]
    _box(picture, 0, 0, 1, 0.6, tuple(rng.uniform(0.85, 1.05) * np.array((225, 195, 160))))
    _box(picture, 0, 0.6, 1, 1, tuple(rng.uniform(0.8, 1.2) * np.array((60, 120, 90))))
    for x in rng.uniform(0, 1, 5):
        size = rng.uniform(0.1, 0.2) * height
        stem = np.array([x * width, 0.62 * height])
        polygon(picture, stem + np.array([[-4, 0], [4, 0], [3, -size], [-3, -size]]), (40, 60, 80))
        for _ in range(14):
            leaf = stem + rng.normal((0, -1.4 * size), size * 0.4, 2)
            disc(picture, leaf, size * rng.uniform(0.2, 0.4), tuple(rng.uniform(0.6, 1.2) * np.array((50, 105, 70))))


def _pictures(rng: np.random.Generator, picture: np.ndarray) -> None:
    height, width = picture.shape[:2]
    for left in (0.05, 0.36, 0.7):
        top, wide, tall = rng.uniform(0.08, 0.25), rng.uniform(0.14, 0.24), rng.uniform(0.18, 0.3)
        _box(picture, left, top, left + wide, top + tall, (40, 50, 60))
        _box(
            picture, left + 0.012, top + 0.016, left + wide - 0.012, top + tall - 0.016, tuple(rng.uniform(90, 230, 3))
        )
        middle = ((left + wide / 2) * width, (top + tall / 2) * height)
        ellipse(picture, middle, (wide * width / 4, tall * height / 4), tuple(rng.uniform(30, 180, 3)))
    _box(picture, 0, 0.82, 1, 1, (70, 85, 95))

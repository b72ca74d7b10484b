"""Antialiased shapes at subpixel positions, so slow movement is smooth in optical flow."""

import cv2
import numpy as np

Colour = tuple[float, float, float]
"""Blue, green, red, 0 to 255."""

SHIFT = 4
"""Fractional bits of OpenCV's drawing coordinates."""


def shade(colour: Colour, factor: float) -> Colour:
    """Return ``colour`` made darker (factor < 1) or lighter (> 1)."""
    return tuple(float(min(255.0, channel * factor)) for channel in colour)


def polygon(image: np.ndarray, points: np.ndarray, colour: Colour) -> None:
    """Fill the polygon with corners ``points`` (k, 2), in pixels."""
    cv2.fillPoly(image, [_fixed(points)], colour, cv2.LINE_AA, SHIFT)


def disc(image: np.ndarray, centre: np.ndarray, radius: float, colour: Colour) -> None:
    """Fill a circle; ``centre`` (2,) and ``radius`` in pixels."""
    x, y = _fixed(centre)
    cv2.circle(image, (int(x), int(y)), round(radius * 2**SHIFT), colour, cv2.FILLED, cv2.LINE_AA, SHIFT)


def ellipse(image: np.ndarray, centre: tuple[float, float], axes: tuple[float, float], colour: Colour) -> None:
    """Fill an upright ellipse; ``axes`` are its half width and half height in pixels."""
    x, y = _fixed(centre)
    half = tuple(int(value) for value in _fixed(axes))
    cv2.ellipse(image, (int(x), int(y)), half, 0, 0, 360, colour, cv2.FILLED, cv2.LINE_AA, SHIFT)


def stroke(image: np.ndarray, points: np.ndarray, width: float, colour: Colour) -> None:
    """Draw a line through ``points`` (k, 2); its ends are round."""
    cv2.polylines(image, [_fixed(points)], False, colour, max(1, round(width)), cv2.LINE_AA, SHIFT)


def limb(image: np.ndarray, start: np.ndarray, end: np.ndarray, radii: tuple[float, float], colour: Colour) -> None:
    """Draw a tapered limb between two joints (2,), with a dark edge and a light ridge along it."""
    along = end - start
    normal = np.array([-along[1], along[0]]) / max(1e-6, float(np.hypot(*along)))
    for grow, share, tone in ((1.2, 1.0, 0.62), (0.0, 1.0, 1.0), (0.0, 0.5, 1.05)):
        first, last = radii[0] * share + grow, radii[1] * share + grow
        corners = [start + normal * first, end + normal * last, end - normal * last, start - normal * first]
        polygon(image, np.array(corners), shade(colour, tone))
        disc(image, start, first, shade(colour, tone))
        disc(image, end, last, shade(colour, tone))


def paste(image: np.ndarray, sprite: np.ndarray, matrix: np.ndarray) -> None:
    """Lay ``sprite`` (h, w, 4; colours already multiplied by alpha) over ``image``.

    ``matrix`` (2, 3) maps the sprite's pixels to the image's.
    """
    height, width = sprite.shape[:2]
    corners = matrix @ np.array([[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]], dtype=float)
    left, top = np.maximum(np.floor(corners.min(axis=1)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(axis=1)).astype(int) + 1, image.shape[1::-1])
    if left >= right or top >= bottom:
        return
    local = matrix - np.array([[0, 0, left], [0, 0, top]])
    warped = cv2.warpAffine(sprite, local, (int(right - left), int(bottom - top)), flags=cv2.INTER_LINEAR)
    behind = image[top:bottom, left:right]
    through = cv2.cvtColor(255 - warped[:, :, 3], cv2.COLOR_GRAY2BGR)
    behind[:] = cv2.add(warped[:, :, :3], cv2.multiply(behind, through, scale=1 / 255))


def premultiplied(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return a sprite for ``paste`` from a picture (h, w, 3) and its opacity (h, w), both 0 to 255."""
    opacity = alpha.astype(np.float32)
    return np.dstack([colour * (opacity[:, :, None] / 255), opacity]).round().astype(np.uint8)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(points, dtype=float) * 2**SHIFT).astype(np.int32)

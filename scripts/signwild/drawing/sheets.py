"""Contact sheets: pictures and text placed by pixels."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

GAP = 6
"""Space between two pictures, in pixels."""

LINE = 16
"""Height of a line of text, in pixels."""

DPI = 100


def new_sheet(width: int, height: int) -> tuple[Figure, Axes]:
    """Return a figure of this size in pixels, with axes that count pixels from its upper left corner."""
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def place_picture(axes: Axes, left: float, top: float, picture: np.ndarray) -> None:
    """Place a picture (h, w, 3) RGB uint8, pixel by pixel."""
    height, width = picture.shape[:2]
    extent = (left, left + width, top + height, top)
    axes.imshow(picture, extent=extent, aspect="auto", interpolation="nearest")


def write_words(axes: Axes, left: float, top: float, words: str, size: float = 8, **style: object) -> None:
    """Write words verbatim, without parsing mathematics; ``left`` and ``top`` are their upper left corner."""
    axes.text(left, top, words, va="top", fontsize=size, parse_math=False, **style)


def shortened(words: str, letters: int) -> str:
    """Shorten text to at most ``letters`` characters."""
    return words if len(words) <= letters else f"{words[: letters - 1]}…"

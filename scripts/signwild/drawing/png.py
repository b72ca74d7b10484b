"""Figures as PNG files."""

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from signwild.base.files import written_whole


def save_png(figure: Figure, path: Path | str) -> None:
    """Write a figure as a PNG file with reproducible bytes, completely or not at all."""
    with written_whole(path) as temporary:
        FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})

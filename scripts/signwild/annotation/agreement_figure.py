"""Two annotations of videos, one above the other, and where they differ."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from signwild.annotation.agreement import intervals
from signwild.annotation.spans_files import Spans
from signwild.base.classes import CLASSES
from signwild.drawing.bands import add_legend, draw_spans
from signwild.drawing.png import save_png
from signwild.drawing.sheets import shortened
from signwild.stages.detector.timeline import clock, tick_times

BANDS = {"first": (1.1, 2.0), "second": (0.1, 1.0)}
DIFFERENCE = (-0.35, 0.0)
"""Bottom and top of the bands of the two annotations, and of what differs, of equal units."""

DIFFERENT = "#c1272d"

VIDEO_INCHES = 0.95
"""Height of the timelines of one video."""


def draw_agreement(videos: Sequence[tuple[str, Spans, Spans, int]], output: Path) -> None:
    """Draw the timelines of videos, each with a title, the two annotations, and its end in milliseconds, as a PNG."""
    figure = Figure(figsize=(11, 1.0 + VIDEO_INCHES * len(videos)), layout="constrained")
    for axes, video in zip(figure.subplots(len(videos), 1, squeeze=False)[:, 0], videos, strict=True):
        _draw_video(axes, *video)
    add_legend(figure)
    figure.suptitle("first annotation above second; red: where they differ", fontsize="medium")
    save_png(figure, output)


def _draw_video(axes: Axes, title: str, first: Spans, second: Spans, end_ms: int) -> None:
    for spans, band in zip((first, second), BANDS.values(), strict=True):
        labels = np.concatenate([np.full(len(spans[label]), label) for label in CLASSES])
        times = np.concatenate([spans[label] for label in CLASSES]) / 1000
        draw_spans(axes, labels, times[:, 0], times[:, 1], band, linewidth=0.3)
    borders, is_class = intervals(first, second, end_ms)
    differs = (is_class[0] != is_class[1]).any(axis=0)
    bars = list(zip(borders[:-1][differs] / 1000, np.diff(borders)[differs] / 1000, strict=True))
    axes.broken_barh(bars, (DIFFERENCE[0], DIFFERENCE[1] - DIFFERENCE[0]), color=DIFFERENT, linewidth=0)
    axes.set_title(shortened(title, 110), fontsize=9, loc="left", parse_math=False)
    axes.set_xlim(0, max(end_ms / 1000, 0.001))
    axes.set_ylim(DIFFERENCE[0] - 0.1, 2.1)
    axes.set_yticks([sum(band) / 2 for band in BANDS.values()], list(BANDS), fontsize=8)
    ticks = tick_times(end_ms / 1000, 12)
    axes.set_xticks(ticks, [clock(tick) for tick in ticks], fontsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)

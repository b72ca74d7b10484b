"""A video's timeline as a picture, and what the video's page shares with it: clock times, ticks and thinned curves."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from signwild.base.classes import PROBABILITIES
from signwild.base.words import percent
from signwild.drawing.bands import add_legend, draw_spans
from signwild.drawing.colors import CLASS_COLORS
from signwild.drawing.png import save_png
from signwild.drawing.sheets import shortened
from signwild.stages.detector.detected_video import VERDICTS, DetectedVideo
from signwild.video.frame_times import stretch_starts

CURVE_POINTS = 2000
"""Points of a curve, at most: about as many as a screen has columns."""

TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)

FIRST_LOOK_COLOR = "#e4e4e4"
"""Colour of what a quick pass has not looked at in full."""

BAND = (1.08, 1.34)
"""Bottom and top of the band of segments, in units of the probabilities, above which it is drawn."""


def draw_timeline(detected: DetectedVideo, path: Path) -> None:
    """Draw the segments as a band, and the class probabilities below it, as a reproducible PNG file."""
    figure = Figure(figsize=(11, 3), layout="constrained")
    axes = figure.add_subplot()
    segments = detected.segments
    spans = (segments[name].to_numpy() for name in ("label", "start_s", "end_s"))
    draw_spans(axes, *spans, BAND, linewidth=0.5)
    if detected.first_look_only:
        parts = detected.first_look_only.parts
        spans = zip(parts["start_s"], parts["end_s"] - parts["start_s"], strict=True)
        axes.broken_barh(list(spans), (0, BAND[1]), color=FIRST_LOOK_COLOR, linewidth=0)
    for curves in thinned(detected.windows):
        for name, color in reversed(CLASS_COLORS.items()):
            axes.plot(curves["time_s"], curves[f"p_{name}"], color=color, linewidth=1.2, alpha=0.9)
    axes.set_xlim(0, max(detected.duration_s, 1))
    axes.set_ylim(-0.04, BAND[1] + 0.04)
    ticks = tick_times(detected.duration_s, 12)
    axes.set_xticks(ticks, [clock(tick) for tick in ticks])
    axes.set_yticks([0, 0.5, 1, sum(BAND) / 2], ["0", "0.5", "1", "segments"])
    axes.set_xlabel("time")
    axes.set_ylabel("probability of each class", loc="bottom")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    name = shortened(" ".join(detected.name.split()), 70)
    share = f"signing in {percent(detected.signing_share)} of {clock(detected.footage_s)}"
    grey = "; light grey: first look only" if detected.first_look_only else ""
    axes.set_title(f"{name}: {VERDICTS[detected.verdict]}, {share}{grey}", loc="left", parse_math=False)
    add_legend(figure)
    save_png(figure, path)


def thinned(windows: pd.DataFrame, points: int = CURVE_POINTS) -> list[pd.DataFrame]:
    """Return times and probabilities of each stretch without holes, in at most about ``points`` rows together.

    Each row is the mean of about equally many neighbours.
    """
    columns = windows[["time_s", *PROBABILITIES]]
    row = np.arange(len(columns)) * min(points, len(columns)) // max(len(columns), 1)
    edges = [*stretch_starts(columns["time_s"].to_numpy()), len(columns)]
    return [columns[first:end].groupby(row[first:end]).mean() for first, end in pairwise(edges) if first < end]


def tick_times(duration_s: float, count: int) -> np.ndarray:
    """Return times in seconds to mark, from 0: at most about ``count``, in steps that are usual on a clock."""
    step = next((step for step in TICK_STEPS_S if duration_s / step <= count), duration_s / count)
    return np.arange(0, duration_s + 1e-6, step)


def clock(seconds: float, places: int = 0) -> str:
    """Format seconds as minutes and seconds, with hours if there are any: 3:07, 1:03:07, or 3:07.5."""
    scale = 10**places
    whole, fraction = divmod(round(seconds * scale), scale)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{text}.{fraction:0{places}}" if places else text

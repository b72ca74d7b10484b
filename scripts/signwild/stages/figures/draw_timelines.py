"""Timelines: truth, prediction and class probabilities of whole videos over time."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.cli.program import run_function
from signwild.configuration.sections.experiments.fused import FusionRule
from signwild.drawing.bands import add_legend, draw_spans
from signwild.drawing.colors import CLASS_COLORS
from signwild.drawing.png import save_png
from signwild.drawing.sheets import shortened
from signwild.stages.detection.window_tables import fuse_windows
from signwild.stages.illustration.choices import choose_videos

BANDS = {"truth": (1.36, 1.62), "predicted": (1.06, 1.32)}
"""Bottom and top of the bands, in units of the probabilities, above which they are drawn."""

VIDEO_INCHES = 1.65
"""Height of the timeline of one video."""


def draw_timelines(
    windows_files: list[Path], rule: FusionRule, segments_file: Path, timelines: int, title: str, output: Path
) -> None:
    """Draw timelines of whole videos: truth above prediction, and the probabilities below.

    ``timelines``: how many videos are drawn, those with the most classes first. ``windows_files``: tables of windows of
    the experiments that are fused by ``rule``. ``segments_file``: used to choose the videos. The truth is empty where a
    sample has no label; everything is empty where it was not predicted. Writes a reproducible PNG file.
    """
    windows, segments = fuse_windows(windows_files, rule), pd.read_parquet(segments_file)
    by_video = dict(list(windows.groupby("video_id")))
    chosen = choose_videos(segments[segments["video_id"].isin(by_video)], timelines)
    videos = [(video, by_video[video]) for video in chosen]
    figure = Figure(figsize=(11, 0.9 + VIDEO_INCHES * len(videos)), layout="constrained")
    all_axes = figure.subplots(len(videos), 1, squeeze=False)[:, 0]
    for axes, (video, samples) in zip(all_axes, videos, strict=True):
        _draw_video(axes, samples)
        axes.set_title(f"{shortened(video, 60)}: {_score(samples)}", fontsize=9, loc="left", parse_math=False)
    all_axes[-1].set_xlabel("time (s)")
    figure.supylabel("probability of each class", fontsize="medium")
    add_legend(figure)
    about = "whole held-out videos; each sample is in the middle of a window as long as a segment"
    figure.suptitle(f"{title}: {about}", fontsize="medium", parse_math=False)
    save_png(figure, output)


def _draw_video(axes: Axes, samples: pd.DataFrame) -> None:
    times = samples["time_s"].to_numpy()
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    # Samples are also neighbours if a variable frame rate puts them slightly further apart.
    apart = np.diff(times, append=np.inf) > 1.5 * step
    ends = np.where(apart, times + step, np.append(times[1:], np.inf))
    probabilities = samples[list(PROBABILITIES)].to_numpy()
    predicted = np.array(CLASSES)[probabilities.argmax(axis=1)]
    for names, band in zip((samples["label"].to_numpy(), predicted), BANDS.values(), strict=True):
        _draw_band(axes, names, times, ends, apart, band)
    # NaN breaks the line.
    breaks = np.flatnonzero(apart[:-1]) + 1
    middles = np.insert((times + ends) / 2, breaks, np.nan)
    for k, color in enumerate(CLASS_COLORS.values()):
        axes.plot(middles, np.insert(probabilities[:, k], breaks, np.nan), color=color, linewidth=1.4)
    axes.set_xlim(times[0], ends[-1])
    axes.set_ylim(-0.04, 1.66)
    axes.set_yticks([0, 0.5, 1, *(sum(band) / 2 for band in BANDS.values())], ["0", "0.5", "1", *BANDS], fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _draw_band(
    axes: Axes, names: np.ndarray, times: np.ndarray, ends: np.ndarray, apart: np.ndarray, band: tuple[float, float]
) -> None:
    """Draw a bar for each run of neighbouring samples of one class."""
    last = np.flatnonzero(apart | (names != np.append(names[1:], "")))
    first = np.concatenate([[0], last[:-1] + 1])
    draw_spans(axes, names[first], times[first], ends[last], band)


def _score(samples: pd.DataFrame) -> str:
    """Return the share of the labelled samples that are predicted correctly, in words."""
    labelled = samples[samples["label"] != ""]
    if labelled.empty:
        return "no sample has a label"
    predicted = np.array(CLASSES)[labelled[list(PROBABILITIES)].to_numpy().argmax(axis=1)]
    return f"{100 * (predicted == labelled['label']).mean():.0f}% of {len(labelled)} labelled samples correct"


if __name__ == "__main__":
    run_function(draw_timelines, lock="output")

"""Figure 4: qualitative results, segments with their truth and an experiment's class probabilities for them."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from signwild.base.classes import PROBABILITIES
from signwild.base.shards import ShardPaths
from signwild.cli.program import run_function
from signwild.drawing.colors import CLASS_COLORS
from signwild.drawing.png import save_png
from signwild.drawing.sheets import GAP, LINE, new_sheet, place_picture, shortened, write_words
from signwild.predictions.records import read_predictions
from signwild.stages.illustration.choices import choose_predictions
from signwild.stages.illustration.source_frames import SourceVideos

STRIPS = 8
"""Number of segments shown."""

FRAMES = 6
"""Frames per segment, spread evenly over its samples."""

FRAME_HEIGHT = 72
"""Height of a frame, in pixels."""

WORDS_WIDTH = 350
"""Width of the text beside a strip, in pixels."""

BAR_LEFT, BAR_WIDTH, BAR_HEIGHT = 64, 180, 9
"""Bar of probability 1, in pixels; LEFT counts from the text beside the strip."""

WRONG = "#b00020"


def draw_segments(
    predictions_file: Path,
    length: int,
    downloads: ShardPaths,
    resampled: ShardPaths,
    store: Path,
    output: Path,
) -> None:
    """Draw strips of frames of held-out segments: one right prediction of each class, then mistakes.

    ``predictions_file``: of one experiment and seed. ``length``: samples of a segment. The segments are chosen by
    ``choices.choose_predictions``; the source videos are described by ``SourceVideos``. Writes a reproducible PNG file.
    """
    sources = SourceVideos(downloads, resampled, store)
    predictions = read_predictions(predictions_file)
    shown = choose_predictions(predictions, STRIPS)
    positions = np.linspace(0, length - 1, FRAMES).round().astype(int).tolist()
    strips = sources.segment_frames(shown, positions, FRAME_HEIGHT)
    cell = max(strip.shape[2] for strip in strips)
    row_height = LINE + FRAME_HEIGHT + 2 * GAP
    header = 2 * LINE + 2 * GAP
    words_left = 2 * GAP + FRAMES * (cell + GAP)
    figure, axes = new_sheet(words_left + WORDS_WIDTH, header + len(shown) * row_height)
    for line, words in enumerate(_title(predictions, shown)):
        write_words(axes, GAP, GAP + line * LINE, words, size=9)
    for row, (segment, strip) in enumerate(zip(shown.to_dict("records"), strips, strict=True)):
        top = header + row * row_height
        where = f"{shortened(segment['video_id'], 80)}, from frame {segment['start_frame']}"
        write_words(axes, GAP, top, where)
        for column, picture in enumerate(strip):
            left = GAP + column * (cell + GAP) + (cell - picture.shape[1]) / 2
            place_picture(axes, left, top + LINE, picture)
        _write_prediction(axes, words_left, top + LINE, segment)
    save_png(figure, output)


def _title(predictions: pd.DataFrame, shown: pd.DataFrame) -> tuple[str, str]:
    first = predictions.iloc[0]
    right = int((shown["label"] == shown["predicted"]).sum())
    wrong = len(shown) - right
    mistakes = (
        f"mistakes: {wrong}, the most frequent confusion first, the most confident of each" if wrong else "no mistake"
    )
    return (
        f"{first['experiment']} (run {first['run']}, seed {first['seed']}): segments held out of its training",
        f"correct, of median confidence: {right}; then {mistakes}",
    )


def _write_prediction(axes: Axes, left: float, top: float, segment: dict) -> None:
    """Write truth and prediction, and draw a bar for each probability."""
    right = segment["label"] == segment["predicted"]
    write_words(axes, left, top, f"truth: {segment['label']}", size=9)
    verdict = f"predicted: {segment['predicted']}" + ("" if right else "  (wrong)")
    style = {} if right else {"color": WRONG, "weight": "bold"}
    write_words(axes, left + 130, top, verdict, size=9, **style)
    for k, (name, color) in enumerate(CLASS_COLORS.items()):
        line = top + 22 + k * LINE
        share = segment[PROBABILITIES[k]]
        write_words(axes, left, line, name)
        frame = (left + BAR_LEFT, line + 1)
        axes.add_patch(Rectangle(frame, BAR_WIDTH * share, BAR_HEIGHT, color=color, linewidth=0))
        axes.add_patch(Rectangle(frame, BAR_WIDTH, BAR_HEIGHT, fill=False, edgecolor="#777777", linewidth=0.6))
        write_words(axes, left + BAR_LEFT + BAR_WIDTH + GAP, line, f"{share:.2f}")


if __name__ == "__main__":
    run_function(draw_segments, lock="output")

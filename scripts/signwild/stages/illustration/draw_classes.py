"""Figure 1: sample video frames of the three classes."""

from pathlib import Path

import pandas as pd
from matplotlib.patches import Rectangle

from signwild.base.shards import ShardPaths
from signwild.cli.program import run_function
from signwild.drawing.colors import CLASS_COLORS
from signwild.drawing.png import save_png
from signwild.drawing.sheets import GAP, LINE, new_sheet, place_picture, shortened, write_words
from signwild.stages.illustration.choices import choose_examples
from signwild.stages.illustration.source_frames import SourceVideos

COLUMNS = 8
"""Number of frames of each class."""

FRAME_HEIGHT = 90
"""Height of a frame, in pixels."""

NAME_WIDTH = 104
"""Width of the classes' names at the left, in pixels."""

STRIPE = 5
"""Width of the stripe in a class's colour, in pixels."""

LETTER_WIDTH = 7.6
"""Approximate width of a letter of a video's name, in pixels."""


def draw_classes(
    run: str,
    segments_file: Path,
    length: int,
    downloads: ShardPaths,
    resampled: ShardPaths,
    store: Path,
    output: Path,
) -> None:
    """Draw sample video frames: a row for each class, from the middle of segments of as many groups as possible.

    ``length``: samples of a segment. The source videos are described by ``SourceVideos``. Writes a reproducible
    PNG file.
    """
    sources = SourceVideos(downloads, resampled, store)
    examples = choose_examples(pd.read_parquet(segments_file), COLUMNS)
    pictures = [frames[0] for frames in sources.segment_frames(examples, [length // 2], FRAME_HEIGHT)]
    cell = max(picture.shape[1] for picture in pictures)
    row_height = FRAME_HEIGHT + LINE + GAP
    width = NAME_WIDTH + COLUMNS * (cell + GAP)
    figure, axes = new_sheet(width, LINE + 2 * GAP + len(CLASS_COLORS) * row_height)
    write_words(axes, GAP, GAP, f"Sample video frames of the three classes (run {run})", size=11)
    for row, (name, color) in enumerate(CLASS_COLORS.items()):
        top = LINE + 2 * GAP + row * row_height
        axes.add_patch(Rectangle((GAP, top), STRIPE, FRAME_HEIGHT, color=color, linewidth=0))
        write_words(axes, STRIPE + 2 * GAP, top + FRAME_HEIGHT / 2 - LINE / 2, name, size=11, weight="bold")
        for column, k in enumerate(examples.index[examples["label"] == name]):
            left = NAME_WIDTH + column * (cell + GAP)
            place_picture(axes, left + (cell - pictures[k].shape[1]) / 2, top, pictures[k])
            video = shortened(examples["video_id"][k], int(cell / LETTER_WIDTH))
            write_words(axes, left + cell / 2, top + FRAME_HEIGHT + 1, video, size=10, ha="center")
    save_png(figure, output)


if __name__ == "__main__":
    run_function(draw_classes, lock="output")

"""Contact sheets: the persons found in the videos of a shard, as skeletons, to be judged by eye."""

from pathlib import Path

import cv2
import h5py
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from signwild.base.errors import InputError
from signwild.base.files import read_table, written_whole
from signwild.base.store import store_path
from signwild.cli.program import run_function
from signwild.drawing.sheets import GAP, LINE, new_sheet, place_picture, shortened, write_words
from signwild.stages.descriptors.pose.points import BONES, PARTS
from signwild.stages.descriptors.pose.recording import THUMBNAILS

CELL_WIDTH, CELL_HEIGHT = 224, 126
"""Size that a thumbnail is fitted into, in pixels of the sheet."""

HEADER = 2 * LINE + GAP
MAX_VIDEOS = 60
"""Number of videos shown of a larger shard, evenly spread, so that the picture stays small."""

MAX_NAME = 70
"""Maximum number of letters shown of a video's id."""

DIMMED = 0.5
COLOURS = ("#ffd000", "#ff7fb0", "#5fd7ff")
"""Colours of the body, and of the person's left and right hand."""


def draw_poses(descriptor: Path, store: Path, output: Path) -> None:
    """Draw a shard's contact sheet: a row of dimmed thumbnails for each video, with the person's bones.

    ``descriptor``: the shard's manifest of a descriptor of kind pose. Writes a PNG file with reproducible bytes.
    """
    listed = read_table(descriptor)
    videos = listed.iloc[np.linspace(0, len(listed) - 1, min(len(listed), MAX_VIDEOS)).astype(int)]
    row_height = LINE + CELL_HEIGHT + GAP
    width, height = GAP + THUMBNAILS * (CELL_WIDTH + GAP), HEADER + max(1, len(videos)) * row_height
    figure, axes = new_sheet(width, height)
    write_words(axes, GAP, GAP / 2, f"Persons in {len(videos)} of {len(listed)} videos, the largest of each picture")
    left = GAP
    for words, colour in zip(("body", "person's left hand", "person's right hand"), COLOURS, strict=True):
        behind = {"facecolor": "black", "alpha": 0.6, "linewidth": 0, "pad": 1.5}
        write_words(axes, left, LINE + GAP / 2, words, color=colour, bbox=behind)
        left += 6 * len(words) + 4 * GAP
    if videos.empty:
        write_words(axes, GAP, HEADER, "this shard has no usable video")
    for k, video in enumerate(videos.itertuples()):
        _draw_video(axes, HEADER + k * row_height, store_path(store, "features", video.key), video.video_id)
    with written_whole(output) as temporary:
        FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


def _draw_video(axes: Axes, top: float, path: Path, video_id: str) -> None:
    if not path.exists():
        raise InputError(f"{path}: no such file; delete the folder descriptors/ of the run and start again")
    with h5py.File(path) as file:
        names = ("points", "seen", "people", "thumbnails", "thumbnail_row", "size")
        points, seen, people, thumbnails, rows, size = (file[name][()] for name in names)
    shares = [f"{share:.0f}%" for share in 100 * seen.mean(axis=0)]
    words = f"{len(seen)} samples: a person in {shares[0]}, left hand {shares[1]}, right hand {shares[2]}"
    others = f", several people in {100 * (people > 1).mean():.0f}%" if (people > 1).any() else ""
    write_words(axes, GAP, top, f"{shortened(video_id, MAX_NAME)}: {words}{others}")
    for k, (picture, row) in enumerate(zip(thumbnails, rows, strict=True)):
        left = GAP + k * (CELL_WIDTH + GAP)
        picture = _fitted(picture)
        place_picture(axes, left, top + LINE, picture)
        height, width = picture.shape[:2]
        frame = Rectangle((left, top + LINE), width, height, transform=axes.transData)  # points may be outside
        place = points[row] * (width / size[0]) + (left, top + LINE)
        for part, own in enumerate(PARTS):
            if seen[row, part]:
                bones = [place[list(pair)] for pair in BONES if own.start <= pair[0] < own.stop]
                lines = LineCollection(bones, colors=COLOURS[part], linewidths=1.2 if part == 0 else 0.8)
                axes.add_collection(lines, autolim=False)
                lines.set_clip_path(frame)


def _fitted(picture: np.ndarray) -> np.ndarray:
    """Return the picture (h, w) uint8, dimmed, fitted into a cell (h, w, 3), in 16 grey levels: good enough, small."""
    height, width = picture.shape
    scale = min(CELL_WIDTH / width, CELL_HEIGHT / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    grey = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) // 16 * 17
    return np.repeat((DIMMED * grey).astype(np.uint8)[..., None], 3, axis=2)


if __name__ == "__main__":
    run_function(draw_poses, lock="output")

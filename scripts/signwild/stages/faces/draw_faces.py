"""Contact sheets: what the face detectors saw in the videos of a shard, to be judged by eye."""

from pathlib import Path

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from signwild.base.files import read_table, written_whole
from signwild.cli.program import run_function
from signwild.stages.faces.face_files import read_faces, read_thumbnails
from signwild.stages.faces.finding import THUMBNAILS

CELL_WIDTH, CELL_HEIGHT = 160, 90
"""Size that a thumbnail is fitted into, in pixels of the sheet."""

GAP = 6
CAPTION = 16
HEADER = 40
DPI = 100
MAX_VIDEOS = 60
"""Number of videos shown of a larger shard, evenly spread, so that the picture stays small."""

MAX_NAME = 60
"""Maximum number of letters shown of a video's id."""

KEPT, REJECTED = "#ffd000", "#5fd7ff"


def draw_faces(faces_manifest: Path, store: Path, face_detectors: list[str], output: Path) -> None:
    """Draw a shard's contact sheet: a row of thumbnails for each video, with boxes and the votes for them.

    ``faces_manifest``: the shard's faces manifest. ``face_detectors``: those that found the faces. Writes a
    reproducible PNG file.
    """
    listed = read_table(faces_manifest, {"rows": int, "with_face": int})
    videos = listed.iloc[np.linspace(0, len(listed) - 1, min(len(listed), MAX_VIDEOS)).astype(int)]
    row_height = CAPTION + CELL_HEIGHT + GAP
    width, height = GAP + THUMBNAILS * (CELL_WIDTH + GAP), HEADER + max(1, len(videos)) * row_height
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    _write(
        axes,
        GAP,
        f"Faces of {len(videos)} of {len(listed)} videos: kept (thick), rejected (thin), detectors that saw each",
    )
    _write(axes, GAP + CAPTION, f"detectors: {', '.join(face_detectors)}")
    if videos.empty:
        _write(axes, HEADER, "this shard has no usable video")
    for k, video in enumerate(videos.itertuples()):
        top = HEADER + k * row_height
        share = f"{100 * video.with_face / video.rows:.0f}% of {video.rows} checked samples with a face"
        _write(axes, top, f"{_shortened(video.video_id)}: {share}")
        _draw_video(axes, top + CAPTION, store, video.key, len(face_detectors))
    with written_whole(output) as temporary:
        FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


def _draw_video(axes: Axes, top: float, store: Path, key: str, detectors: int) -> None:
    faces = read_faces(store, key)
    for k, (picture, look) in enumerate(zip(*read_thumbnails(store, key), strict=True)):
        picture = _fitted(picture)
        height, width = picture.shape
        left = GAP + k * (CELL_WIDTH + GAP)
        extent = (left, left + width, top + height, top)
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, extent=extent, aspect="auto", interpolation="nearest")
        here = np.flatnonzero(faces.box_look == look)
        for face in here[np.argsort(faces.kept[here], kind="stable")]:  # kept ones last, on top
            x, y, *size = faces.boxes[face] * [width, height, width, height]
            colour, opacity, line = (KEPT, 1.0, 1.6) if faces.kept[face] else (REJECTED, 0.6, 0.6)
            corner = left + x, top + y
            axes.add_patch(Rectangle(corner, *size, fill=False, color=colour, alpha=opacity, linewidth=line))
            text = f"{int(faces.votes[face]).bit_count()}/{detectors}"
            behind = {"facecolor": "black", "alpha": 0.5, "linewidth": 0, "pad": 0.5}
            axes.text(*corner, text, va="bottom", fontsize=6, color=colour, alpha=opacity, bbox=behind)


def _fitted(picture: np.ndarray) -> np.ndarray:
    """Return the picture (h, w) uint8 fitted into a cell, in 16 grey levels: good enough to see a face, and small."""
    height, width = picture.shape
    scale = min(CELL_WIDTH / width, CELL_HEIGHT / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA) // 16 * 17


def _write(axes: Axes, top: float, text: str) -> None:
    axes.text(GAP, top, text, va="top", fontsize=8, parse_math=False)


def _shortened(video_id: str) -> str:
    return video_id if len(video_id) <= MAX_NAME else f"{video_id[: MAX_NAME - 1]}…"


if __name__ == "__main__":
    run_function(draw_faces, lock="output")

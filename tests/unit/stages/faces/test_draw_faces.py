"""Contact sheets of faces: boxes where they were found, and for any videos one small valid picture."""

import subprocess

import cv2
import matplotlib.colors
import matplotlib.image
import numpy as np
import pytest
from made_faces import QUICK, FaceShard, draw_faces
from made_videos import write_video
from places import rule_program

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.stages.faces.draw_faces import (
    CAPTION,
    CELL_HEIGHT,
    CELL_WIDTH,
    GAP,
    HEADER,
    KEPT,
    MAX_VIDEOS,
)
from signwild.stages.faces.draw_faces import draw_faces as draw_sheet

PROGRAM = rule_program("faces.draw_faces")

DETECTORS = list(QUICK.detectors)


@pytest.fixture(scope="module")
def shard(tmp_path_factory) -> FaceShard:
    """A video with a face at the left, which is kept, and one at the right in the first of four checked samples."""
    shard = FaceShard(tmp_path_factory.mktemp("shard"))
    frames = draw_faces(160, 90, [(40, 45)], count=4, head=50)
    frames[0] = draw_faces(160, 90, [(40, 45), (120, 45)], head=50)[0]
    shard.detect(write_video(shard.folder / "a.mp4", frames, "5"), parameters=QUICK)
    return shard


def is_near(picture: np.ndarray, colour: str) -> np.ndarray:
    """Return which pixels (h, w) have about a certain colour."""
    return np.abs(picture[..., :3] - matplotlib.colors.to_rgb(colour)).max(axis=2) < 0.15


def test_kept_faces_are_framed_where_they_are_and_rejected_ones_dimly(shard, tmp_path):
    draw_sheet(shard.faces_manifest, shard.store, DETECTORS, tmp_path / "sheet.png")
    sheet = matplotlib.image.imread(tmp_path / "sheet.png")
    top = HEADER + CAPTION
    for k in range(4):
        left = GAP + k * (CELL_WIDTH + GAP)
        cell = sheet[top : top + CELL_HEIGHT, left : left + CELL_WIDTH]
        rows, columns = np.nonzero(is_near(cell, KEPT))
        assert (columns.min() + columns.max()) / 2 == pytest.approx(40, abs=5)
        assert 25 < np.ptp(columns) < 60
        assert (np.abs(rows - 45) < 40).all()
        bluish = cell[..., 2] - cell[..., 0] > 0.1
        assert (bluish.sum() > 50) == (k == 0)
        assert not bluish[:, :80].any()


def test_the_same_faces_give_the_same_bytes(shard, tmp_path):
    for name in ("one", "two"):
        draw_sheet(shard.faces_manifest, shard.store, DETECTORS, tmp_path / f"{name}.png")
    one = (tmp_path / "one.png").read_bytes()
    assert one == (tmp_path / "two.png").read_bytes()
    assert b"Software" not in one


def test_an_empty_shard_is_a_picture_that_says_so(shard, tmp_path):
    write_table(tmp_path / "empty.tsv", read_table(shard.faces_manifest).iloc[:0])
    draw_sheet(tmp_path / "empty.tsv", shard.store, DETECTORS, tmp_path / "sheet.png")
    sheet = matplotlib.image.imread(tmp_path / "sheet.png")[..., :3]
    assert (sheet[HEADER:] < 0.5).any()  # letters
    assert not is_near(sheet, KEPT).any()


@pytest.mark.filterwarnings("ignore:Glyph")
def test_any_video_id_can_be_written(shard, tmp_path):
    table = read_table(shard.faces_manifest)
    for k, name in enumerate(["$x_{$", "手話", "a" * 500, "-x", "\\frac", "é" * 70]):
        write_table(tmp_path / "faces.tsv", table.assign(video_id=name))
        draw_sheet(tmp_path / "faces.tsv", shard.store, DETECTORS, tmp_path / f"{k}.png")
    pictures = {(tmp_path / f"{k}.png").read_bytes() for k in range(6)}
    assert len(pictures) == 6
    caption = matplotlib.image.imread(tmp_path / "2.png")[HEADER : HEADER + CAPTION, :, :3]
    assert caption[:, -GAP:].min() == 1  # nothing runs over the edge


def test_a_sheet_of_22_textured_videos_is_below_a_megabyte(tmp_path):
    shard = FaceShard(tmp_path)
    random = np.random.default_rng(1)
    noise = random.integers(0, 256, (90, 160, 3), np.uint8)
    texture = np.stack([cv2.GaussianBlur(np.roll(noise, k, axis=1), (0, 0), 0.8) for k in range(4)])
    shard.detect(write_video(tmp_path / "a.mp4", texture, "5"))
    table = read_table(shard.faces_manifest)
    write_table(tmp_path / "many.tsv", table.loc[[0] * 22])
    draw_sheet(tmp_path / "many.tsv", shard.store, DETECTORS, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size < 1e6


def test_of_a_large_shard_some_videos_are_shown(shard, tmp_path):
    table = read_table(shard.faces_manifest)
    write_table(tmp_path / "many.tsv", table.loc[[0] * 700])
    draw_sheet(tmp_path / "many.tsv", shard.store, DETECTORS, tmp_path / "sheet.png")
    height = matplotlib.image.imread(tmp_path / "sheet.png").shape[0]
    assert height == HEADER + MAX_VIDEOS * (CAPTION + CELL_HEIGHT + GAP)
    assert (tmp_path / "sheet.png").stat().st_size < 1e6


def test_faces_that_are_gone_are_one_clear_error_and_no_picture(shard, tmp_path):
    write_table(tmp_path / "faces.tsv", read_table(shard.faces_manifest).assign(key="gone"))
    with pytest.raises(InputError, match=r"gone\.h5: no such file"):
        draw_sheet(tmp_path / "faces.tsv", shard.store, DETECTORS, tmp_path / "sheet.png")
    assert not (tmp_path / "sheet.png").exists()


def test_the_program_draws_the_same_as_the_library(shard, tmp_path):
    draw_sheet(shard.faces_manifest, shard.store, DETECTORS, tmp_path / "library.png")
    command = [*PROGRAM, "--faces-manifest", shard.faces_manifest, "--store", shard.store]
    command += ["--face-detectors", *DETECTORS, "--output", tmp_path / "program.png"]
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "program.png").read_bytes() == (tmp_path / "library.png").read_bytes()

"""The descriptor of kind pose: real videos, one file per video in the store, and a contact sheet."""

import subprocess
from pathlib import Path

import h5py
import matplotlib.colors
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from made_people import HEIGHT, draw_people, networks_folder
from made_videos import Shard, run_ffmpeg, write_video
from places import ROOT, rule_program

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import store_path
from signwild.configuration.sections.pose import PoseDescriptor
from signwild.drawing.sheets import GAP, LINE
from signwild.stages.descriptors import compute_descriptor
from signwild.stages.descriptors.pose.description import WIDTH
from signwild.stages.descriptors.pose.draw_poses import CELL_HEIGHT, CELL_WIDTH, COLOURS, HEADER, draw_poses
from signwild.stages.resample.samples import read_samples

POSE = PoseDescriptor(kind="pose", short_side=240)


class PoseShard(Shard):
    """A shard of videos, and the persons in them."""

    @property
    def described(self) -> Path:
        """The manifest."""
        return self.folder / "described.tsv"

    def describe(self, parameters: PoseDescriptor = POSE, length: int = 20, rate: int = 30) -> pd.DataFrame:
        """Describe the shard, and return the manifest by video."""
        tables = self.folder / "downloads.tsv", self.manifest, None, self.described
        compute_descriptor.compute_descriptor(*tables, self.store, parameters, length, rate, 400.0)
        return read_table(self.described).set_index("video_id")

    def values(self, video_id: str) -> dict[str, np.ndarray]:
        """Return the stored content of a video."""
        key = read_table(self.described).set_index("video_id").loc[video_id, "key"]
        with h5py.File(store_path(self.store, "features", key)) as file:
            return {name: column[()] for name, column in file.items()}


@pytest.fixture
def shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PoseShard:
    monkeypatch.setattr(compute_descriptor, "FOLDER", networks_folder())
    return PoseShard(tmp_path)


def visit(count: int = 5, present: int = 3) -> np.ndarray:
    """Return frames (count, 300, 640, 3) with a person at the left of the first ones."""
    return np.stack([draw_people((40, HEIGHT)) if k < present else draw_people() for k in range(count)])


def test_a_person_who_leaves(shard, tmp_path):
    row = shard.resample(write_video(tmp_path / "a.mp4", visit(), "5")).loc["a.mp4"]
    described = shard.describe().loc["a.mp4"]
    values = shard.values("a.mp4")
    assert (described.layer, described.rows) == ("descriptor", "5")
    assert values["frame"].tolist() == read_samples(shard.store, row.key)["frame"].tolist() == [0, 1, 2, 3, 4]
    assert values["people"].tolist() == [1, 1, 1, 0, 0]
    assert values["seen"][:, 0].tolist() == [True] * 3 + [False] * 2
    assert values["features"].shape == (5, WIDTH)
    assert values["features"].dtype == np.float32
    assert not values["features"][3:].any()
    assert values["size"].tolist() == [512, 240]
    assert (values["points"][:3, 0, 0] < 256).all()
    assert values["thumbnails"].shape == (4, 180, 384)


def test_only_samples_are_looked_at(shard, tmp_path):
    frames = visit(31, 31)
    frames[np.arange(31) % 6 != 0] = 0
    shard.resample(write_video(tmp_path / "a.mp4", frames, "30", "-qp", "0"))
    shard.describe()
    assert shard.values("a.mp4")["people"].tolist() == [1] * 6


def test_a_video_that_is_turned_when_shown_is_seen_upright(shard, tmp_path):
    frames = visit(2, 2)
    lying = write_video(tmp_path / "lying.mp4", np.rot90(frames, axes=(1, 2)), "5", "-qp", "0")
    run_ffmpeg("-display_rotation:v:0", "-90", "-i", lying, "-c", "copy", tmp_path / "turned.mp4")
    shard.resample(write_video(tmp_path / "plain.mp4", frames, "5", "-qp", "0"), tmp_path / "turned.mp4")
    shard.describe()
    plain, turned = (shard.values(f"{name}.mp4") for name in ("plain", "turned"))
    assert turned["points"][:, :11] == pytest.approx(plain["points"][:, :11], abs=3)


def test_a_video_is_described_once_and_the_same_each_time(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", visit(), "5")
    (tmp_path / "b.mp4").write_bytes(path.read_bytes())
    (tmp_path / "c.mp4").write_bytes(b"no video\n" * 100)
    shard.resample(path, tmp_path / "b.mp4", tmp_path / "c.mp4")
    table = shard.describe()
    assert table.index.tolist() == ["a.mp4", "b.mp4"]
    assert table["key"].nunique() == 1
    (file,) = (shard.store / "features").iterdir()
    before, stamp = shard.values("a.mp4"), file.stat().st_mtime_ns
    assert shard.describe(length=10, rate=15)["key"].equals(table["key"])
    assert file.stat().st_mtime_ns == stamp
    file.unlink()
    shard.describe()
    after = shard.values("a.mp4")
    assert {name: column.tobytes() for name, column in after.items()} == {
        name: column.tobytes() for name, column in before.items()
    }
    assert shard.describe(POSE.model_copy(update={"short_side": 200})).loc["a.mp4", "key"] != table.loc["a.mp4", "key"]


def test_an_empty_shard_is_valid(shard, tmp_path):
    shard.resample()
    assert len(shard.describe()) == 0
    draw_poses(shard.described, shard.store, tmp_path / "sheet.png")
    sheet = matplotlib.image.imread(tmp_path / "sheet.png")[..., :3]
    assert (sheet[HEADER:] < 0.5).any()  # letters


def test_the_program_needs_no_faces(shard, tmp_path):
    shard.resample(write_video(tmp_path / "a.mp4", visit(1, 1), "5"))
    options = {"--downloads": shard.folder / "downloads.tsv", "--resampled": shard.manifest, "--store": shard.store}
    options |= {"--parameters": POSE.model_dump_json(), "--length": 20, "--max-motion-rate": 30}
    command = [*rule_program("descriptors.compute_descriptor"), "--manifest", shard.described]
    command += [part for option in options.items() for part in option]
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT)
    assert shard.values("a.mp4")["people"].tolist() == [1]


def test_a_sheet_shows_bones_where_the_person_is_and_only_in_the_pictures(shard, tmp_path):
    shard.resample(write_video(tmp_path / "a.mp4", visit(4, 2), "5"))
    shard.describe()
    draw_poses(shard.described, shard.store, tmp_path / "sheet.png")
    sheet = matplotlib.image.imread(tmp_path / "sheet.png")[..., :3]
    body = np.abs(sheet - matplotlib.colors.to_rgb(COLOURS[0])).max(axis=2) < 0.15
    top = HEADER + LINE
    for k in range(4):
        left = GAP + k * (CELL_WIDTH + GAP)
        cell = body[top : top + CELL_HEIGHT, left : left + CELL_WIDTH]
        assert (cell.sum() > 50) == (k < 2)
        assert not cell[:, CELL_WIDTH // 2 :].any()
    # In the portrait the elbows and the hips lie below the picture.
    assert not body[top + CELL_HEIGHT :].any()
    for name in ("one", "two"):
        command = [*rule_program("descriptors.pose.draw_poses"), "--descriptor", shard.described]
        command += ["--store", shard.store, "--output", tmp_path / f"{name}.png"]
        subprocess.run([str(part) for part in command], check=True)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "sheet.png").read_bytes()


def test_poses_that_are_gone_are_one_clear_error_and_no_picture(shard, tmp_path):
    shard.resample(write_video(tmp_path / "a.mp4", visit(1, 1), "5"))
    shard.describe()
    write_table(shard.described, read_table(shard.described).assign(key="gone"))
    with pytest.raises(InputError, match=r"gone\.h5: no such file"):
        draw_poses(shard.described, shard.store, tmp_path / "sheet.png")
    assert not (tmp_path / "sheet.png").exists()

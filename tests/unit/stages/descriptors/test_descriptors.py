"""Descriptors of a shard's videos: one file per video in the store, and nothing computed twice."""

import json
import subprocess
from pathlib import Path

import cv2
import h5py
import matplotlib.cbook
import numpy as np
import pandas as pd
import pytest
from made_videos import Shard, run_ffmpeg, write_video
from places import rule_program

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import new_hdf5, store_path
from signwild.configuration.sections.faces import Faces
from signwild.configuration.sections.profiles import ProfilesDescriptor
from signwild.configuration.sections.visual_features import VisualFeaturesDescriptor
from signwild.stages.descriptors.compute_descriptor import compute_descriptor
from signwild.stages.faces.detect_faces import detect_faces
from signwild.stages.resample.samples import read_samples

PROFILES = ProfilesDescriptor(kind="profiles", short_side=90)
VISUAL_FEATURES = VisualFeaturesDescriptor(kind="visual_features", short_side=90)

FACE = (0.4, 0.1, 0.15, 0.2)
"""A face in shares of a 4:3 picture."""


def moving_square(count: int, width: int = 128, height: int = 96, scenes: int | None = None) -> np.ndarray:
    """Return RGB frames of a square moving on a still picture, which changes every ``scenes`` frames."""
    frames = np.empty((count, height, width, 3), np.uint8)
    side = max(2, height // 8)
    for number in range(count):
        scene = number // scenes if scenes else 0
        coarse = np.random.default_rng(scene).integers(40, 160, (4, 4, 3)).astype(np.uint8)
        frames[number] = coarse[np.arange(height)[:, None] * 4 // height, np.arange(width) * 4 // width]
        x, y = width // 4 + number * 3 % (width // 2), height // 2 + number * 2 % (height // 4)
        frames[number, y : y + side, x : x + side] = 250
    return frames


class DescribedShard(Shard):
    """A shard of videos whose faces are given, and its descriptors."""

    def put_faces(self, *boxes: tuple[float, ...]) -> None:
        """Write face files with these boxes at every sample of every usable video."""
        usable = read_table(self.manifest).query("status == 'ok'")
        for key in usable["key"]:
            looks = np.arange(len(read_samples(self.store, key)))
            columns = np.tile(np.array(boxes).reshape(-1, 4), (len(looks), 1)).astype(np.float32)
            path = store_path(self.store, "faces", f"faces-{key}")
            with new_hdf5(path) as file:
                file["look"], file["box_look"] = looks, np.repeat(looks, len(boxes))
                for name, column in zip(("x", "y", "width", "height"), columns.T, strict=True):
                    file[name] = column
                file["votes"], file["kept"] = np.full(len(columns), 3, np.uint8), np.ones(len(columns), bool)
        rows = [[row.video_id, f"faces-{row.key}", row.rows, row.rows] for row in usable.itertuples()]
        table = pd.DataFrame(rows, columns=["video_id", "key", "rows", "with_face"])
        write_table(self.folder / "faces.tsv", table)

    def describe(self, parameters=PROFILES, length: int = 20, max_motion_rate: int = 30) -> pd.DataFrame:
        """Describe the shard, and return the manifest by video."""
        compute_descriptor(*self.tables(), self.store, parameters, length, max_motion_rate, 400.0)
        return read_table(self.folder / "described.tsv").set_index("video_id")

    def tables(self) -> tuple[Path, ...]:
        """Paths of the manifests: three that are read, one that is written."""
        names = ("downloads.tsv", self.manifest.name, "faces.tsv", "described.tsv")
        return tuple(self.folder / name for name in names)

    def values(self, key: str) -> dict[str, np.ndarray]:
        """Return the content of a file of the store."""
        with h5py.File(store_path(self.store, "features", key)) as file:
            return {name: column[()] for name, column in file.items()}


@pytest.fixture
def shard(tmp_path: Path) -> DescribedShard:
    return DescribedShard(tmp_path)


def describe_video(shard, path, parameters=PROFILES, boxes=(FACE,), **limits):
    """Return the descriptor of one video, after checking what every descriptor contains."""
    row = shard.resample(path).loc[path.name]
    shard.put_faces(*boxes)
    described = shard.describe(parameters, **limits).loc[path.name]
    values = shard.values(described.key)
    frames = read_samples(shard.store, row.key)["frame"].tolist()
    assert described.layer == "descriptor"
    assert int(described.rows) == len(frames)
    assert values["frame"].tolist() == frames
    assert values["faces"].tolist() == [len(boxes)] * len(frames)
    assert values["features"].shape == (len(frames), 460 if parameters.kind == "profiles" else 5)
    assert values["features"].dtype == np.float32
    assert np.isfinite(values["features"]).all()
    return values


BOTH = pytest.mark.parametrize("parameters", [PROFILES, VISUAL_FEATURES], ids=lambda parameters: parameters.kind)


@BOTH
def test_a_video_with_a_face_and_movement(shard, tmp_path, parameters):
    path = write_video(tmp_path / "a.mp4", moving_square(60))
    values = describe_video(shard, path, parameters)
    assert values["features"].any(axis=1).all()
    assert ("mass" in values) == (parameters.kind == "profiles")


@BOTH
def test_a_video_without_a_face(shard, tmp_path, parameters):
    values = describe_video(shard, write_video(tmp_path / "a.mp4", moving_square(40)), parameters, boxes=())
    if parameters.kind == "profiles":
        assert not values["features"].any()
        assert not values["mass"].any()
    else:
        assert values["features"][:, [0, 1, 2, 4]].all()
        assert not values["features"][:, 3].any()


@BOTH
def test_a_video_with_twenty_faces(shard, tmp_path, parameters):
    boxes = [(0.05 + 0.18 * (k % 5), 0.05 + 0.24 * (k // 5), 0.09, 0.12) for k in range(20)]
    values = describe_video(shard, write_video(tmp_path / "a.mp4", moving_square(40)), parameters, boxes)
    assert values["features"].any(axis=1).all()


def test_a_video_with_a_cut_every_second(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", moving_square(120, scenes=30))
    values = describe_video(shard, path)
    still = describe_video(shard, write_video(tmp_path / "b.mp4", moving_square(120)))
    assert values["features"].any(axis=1).all()
    assert values["mass"].max() < 3 * still["mass"].max()  # a cut would be some 25 face areas


@BOTH
def test_a_black_video(shard, tmp_path, parameters):
    black = np.zeros((40, 96, 128, 3), np.uint8)
    assert not describe_video(shard, write_video(tmp_path / "a.mp4", black), parameters)["features"].any()


@BOTH
@pytest.mark.parametrize(("count", "width", "height"), [(1, 128, 96), (30, 32, 32), (30, 101, 75)])
def test_tiny_and_short_videos(shard, tmp_path, parameters, count, width, height):
    frames = moving_square(count, width, height)
    values = describe_video(shard, write_video(tmp_path / "a.mp4", frames), parameters)
    assert bool(values["features"].any()) == (count > 1)


def test_a_video_that_is_turned_when_shown_is_seen_upright(shard, tmp_path):
    frames = moving_square(60, 96, 128)
    plain = write_video(tmp_path / "plain.mp4", frames, "30", "-qp", "0")
    lying = write_video(tmp_path / "lying.mp4", np.rot90(frames, axes=(1, 2)), "30", "-qp", "0")
    turned = tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation:v:0", "-90", "-i", lying, "-c", "copy", turned)
    expected, values = describe_video(shard, plain), describe_video(shard, turned)
    assert expected["features"].any()
    assert values["features"].mean(axis=0) == pytest.approx(expected["features"].mean(axis=0), abs=0.02 * 360)


def test_fast_videos_are_thinned(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", moving_square(60), "60")
    full, thinned = (describe_video(shard, path, VISUAL_FEATURES, max_motion_rate=rate) for rate in (60, 30))
    assert len(full["frame"]) == len(thinned["frame"]) == 5
    assert not np.array_equal(full["features"], thinned["features"])


@BOTH
def test_the_same_video_gives_the_same_values_and_is_computed_once(shard, tmp_path, parameters):
    path = write_video(tmp_path / "a.mp4", moving_square(40))
    copy = tmp_path / "b.mp4"
    copy.write_bytes(path.read_bytes())
    shard.resample(path, copy)
    shard.put_faces(FACE)
    table = shard.describe(parameters)
    manifest = shard.tables()[-1].read_bytes()
    assert table.loc["a.mp4", "key"] == table.loc["b.mp4", "key"]
    (file,) = (shard.store / "features").iterdir()
    before, stamp = shard.values(table.loc["a.mp4", "key"]), file.stat().st_mtime_ns
    shard.describe(parameters)
    assert file.stat().st_mtime_ns == stamp
    file.unlink()
    shard.describe(parameters)
    after = shard.values(table.loc["a.mp4", "key"])
    assert {name: column.tobytes() for name, column in after.items()} == {
        name: column.tobytes() for name, column in before.items()
    }
    assert shard.tables()[-1].read_bytes() == manifest


def test_only_usable_videos_are_described(shard, tmp_path):
    path = write_video(tmp_path / "b.mp4", moving_square(20))
    (tmp_path / "a.mp4").write_bytes(b"no video\n" * 100)
    shard.resample(tmp_path / "a.mp4", path)
    shard.put_faces(FACE)
    assert shard.describe().index.tolist() == ["b.mp4"]


def test_an_empty_shard_is_valid(shard):
    shard.resample()
    shard.put_faces(FACE)
    assert len(shard.describe()) == 0
    assert shard.tables()[-1].read_text() == "video_id\tlayer\tkey\trows\n"


def test_the_key_follows_what_the_values_depend_on(shard, tmp_path):
    shard.resample(write_video(tmp_path / "a.mp4", moving_square(10)))
    shard.put_faces(FACE)

    def key(parameters, **values):
        return shard.describe(parameters, **values).loc["a.mp4", "key"]

    def changed(parameters, **values):
        return parameters.model_copy(update=values)

    assert key(PROFILES) == key(PROFILES, length=10) == key(changed(PROFILES, faces="other"))
    keys = [key(PROFILES), key(PROFILES, max_motion_rate=15), key(changed(PROFILES, history=100))]
    keys += [key(VISUAL_FEATURES), key(VISUAL_FEATURES, length=10), key(changed(VISUAL_FEATURES, threshold=30))]
    faces = read_table(shard.folder / "faces.tsv")
    other = store_path(shard.store, "faces", "other")
    other.write_bytes(store_path(shard.store, "faces", faces.loc[0, "key"]).read_bytes())
    write_table(shard.folder / "faces.tsv", faces.assign(key="other"))
    keys += [key(PROFILES), key(VISUAL_FEATURES)]
    assert len(set(keys)) == len(keys)


def test_a_source_that_was_changed_or_has_gone_is_refused(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", moving_square(10))
    shard.resample(path)
    shard.put_faces(FACE)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(InputError, match=r"a\.mp4: is gone or was changed since the data set was listed"):
        shard.describe()
    path.unlink()
    with pytest.raises(InputError, match=r"a\.mp4: is gone or was changed since the data set was listed"):
        shard.describe()
    assert not list((shard.store / "features").glob("*"))


def test_a_video_that_the_faces_lack_is_named(shard, tmp_path):
    shard.resample(write_video(tmp_path / "a.mp4", moving_square(10)))
    shard.put_faces(FACE)
    write_table(shard.folder / "faces.tsv", read_table(shard.folder / "faces.tsv")[:0])
    with pytest.raises(InputError, match=r"faces\.tsv: lacks 'a\.mp4'"):
        shard.describe()


def test_the_program_takes_what_the_detectors_found(shard, tmp_path):
    portrait = cv2.imread(str(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    portrait = cv2.cvtColor(cv2.resize(portrait, (256, 300)), cv2.COLOR_BGR2RGB)
    frames = np.repeat(portrait[None], 24, axis=0)
    for number, frame in enumerate(frames):
        frame[220:260, 10 + 6 * number :][:, :40] = 255
    shard.resample(write_video(tmp_path / "a.mp4", frames))
    downloads, samples, faces, described = shard.tables()
    detectors = Faces(detectors=["frontalface_default", "frontalface_alt"], every=4)
    detect_faces(downloads, samples, faces, shard.store, detectors, 400.0)
    options = {"--downloads": downloads, "--resampled": samples, "--faces-manifest": faces, "--store": shard.store}
    options |= {"--parameters": json.dumps({"kind": "profiles"}), "--length": 20, "--max-motion-rate": 30}
    options |= {"--manifest": described, "--threads": 1}
    command = rule_program("descriptors.compute_descriptor")
    subprocess.run([*command, *(str(part) for option in options.items() for part in option)], check=True)
    values = shard.values(read_table(described).loc[0, "key"])
    assert values["faces"].tolist() == [1, 1, 1, 1]
    assert values["features"].any(axis=1).all()

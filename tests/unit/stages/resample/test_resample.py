"""One decode of each video: the right pictures at the right samples, and a row for each unusable video."""

import stat
from fractions import Fraction

import cv2
import h5py
import imageio_ffmpeg
import numpy as np
import pandas as pd
import pytest
from made_videos import IRREGULAR, SIZE, Shard, numbered_frames, read_numbers, run_ffmpeg, write_video

from signwild.base.errors import InputError
from signwild.base.store import store_path
from signwild.configuration.sections.resample import Resample
from signwild.keys.samples import sample_key
from signwild.stages.resample.samples import read_samples


@pytest.fixture
def shard(tmp_path) -> Shard:
    return Shard(tmp_path)


@pytest.fixture
def ffmpeg_runs(tmp_path, monkeypatch):
    """Count how often the library starts ffmpeg."""
    log, program = tmp_path / "runs.txt", tmp_path / "counted-ffmpeg"
    program.write_text(f'#!/bin/sh\necho run >> "{log}"\nexec "{imageio_ffmpeg.get_ffmpeg_exe()}" "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def start() -> None:
        log.unlink(missing_ok=True)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))

    return start, lambda: len(log.read_text().splitlines()) if log.exists() else 0


@pytest.mark.parametrize(
    ("name", "rate", "step", "divisor"),
    [
        ("a.mp4", "24", 5, 1),
        ("a.mp4", "25", 5, 1),
        ("a.mp4", "30000/1001", 6, 1),
        ("a.mp4", "50", 10, 2),
        ("a.mp4", "60", 12, 2),
        ("a.webm", "30", 6, 1),
        ("a.avi", "25", 5, 1),
    ],
)
def test_every_sample_shows_its_frame(shard, tmp_path, name, rate, step, divisor):
    row = shard.resample(write_video(tmp_path / name, 100, rate)).loc[name]
    samples = read_samples(shard.store, row.key)
    grey, centres = shard.clip(row.key)
    assert samples["frame"].tolist() == list(range(0, 100, step))
    assert samples["time_s"].to_numpy() == pytest.approx(samples["frame"] / float(Fraction(rate)), abs=0.001)
    assert read_numbers(shard.pictures(row.key)) == samples["frame"].tolist()
    assert read_numbers(grey) == list(range(0, 100, divisor))
    assert read_numbers(grey[centres]) == samples["frame"].tolist()
    assert row.rows == str(len(samples))
    assert (row.status, row.reason) == ("ok", "")


def test_variable_rate_is_sampled_by_time(shard, tmp_path):
    row = shard.resample(write_video(tmp_path / "a.mp4", 61, presentation=IRREGULAR)).loc["a.mp4"]
    samples = read_samples(shard.store, row.key)
    assert samples["frame"].tolist() == list(range(0, 61, 4))  # four frames of 50 ms on average
    assert samples["time_s"].tolist() == pytest.approx(np.arange(16) / 5, abs=1e-4)
    assert read_numbers(shard.pictures(row.key)) == samples["frame"].tolist()
    with h5py.File(store_path(shard.store, "resample", row.key)) as file:
        assert file.attrs["variable_rate"]


def test_a_centre_between_the_frames_of_a_thinned_clip_is_the_one_before(shard, tmp_path):
    row = shard.resample(write_video(tmp_path / "a.mp4", 90, "45"), max_motion_rate=15, sample_rate=9).loc["a.mp4"]
    grey, centres = shard.clip(row.key)
    assert read_numbers(grey) == list(range(0, 90, 3))
    assert read_numbers(shard.pictures(row.key)) == list(range(0, 90, 5))
    assert read_numbers(grey[centres]) == [frame // 3 * 3 for frame in range(0, 90, 5)]


def test_limits_of_seconds_and_of_samples(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", 90)
    by_time = shard.resample(path, max_seconds=1.3).loc["a.mp4"]
    assert read_numbers(shard.pictures(by_time.key)) == [0, 6, 12, 18, 24, 30, 36]
    assert read_numbers(shard.clip(by_time.key)[0]) == list(range(39))
    by_number = shard.resample(path, max_samples=4).loc["a.mp4"]
    assert read_numbers(shard.pictures(by_number.key)) == [0, 6, 12, 18]
    assert len({by_time.key, by_number.key, shard.resample(path).loc["a.mp4"].key}) == 3


@pytest.mark.parametrize(("width", "height"), [(128, 96), (101, 75), (320, 180)])
def test_pictures_are_those_of_opencv_within_a_few_levels(shard, tmp_path, width, height):
    path = write_video(tmp_path / "a.mp4", numbered_frames(20, width, height))
    key = shard.resample(path).loc["a.mp4"].key
    capture = cv2.VideoCapture(str(path))
    frames = [capture.read()[1] for _ in range(20)]
    grey = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames]
    colours = [cv2.cvtColor(frame, cv2.COLOR_BGR2RGB) for frame in frames[::6]]
    for ours, theirs in ((shard.pictures(key), colours), (shard.clip(key)[0], grey)):
        small = np.stack([cv2.resize(frame, (SIZE, SIZE), interpolation=cv2.INTER_AREA) for frame in theirs])
        difference = np.abs(ours.astype(int) - small)
        assert difference.mean() < 1.5
        assert np.percentile(difference, 99) <= 8


def test_one_run_of_ffmpeg_a_video_and_none_where_nothing_is_missing(shard, tmp_path, ffmpeg_runs):
    start, runs = ffmpeg_runs
    videos = [write_video(tmp_path / f"{k}.mp4", 70, rate) for k, rate in enumerate(["24", "30000/1001", "60"])]
    videos += [write_video(tmp_path / "a.webm", 70), write_video(tmp_path / "a.avi", 70)]
    videos += [write_video(tmp_path / "irregular.mp4", 40, presentation=IRREGULAR)]
    run_ffmpeg("-ss", "1", "-i", videos[2], "-c", "copy", tmp_path / "trimmed.mp4")
    start()
    first = shard.resample(*videos, tmp_path / "trimmed.mp4")
    assert runs() == 7
    assert set(first["status"]) == {"ok"}
    with h5py.File(shard.images) as images, h5py.File(shard.clips) as clips:
        assert set(images) == set(clips) == set(first["key"])
    start()
    assert shard.resample(*videos, tmp_path / "trimmed.mp4", missing=False).equals(first)
    assert runs() == 0
    with h5py.File(shard.images) as images, h5py.File(shard.clips) as clips:
        assert len(images) == len(clips) == 0


def test_a_damaged_video_is_sampled_by_its_true_times(shard, tmp_path, ffmpeg_runs):
    start, runs = ffmpeg_runs
    whole = write_video(tmp_path / "a.mp4", 200, "30", "-g", "1", "-movflags", "+faststart").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: int(len(whole) * 0.985)])
    start()
    row = shard.resample(path).loc["cut.mp4"]
    assert runs() == 2
    assert row.status == "ok"
    numbers = read_numbers(shard.clip(row.key)[0])
    assert numbers == list(range(len(numbers)))
    assert 190 <= len(numbers) < 200
    assert read_numbers(shard.pictures(row.key)) == numbers[::6]
    with h5py.File(store_path(shard.store, "resample", row.key)) as file:
        assert file.attrs["decoded_frames"] == len(numbers)


def test_what_cannot_be_used_is_a_row_and_the_others_go_on(shard, tmp_path):
    whole = write_video(tmp_path / "whole.mp4", 60, "30", "-movflags", "+faststart").read_bytes()
    noise = np.random.default_rng(1).bytes(len(whole))
    contents = {
        "cut.mp4": whole[: len(whole) // 2],
        "garbled.mp4": whole[: whole.index(b"mdat") + 4] + noise[whole.index(b"mdat") + 4 :],
        "empty.mp4": b"",
        "text.mp4": b"no video\n" * 500,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    run_ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", "-c:a", "aac", tmp_path / "sound.mp4")
    last = write_video(tmp_path / "z.mp4", 30)
    table = shard.resample(*(tmp_path / name for name in contents), tmp_path / "sound.mp4", last)
    expected = {"cut": "truncated", "garbled": "undecodable", "empty": "empty", "text": "undecodable"}
    expected |= {"sound": "no_video", "z": "ok"}
    assert table["status"].to_dict() == {f"{name}.mp4": status for name, status in expected.items()}
    failed = table.drop("z.mp4")
    assert (failed["reason"] != "").all()
    assert (failed["key"] == "").all()
    assert (failed["rows"] == "").all()
    assert not failed["reason"].str.contains(f"{tmp_path}|0x").any()  # nor addresses in memory, new ones each time
    with h5py.File(shard.images) as images, h5py.File(shard.clips) as clips:
        assert set(images) == set(clips) == {table.loc["z.mp4", "key"]}
    assert [path.stem for path in (shard.store / "resample").iterdir()] == [table.loc["z.mp4", "key"]]


def test_a_video_that_was_not_had_keeps_its_reason(shard, tmp_path):
    row = {"video_id": "NA", "status": "missing", "reason": "no such file", "file": "", "sha256": "", "bytes": ""}
    video = write_video(tmp_path / "a.mp4", 10)
    other = row | {"video_id": "a", "status": "ok", "reason": "", "file": str(video), "sha256": "abc"}
    other["bytes"] = str(video.stat().st_size)
    table = shard.resample_table(pd.DataFrame([row, other]))
    assert table.loc["NA"].to_dict() == {
        "status": "missing",
        "reason": "no such file",
        "key": "",
        "sha256": "",
        "rows": "",
        "notes": "",
    }
    assert table.loc["a", "status"] == "ok"


def test_a_file_that_was_changed_since_it_was_hashed_is_refused(shard, tmp_path):
    video = write_video(tmp_path / "a.mp4", 10)
    row = {"video_id": "a", "status": "ok", "reason": "", "file": str(video), "sha256": "abc"}
    with pytest.raises(InputError, match=r"a\.mp4: is gone or was changed since the data set was listed"):
        shard.resample_table(pd.DataFrame([row | {"bytes": str(video.stat().st_size + 1)}]))
    assert not list(shard.store.glob("**/*.h5"))


def test_the_same_bytes_under_two_ids_are_decoded_once(shard, tmp_path, ffmpeg_runs):
    start, runs = ffmpeg_runs
    first = write_video(tmp_path / "a.mp4", 30)
    second = tmp_path / "b.mp4"
    second.write_bytes(first.read_bytes())
    start()
    table = shard.resample(first, second)
    assert runs() == 1
    assert table.loc["a.mp4", "key"] == table.loc["b.mp4", "key"]
    assert table["status"].tolist() == ["ok", "ok"]


def test_an_empty_shard_is_valid(shard):
    assert len(shard.resample()) == 0
    assert list(shard.manifest.read_text().split()) == [
        *("video_id", "status", "reason", "key", "sha256", "rows", "notes")
    ]


def test_the_same_video_gives_the_same_results(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", 40)
    row = shard.resample(path).loc["a.mp4"]
    pictures, (grey, _) = shard.pictures(row.key), shard.clip(row.key)
    assert shard.resample(path).loc["a.mp4"].equals(row)
    assert np.array_equal(shard.pictures(row.key), pictures)
    assert np.array_equal(shard.clip(row.key)[0], grey)


def test_the_key_follows_the_bytes_and_the_parameters():
    keys = {
        sample_key(digest, parameters) for digest in ("a", "b") for parameters in (Resample(), Resample(image_size=64))
    }
    assert len(keys) == 4
    assert sample_key("a", Resample(image_size=224)) == sample_key("a", Resample())

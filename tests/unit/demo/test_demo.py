"""The rendered demo data set: real files, exact labels, and the difficult cases that it promises."""

import subprocess
import unicodedata
from pathlib import Path

import av
import cv2
import numpy as np
import pandas as pd
import pytest
from places import rule_program

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.demo.dataset import FORMATS, plan, render_demo_dataset
from signwild.demo.movements import listening, signing, speaking
from signwild.video.sampling import is_variable_rate, sample_frames

SECONDS, SEED = 5, 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo")
    render_demo_dataset(path, videos_per_class=2, seconds=SECONDS, seed=SEED)
    return path


@pytest.fixture(scope="module")
def ids() -> dict[tuple[str, int, str], str]:
    return {(video.label, video.number, video.special): video.video_id for video in plan(2, seconds=SECONDS, seed=SEED)}


def decoded(path: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return times in seconds and grey pictures of every frame."""
    with av.open(str(path)) as container:
        frames = [(frame.time, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    return np.array([time for time, _ in frames]), [picture for _, picture in frames]


def labels_of(folder: Path, video_id: str) -> pd.DataFrame:
    """Return the rows of the label file for one id; the last two fields are the frame and the letter."""
    lines = (folder / "groundtruth.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.rsplit(" ", 2) for line in lines]
    return pd.DataFrame([(int(frame), letter) for name, frame, letter in rows if name == video_id], columns=list("fl"))


def test_ids_and_files(folder, ids):
    table = read_table(folder / "videos.tsv")
    assert list(table["video_id"]) == sorted(ids.values())
    missing = ids["signing", 0, "missing"]
    present = {path.name for path in (folder / "videos").iterdir()}
    assert present == {f"{name}.mp4" for name in ids.values() if name != missing}
    assert table.set_index("video_id").loc[missing, ["sha256", "bytes"]].tolist() == ["", ""]
    names = table["video_id"]
    assert all(len(name) == 11 and unicodedata.is_normalized("NFC", name) for name in names)
    assert names.str.startswith("-").sum() == 1
    assert names.str.contains(" ").sum() == 1
    assert (~names.map(str.isascii)).sum() == 1
    assert len(names) - names.str.lower().nunique() == 1


def test_every_sample_of_every_usable_video_is_labelled(folder, ids):
    usable = {key: name for key, name in ids.items() if key[2] not in ("truncated", "missing")}
    assert len(usable) == 6
    for (label, _, special), name in usable.items():
        times, pictures = decoded(folder / "videos" / f"{name}.mp4")
        assert (*pictures[0].shape[::-1],) in {(width, height) for width, height, _ in FORMATS}
        rows = labels_of(folder, name)
        assert rows["f"].tolist() == sample_frames(times, 5, 2000).tolist()
        assert len(rows) >= 20
        if special != "changes":
            assert set(rows["l"]) == {{"signing": "S", "speaking": "P", "other": "n"}[label]}
    for extra in (("speaking", 0, "truncated"), ("signing", 0, "missing")):
        assert len(labels_of(folder, ids[extra])) >= 20


def test_the_video_of_variable_rate_is_one_and_no_other(folder, ids):
    for (_, _, special), name in ids.items():
        if special not in ("truncated", "missing"):
            times, _ = decoded(folder / "videos" / f"{name}.mp4")
            assert is_variable_rate(times) == (special == "variable rate")


def test_a_video_changes_class_with_an_unlabelled_stretch_and_a_segment_on_either_side(folder, ids):
    letters = "".join(labels_of(folder, ids["speaking", 0, "changes"])["l"])
    assert letters == "P" * letters.count("P") + "?" * letters.count("?") + "S" * letters.count("S")
    assert letters.count("P") >= 20
    assert letters.count("S") >= 20
    assert letters.count("?") >= 3


def test_the_truncated_file_cannot_be_decoded(folder, ids):
    with pytest.raises(av.FFmpegError):
        decoded(folder / "videos" / f"{ids['speaking', 0, 'truncated']}.mp4")


@pytest.mark.parametrize("key", [("signing", 0, ""), ("speaking", 1, "")])
def test_faces_are_found(folder, ids, key):
    _, pictures = decoded(folder / "videos" / f"{ids[key]}.mp4")
    names = ("default", "alt", "alt2")
    detectors = [cv2.CascadeClassifier(f"{cv2.data.haarcascades}haarcascade_frontalface_{name}.xml") for name in names]
    sampled = pictures[::10]
    found = [
        any(len(detector.detectMultiScale(picture, 1.1, 3, minSize=(50, 50))) > 0 for detector in detectors)
        for picture in sampled
    ]
    assert np.mean(found) > 0.7


def test_the_same_seed_gives_the_same_bytes_and_more_videos_leave_the_others_alone(folder, tmp_path):
    fewer = render_demo_dataset(tmp_path, videos_per_class=1, seconds=SECONDS, seed=SEED, workers=1)
    more = read_table(folder / "videos.tsv").set_index("video_id")["sha256"]
    assert len(fewer) == 5
    for name, sha256 in zip(fewer["video_id"], fewer["sha256"], strict=True):
        assert more[name] == sha256
    assert {video.video_id for video in plan(1, SECONDS, SEED + 1)}.isdisjoint(more.index)


def test_the_files_carry_no_times_and_no_versions(folder, ids):
    with av.open(str(folder / "videos" / f"{ids['signing', 0, '']}.mp4")) as container:
        assert "creation_time" not in container.metadata
        assert "encoder" not in container.metadata


def test_looks_do_not_give_the_class_away():
    videos = [video for video in plan(6, 14, SEED) if video.special not in ("truncated", "missing")]
    for look in ("size", "background", "tone"):
        per_class = [sorted(getattr(video, look) for video in videos if video.label == label) for label in CLASSES]
        assert per_class[0] == per_class[1] == per_class[2]


def test_hands_move_most_in_signing_and_least_in_listening():
    times = np.arange(0, 60, 1 / 25)

    def speed(movement):
        hands = movement(np.random.default_rng(0), times).hands[:, :, :3]
        return np.linalg.norm(np.diff(hands, axis=0), axis=2).max(axis=1).mean() * 25

    assert speed(signing) > 1.5 * speed(speaking) > 3 * speed(listening)


def test_bad_numbers_are_refused(tmp_path):
    with pytest.raises(InputError, match="videos_per_class=0"):
        render_demo_dataset(tmp_path, videos_per_class=0)
    command = [*rule_program("dataset.render_demo"), "--folder", tmp_path, "--workers", "0"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert not list(tmp_path.iterdir())

"""The program that finds signing in any video: its files, its repetitions, and its messages about bad input."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import webvtt
from made_detector import write_detector
from made_server import serving
from made_videos import write_video
from places import SCRIPTS
from pympi.Elan import Eaf
from quick_start import run_python

from signwild.base.errors import UnusableVideo
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.detector.addresses import Addresses

PROGRAM = SCRIPTS / "detect_signing.py"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_detector(tmp_path_factory.mktemp("model"))


def run(model: Path, out: Path, *arguments: object) -> subprocess.CompletedProcess:
    command = [PROGRAM, "--model", model, "--out", out, "--batch-size", 8, *arguments]
    return run_python(command, out.parent, os.environ)


@pytest.fixture(scope="module")
def folder(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos of the same name, a file that is not a video, and the results of all."""
    folder = tmp_path_factory.mktemp("found")
    for place in ("one", "two"):
        (folder / "videos" / place).mkdir(parents=True)
        write_video(folder / "videos" / place / "a clip.mp4", 60 if place == "one" else 160)
    (folder / "videos/broken.mp4").write_bytes(b"no video")
    (folder / "videos/notes.txt").write_text("no video either")
    done = run(model, folder / "out", folder / "videos")
    (folder / "said.json").write_text(json.dumps([done.returncode, done.stdout, done.stderr]))
    return folder


def test_a_failed_video_does_not_stop_the_others_and_the_exit_code_tells(folder: Path) -> None:
    code, output, error = json.loads((folder / "said.json").read_text())
    assert code == 1
    assert "2 of 3 videos" in output
    assert "1 of 3 videos failed" in error
    assert "broken.mp4: failed: undecodable" in output + error


def test_it_says_what_it_does_and_what_it_found(folder: Path) -> None:
    _, output, _ = json.loads((folder / "said.json").read_text())
    lines = output.splitlines()
    assert re.fullmatch(
        r"looking for signing in 3 videos, by rgb_flow of the detector made \w{8}, into .*/out", lines[0]
    )
    assert lines[1] == f"files not known as videos by their suffix, ignored (1): {folder}/videos/notes.txt"
    result = json.loads((folder / "out/a clip_2/result.json").read_text())
    [line] = [line for line in lines if line.endswith("page: out/a clip_2/index.html")]
    assert line.startswith("a clip.mp4: ")
    assert f"({100 * result['signing_share']:.1f}% of 0:05)" in line


def test_the_list_names_each_video_by_its_path(folder: Path) -> None:
    listed = pd.read_csv(folder / "out/summary.csv")["file"]
    assert sorted(listed) == ["videos/broken.mp4", "videos/one/a clip.mp4", "videos/two/a clip.mp4"]


def test_what_is_all_done_is_told_again_without_tensorflow(folder: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    shutil.copy2(folder / "videos/one/a clip.mp4", tmp_path / "videos")
    assert run(model, tmp_path / "found", tmp_path / "videos").returncode == 0
    command = [sys.executable, "-X", "importtime", PROGRAM, "--model", model, "videos"]
    again = subprocess.run(command, text=True, capture_output=True, cwd=tmp_path)  # into found, which none names
    assert again.returncode == 0
    assert "1 of 1: videos/a clip.mp4: is already done" in again.stdout
    assert "page: found/a clip/index.html" in again.stdout
    assert "tensorflow" not in again.stderr


def test_every_video_has_all_of_its_files(folder: Path) -> None:
    assert {path.name for path in (folder / "out").iterdir() if path.is_dir()} == {"a clip", "a clip_2"}
    own = folder / "out/a clip_2"
    expected = [
        "a clip_2.eaf",
        "a clip_2.vtt",
        "index.html",
        "result.json",
        "segments.csv",
        "source.json",
        "timeline.png",
    ]
    assert sorted(path.name for path in own.glob("[!.]*")) == [*expected, "windows.csv", "windows.parquet"]
    result = json.loads((own / "result.json").read_text())
    windows, segments = pd.read_csv(own / "windows.csv"), pd.read_csv(own / "segments.csv")
    assert len(windows) == 27
    assert result["variant"] == "rgb_flow"
    assert result["detector"].startswith("made ")
    assert result["duration_s"] == pytest.approx(160 / 30, abs=0.001)
    assert len(segments) == len(result["segments"])
    eaf = Eaf(own / "a clip_2.eaf")
    assert sorted(eaf.get_tier_names()) == ["other", "signing", "speaking"]
    annotations = [
        (start, end, tier) for tier in eaf.get_tier_names() for start, end, *_ in eaf.get_annotation_data_for_tier(tier)
    ]
    spans = [(round(1000 * row.start_s), round(1000 * row.end_s), row.label) for row in segments.itertuples()]
    assert sorted(annotations) == sorted(spans)
    assert eaf.get_linked_files()[0]["RELATIVE_MEDIA_URL"] == "../../videos/two/a clip.mp4"
    assert len(webvtt.read(own / "a clip_2.vtt")) == len(segments)
    assert "../../videos/two/a%20clip.mp4" in (own / "index.html").read_text()


def test_the_list_names_all_and_the_failed_last(folder: Path) -> None:
    summary = pd.read_csv(folder / "out/summary.csv")
    assert len(summary) == 3
    assert summary["signing_share"].iloc[:2].is_monotonic_decreasing
    assert "undecodable" in summary["error"].iloc[2]
    assert "a%20clip_2/index.html" in (folder / "out/index.html").read_text()


def test_what_is_done_is_not_done_again_and_what_failed_is(folder: Path, model: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "out", tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("out/*/windows.csv")}
    (tmp_path / "out/a clip/result.json").unlink()  # as if killed before its end
    (tmp_path / "out/a clip/index.html").unlink()
    done = run(model, tmp_path / "out", folder / "videos")
    assert done.returncode == 1
    assert "2 of 3: " in done.stderr + done.stdout
    assert (done.stdout + done.stderr).count("is already done") == 1
    after = {path: path.stat().st_mtime_ns for path in tmp_path.glob("out/*/windows.csv")}
    assert {path.parent.name for path in after if after[path] != before[path]} == {"a clip"}
    assert (tmp_path / "out/a clip/index.html").exists()


def test_a_changed_file_is_looked_at_again(folder: Path, model: Path, tmp_path: Path) -> None:
    video = tmp_path / "v.mp4"
    shutil.copy(folder / "videos/one/a clip.mp4", video)
    assert run(model, tmp_path / "out", video, "--variant", "rgb").returncode == 0
    shutil.copy(folder / "videos/two/a clip.mp4", video)
    assert run(model, tmp_path / "out", video, "--variant", "rgb").returncode == 0
    assert len(pd.read_csv(tmp_path / "out/v/windows.csv")) == 27
    (tmp_path / "below").mkdir()
    again = run(model, tmp_path / "out", "below/../v.mp4", "--variant", "rgb")
    assert "is already done" in again.stdout + again.stderr
    other = run(model, tmp_path / "out", video, "--variant", "flow")
    assert other.returncode == 1
    assert "was made by rgb of the detector made" in other.stderr
    assert "give another folder (OUT= with make, else --out)" in other.stderr
    video.write_bytes(b"spoiled")
    assert run(model, tmp_path / "out", video, "--variant", "rgb").returncode == 1
    summary = pd.read_csv(tmp_path / "out/summary.csv")
    assert summary["verdict"].isna().tolist() == [True]


def test_an_edited_eaf_is_kept_and_another_stride_is_refused(folder: Path, model: Path, tmp_path: Path) -> None:
    video = tmp_path / "v.mp4"
    shutil.copy(folder / "videos/one/a clip.mp4", video)
    assert run(model, tmp_path / "out", video, "--variant", "rgb").returncode == 0
    eaf = tmp_path / "out/v/v.eaf"
    eaf.write_text(re.sub(">(signing|speaking|other)<", ">corrected<", eaf.read_text()))
    corrected = eaf.read_bytes()
    video.touch()
    done = run(model, tmp_path / "out", video, "--variant", "rgb")
    assert done.returncode == 0, done.stderr
    assert "was edited since; kept as v.edited_1.eaf" in done.stdout + done.stderr
    assert (tmp_path / "out/v/v.edited_1.eaf").read_bytes() == corrected
    video.touch()
    assert "was edited" not in run(model, tmp_path / "out", video, "--variant", "rgb").stdout
    assert (
        "was made with stride 1, not 3" in run(model, tmp_path / "out", video, "--variant", "rgb", "--stride", 3).stderr
    )
    assert "is a file; name a folder with --out" in run(model, video, video).stderr


def test_folders_of_others_and_names_of_ours_are_left_alone(folder: Path, model: Path, tmp_path: Path) -> None:
    content = (folder / "videos/one/a clip.mp4").read_bytes()
    for number, name in enumerate(("index.html.mp4", "mine.mp4", "killed.mp4")):
        (tmp_path / name).write_bytes(content + number * b"\0\0\0\x08free")  # empty boxes, so that the bytes differ
    (tmp_path / "out/mine").mkdir(parents=True)
    (tmp_path / "out/mine/notes.txt").write_text("do not touch")
    (tmp_path / "out/killed").mkdir()
    (tmp_path / "out/killed/.writing-source@host-1-x.json").touch()
    done = run(model, tmp_path / "out", "*.mp4", "--variant", "rgb")
    assert done.returncode == 0, done.stderr
    assert {path.parent.name for path in tmp_path.glob("out/*/result.json")} == {"index.html_2", "mine_2", "killed"}
    assert [path.name for path in (tmp_path / "out/mine").iterdir()] == ["notes.txt"]
    (tmp_path / "out/mine_2/result.json").write_text("{}")
    spoiled = run(model, tmp_path / "out", "*.mp4", "--variant", "rgb")
    assert spoiled.returncode == 1
    assert "mine_2/result.json: is missing, or was not written by this program" in spoiled.stderr
    shutil.rmtree(tmp_path / "out/mine_2")
    (tmp_path / "out/killed/source.json").unlink()
    spoiled = run(model, tmp_path / "out", "*.mp4", "--variant", "rgb")
    assert re.fullmatch(r"error: .*killed/source.json: is missing, .*; move its folder away, or .*\n", spoiled.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no video: name files, folders or patterns"),
        (["nowhere*.mp4"], "nowhere*.mp4: there is no video"),
        (["{video}", "--variant", "rbg"], "has no variant 'rbg' (did you mean \"rgb\"?); it has rgb_flow, rgb, flow"),
        (["{video}", "--stride", "0"], "0 is below 1"),
        (["{video}", "--weights", "{video}"], "the detector has random weights, made from their seed"),
    ],
)
def test_bad_input_is_one_clear_error(
    folder: Path, model: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    named = [part.replace("{video}", str(folder / "videos/one/a clip.mp4")) for part in arguments]
    done = run(model, tmp_path / "out", *named)
    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").glob("*/"))


def test_a_detector_that_was_changed_or_is_not_whole_is_refused(folder: Path, model: Path, tmp_path: Path) -> None:
    video = folder / "videos/one/a clip.mp4"
    for name, change, message in (
        ("SHA256SUMS", lambda path: path.unlink(), "contains no SHA256SUMS, so it is not a detector"),
        ("networks.h5", lambda path: path.unlink(), "is missing; copy the detector's whole folder"),
        ("detector.json", lambda path: path.write_text("{}"), "does not match SHA256SUMS"),
        (
            "detector.json",
            lambda path: path.write_text('{"format": 1, "run": "old"}'),
            "is a detector of format 1, and this program reads format 3; `make export CONFIG=...`, with the "
            "configuration of the run old, builds it again",
        ),
        (
            "detector.json",
            lambda path: path.write_text('{"format": 2, "run": "starter"}'),
            "is a detector of format 2, and this program reads format 3; `make starter CLIPS=...` builds it again",
        ),
    ):
        copy = tmp_path / f"{len(message)}"
        shutil.copytree(model, copy)
        change(copy / name)
        done = run(copy, tmp_path / "out", video)
        assert done.returncode == 1
        assert f"{copy}" in done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr


def test_an_address_is_downloaded_once_and_looked_at(folder: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    shutil.copy(folder / "videos/one/a clip.mp4", tmp_path / "served/clip.mp4")
    with serving(tmp_path / "served") as server:
        address = f"{server.address}/clip.mp4"
        for _ in range(2):
            done = run(model, tmp_path / "out", "--url", address, "--variant", "rgb")
            assert done.returncode == 0, done.stderr
        missing = run(model, tmp_path / "out", "--url", f"{server.address}/gone.mp4", "--variant", "rgb")
    assert "is already done" in done.stdout + done.stderr
    assert len(list((tmp_path / "out/downloads").iterdir())) == 1
    assert len(pd.read_csv(next(tmp_path.glob("out/clip-*/windows.csv")))) == 10
    assert missing.returncode == 1
    assert "gone.mp4: failed: " in missing.stdout + missing.stderr


def test_after_an_answer_to_ask_no_more_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from signwild.stages.download import youtube

    asked = []

    def refuse(address: str, *_: object) -> None:
        asked.append(address)
        raise youtube.DownloadFailed("rate_limit", "HTTP Error 429")

    monkeypatch.setattr(youtube, "fetch_address", refuse)
    addresses = Addresses(tmp_path, print, youtube=YouTube(shortest_pause_s=0, longest_pause_s=0))
    for name in ("https://a.org/x", "https://a.org/y"):
        with pytest.raises(UnusableVideo, match=r"429 \(wait"):
            addresses.fetch(name)
    assert asked == ["https://a.org/x"]

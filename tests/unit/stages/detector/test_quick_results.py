"""Results of the quick pass: what they say of the rest, and that they pass for no full ones; the program's option."""

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_detection import made_detection
from made_detector import write_detector
from made_videos import numbered_frames, write_video
from places import SCRIPTS
from pympi.Elan import Eaf
from quick_start import run_python

from signwild.base.digests import file_sha256
from signwild.configuration.sections.dataset import Tiers
from signwild.exported.folder import CHECKSUMS
from signwild.exported.model import Detector, Variant, read_detector
from signwild.stages.dataset.elan_writer import write_eaf
from signwild.stages.detector import quick
from signwild.stages.detector.detected_video import FIRST_LOOK_COLUMNS, DetectedVideo, FirstLookOnly
from signwild.stages.detector.kept_results import read_detected
from signwild.stages.detector.many_videos import DetectionOptions, ManyVideos, Source
from signwild.stages.detector.networks import VariantNetworks
from signwild.stages.detector.pages import write_video_page
from signwild.stages.detector.telling import tell_result
from signwild.stages.detector.timeline import draw_timeline
from signwild.stages.detector.weights import find_weights
from signwild.stages.detector.writers import as_json, write_first_look, write_vtt

PROGRAM = SCRIPTS / "detect_signing.py"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_detector(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of 70 seconds and one of 5."""
    folder = tmp_path_factory.mktemp("archive")
    write_video(folder / "long.mp4", numbered_frames(350, 64, 48), "5")
    write_video(folder / "short.mp4", numbered_frames(25, 64, 48), "5")
    return folder


class Detection:
    """Detection in videos, into ``out``, by the quick or the full pass."""

    def __init__(self, detector: Detector, out: Path) -> None:
        self.detector, self.out, self.said = detector, out, []

    def detect(self, *files: Path, quickly: bool) -> None:
        """Detect signing in files, none of which may fail; a first look asks for no full look at any part."""

        def build(variant: Variant, beside: VariantNetworks | None) -> VariantNetworks:
            return VariantNetworks(self.detector, variant, find_weights(self.detector, variant), 8, beside)

        self.said.clear()
        options = DetectionOptions(quick=quickly)
        variant = self.detector.variant("rgb")

        def unchanged(blocks: Iterable, _: int, name: str) -> Iterable:  # noqa: ARG001
            return blocks

        many = ManyVideos(self.out, self.detector, variant, options, build, unchanged, self.said.append)
        assert many.detect([Source(file=file) for file in files])[1] == 0

    @property
    def is_computed(self) -> bool:
        """Whether the last call computed something."""
        return any("loading the networks" in line for line in self.said)

    def is_quick(self, name: str) -> bool:
        """Return whether the results in a folder are those of a quick pass; all of its files must say the same."""
        folder = self.out / name
        record, result = (json.loads((folder / file).read_text()) for file in ("source.json", "result.json"))
        says = {
            "quick" in record,
            "quick" in result,
            (folder / "first_look_only.csv").exists(),
            "first look only" in Eaf(folder / f"{name}.eaf").get_tier_names(),
            "first look only" in (folder / "index.html").read_text(),
            any(flag.startswith("Quick: ") for flag in result["flags"]),
        }
        assert len(says) == 1
        return says.pop()


@pytest.fixture
def detection(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Detection:
    monkeypatch.setattr(quick, "MAYBE_SIGNING", 2.0)
    monkeypatch.setattr(quick, "growth", lambda signing, *_: np.zeros_like(signing))
    return Detection(read_detector(model), tmp_path / "out")


def quick_detection(**changes: object) -> DetectedVideo:
    """Return made results with a first look only from 5 to 12.5 s."""
    made = made_detection(**changes)
    parts = pd.DataFrame([[5.0, 12.5, 0.0421]], columns=FIRST_LOOK_COLUMNS)
    kept = made.segments[made.segments["start_s"] != 5].reset_index(drop=True)
    windows = made.windows[~made.windows["time_s"].between(5, 12.5)].reset_index(drop=True)
    more = {"segments": kept, "windows": windows, "first_look_only": FirstLookOnly("rgb", parts)}
    return made_detection(**changes | more)


def test_a_quick_result_does_not_pass_for_a_full_one(detection: Detection, archive: Path) -> None:
    detection.detect(archive / "long.mp4", archive / "short.mp4", quickly=True)
    assert detection.is_quick("long")
    assert not detection.is_quick("short")
    detection.detect(archive / "long.mp4", archive / "short.mp4", quickly=True)
    assert not detection.is_computed
    detection.detect(archive / "short.mp4", quickly=False)
    assert not detection.is_computed
    detection.detect(archive / "long.mp4", quickly=False)
    assert detection.is_computed
    assert not detection.is_quick("long")
    detection.detect(archive / "long.mp4", quickly=True)
    assert not detection.is_computed
    assert sorted(path.parent.name for path in detection.out.glob("*/result.json")) == ["long", "short"]
    expected = Detection(detection.detector, detection.out.with_name("full"))
    expected.detect(archive / "long.mp4", quickly=False)
    for name in ("windows.csv", "segments.csv", "result.json", "long.vtt", "long.eaf"):
        assert (detection.out / "long" / name).read_bytes() == (expected.out / "long" / name).read_bytes()


def test_a_quick_result_moves_with_its_video_and_is_replaced_there(
    detection: Detection, archive: Path, tmp_path: Path
) -> None:
    video = Path(shutil.copy(archive / "long.mp4", tmp_path / "long.mp4"))
    detection.detect(video, quickly=True)
    before = (detection.out / "long/first_look_only.csv").read_bytes()
    moved = video.rename(tmp_path / "moved.mp4")
    detection.detect(moved, quickly=True)
    assert not detection.is_computed
    assert detection.is_quick("long")
    assert (detection.out / "long/first_look_only.csv").read_bytes() == before
    again = moved.rename(tmp_path / "again.mp4")
    detection.detect(again, quickly=False)
    assert not detection.is_quick("long")
    assert json.loads((detection.out / "long/source.json").read_text())["path"] == str(again)
    assert [path.name for path in detection.out.iterdir() if path.is_dir()] == ["long"]
    assert pd.read_csv(detection.out / "summary.csv")["file"].tolist() == [str(again)]


def test_results_of_a_quick_pass_are_read_as_they_were_written(detection: Detection, archive: Path) -> None:
    detection.detect(archive / "long.mp4", quickly=True)
    read = read_detected(detection.out / "long", archive / "long.mp4")
    assert read.first_look_only.variant == "rgb"
    assert read.first_look_only.parts[["start_s", "end_s"]].to_numpy().tolist() == [[0.0, 70.0]]
    assert read.footage_s == 70
    assert len(read.windows) == len(read.segments) == 0


def test_files_say_what_had_a_first_look_only(tmp_path: Path) -> None:
    detected = quick_detection()
    content = as_json(detected)
    part = {"start_s": 5.0, "end_s": 12.5, "signing_probability": 0.0421}
    assert content["quick"] == {"first_look_variant": "rgb", "first_look_only_s": 7.5, "first_look_only": [part]}
    assert content["footage_s"] == 20.0
    write_first_look(detected, tmp_path / "first.csv")
    assert (tmp_path / "first.csv").read_text() == "start_s,end_s,signing_probability\n5.000,12.500,0.0421\n"
    write_vtt(detected, tmp_path / "a.vtt")
    assert "parts without a cue had a first look only" in (tmp_path / "a.vtt").read_text()
    told = tell_result(content, tmp_path / "index.html")
    assert "of 0:20), 0:15.0-0:20.0 (70%), 0:08 of it by a first look only; page: " in told
    draw_timeline(detected, tmp_path / "quick.png")
    draw_timeline(made_detection(), tmp_path / "full.png")
    assert (tmp_path / "quick.png").read_bytes() != (tmp_path / "full.png").read_bytes()


def test_a_full_result_removes_the_table_of_a_quick_one(tmp_path: Path) -> None:
    write_first_look(quick_detection(), tmp_path / "first.csv")
    write_first_look(made_detection(), tmp_path / "first.csv")
    assert not (tmp_path / "first.csv").exists()


def test_the_page_lists_parts_with_a_first_look_between_the_segments(tmp_path: Path) -> None:
    write_video_page(quick_detection(), tmp_path / "a.html", "a.mp4")
    page = (tmp_path / "a.html").read_text()
    assert "3 segments, and 1 part with a first look only" in page
    places = [page.index(f'data-start="{start}"') for start in ("0.000", "5.000", "12.500", "15.000")]
    assert places == sorted(places)
    assert page.count("<rect ") == 1
    write_video_page(made_detection(), tmp_path / "b.html", "a.mp4")
    assert "first look" not in (tmp_path / "b.html").read_text()
    assert "<rect " not in (tmp_path / "b.html").read_text()


def test_an_eaf_has_them_on_a_tier_of_their_own_which_is_no_label(tmp_path: Path) -> None:
    detected = quick_detection()
    write_eaf(tmp_path / "a.eaf", tmp_path / "a.mp4", detected.segments, "", {"seen": detected.first_look_only.parts})
    eaf = Eaf(tmp_path / "a.eaf")
    assert list(eaf.get_tier_names()) == ["signing", "speaking", "other", "seen"]
    assert [one[:2] for one in eaf.get_annotation_data_for_tier("seen")] == [(5000, 12500)]
    assert "seen" not in Tiers().classes()


def test_the_program_looks_quickly_and_tells(model: Path, archive: Path, tmp_path: Path) -> None:
    command = [PROGRAM, "--model", model, "--out", tmp_path / "out", "--batch-size", 8, "--quick", archive]
    done = run_python(command, tmp_path, os.environ)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 videos" in done.stdout
    assert "Traceback" not in done.stderr


def without_still_variants(model: Path, folder: Path) -> Path:
    """Copy a detector, without the variant that reads no motion."""
    shutil.copytree(model, folder)
    path = folder / "detector.json"
    before, content = file_sha256(path), json.loads(path.read_text())
    content["variants"] = [variant for variant in content["variants"] if variant["name"] != "rgb"]
    path.write_text(json.dumps(content))
    sums = folder / CHECKSUMS
    sums.write_text(sums.read_text().replace(before, file_sha256(path)))
    return folder


def test_what_a_quick_pass_cannot_be_is_one_clear_error(model: Path, archive: Path, tmp_path: Path) -> None:
    common = [PROGRAM, "--out", tmp_path / "out", "--quick", archive]
    both = run_python([*common, "--model", model, "--stride", 2], tmp_path, os.environ)
    moving = run_python([*common, "--model", without_still_variants(model, tmp_path / "moving")], tmp_path, os.environ)
    assert both.returncode != 0
    assert "--quick and --stride" in both.stderr
    assert moving.returncode != 0
    assert "has no variant that reads the stream rgb alone" in moving.stderr
    assert not (tmp_path / "out/index.html").exists()

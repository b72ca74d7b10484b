"""Files for ELAN: their form, their bytes, what reads them back, and templates."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
import webvtt
from made_detection import made_detection
from made_videos import write_video
from places import ROOT, SCRIPTS
from pympi.Elan import Eaf

from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.elan_reader import read_eaf_labels
from signwild.stages.dataset.elan_writer import DATE, write_eaf
from signwild.stages.detector.writers import as_json, write_segments, write_vtt
from signwild.video.files import named_videos, other_files

PROGRAM = SCRIPTS / "write_elan_templates.py"


def segments(*rows: tuple[float, float, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["start_s", "end_s", "label"])


SEGMENTS = segments(
    (8.0, 12.3454, "speaking"),
    (0.0, 4.2, "signing"),
    (4.2, 8.0, "other"),
    (12.3454, 20.0, "signing"),
    (20, 24, "other"),
)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Return a file among the videos."""
    path = tmp_path / "videos/in/anna & ħ.mov"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    return path


def test_what_is_written_is_read_back_as_labels(tmp_path: Path, video: Path) -> None:
    path = tmp_path / "eaf/v.eaf"
    write_eaf(path, video, SEGMENTS, author="detector")
    found = read_eaf_labels(path, tmp_path / "videos", Tiers(), "refuse")
    assert found.videos.to_numpy().tolist() == [["v", "in/anna & ħ.mov", "", "", str(path), 0, 0]]
    assert found.spans[["start", "end", "label"]].to_numpy().tolist() == [
        ["0.0", "4.2", "signing"],
        ["4.2", "8.0", "other"],
        ["8.0", "12.345", "speaking"],
        ["12.345", "20.0", "signing"],
        ["20.0", "24.0", "other"],
    ]


def test_the_file_has_the_form_that_elan_asks_for(tmp_path: Path, video: Path) -> None:
    path = tmp_path / "v.eaf"
    write_eaf(path, video, SEGMENTS, author="detector")
    assert path.read_bytes().startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    root = ElementTree.parse(path).getroot()
    assert root.tag == "ANNOTATION_DOCUMENT"
    assert {"AUTHOR", "DATE", "VERSION", "FORMAT"} <= root.attrib.keys()
    order = list(dict.fromkeys(part.tag for part in root))
    assert order == ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "CONSTRAINT"]
    header = root.find("HEADER")
    assert header.get("TIME_UNITS") == "milliseconds"
    assert header.find("MEDIA_DESCRIPTOR").attrib == {
        "MEDIA_URL": f"file://{video}",
        "RELATIVE_MEDIA_URL": "./videos/in/anna & ħ.mov",
        "MIME_TYPE": "video/quicktime",
    }
    assert header.find("PROPERTY[@NAME='lastUsedAnnotationId']").text == "5"
    slots = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")}
    assert list(slots.values()) == sorted(slots.values())
    assert len(slots) == 10
    types = {kind.get("LINGUISTIC_TYPE_ID"): kind.attrib for kind in root.iter("LINGUISTIC_TYPE")}
    tiers = list(root.iter("TIER"))
    assert [tier.get("TIER_ID") for tier in tiers] == ["signing", "speaking", "other"]
    assert {types[tier.get("LINGUISTIC_TYPE_REF")]["TIME_ALIGNABLE"] for tier in tiers} == {"true"}
    assert {constraint.get("STEREOTYPE") for constraint in root.iter("CONSTRAINT")} == {
        "Time_Subdivision", "Symbolic_Subdivision", "Symbolic_Association", "Included_In",
    }  # fmt: skip
    names = [one.get("ANNOTATION_ID") for one in root.iter("ALIGNABLE_ANNOTATION")]
    assert len(set(names)) == 5
    for tier in tiers:
        ends = [
            slots[one.get(key)]
            for one in tier.iter("ALIGNABLE_ANNOTATION")
            for key in ("TIME_SLOT_REF1", "TIME_SLOT_REF2")
        ]
        assert ends == sorted(ends)
        assert {value.text for value in tier.iter("ANNOTATION_VALUE")} == {tier.get("TIER_ID")}


def test_annotations_never_overlap_on_a_tier_nor_last_no_time(tmp_path: Path, video: Path) -> None:
    rows = segments((0, 2, "signing"), (1.5, 3, "signing"), (5.0001, 5.0004, "signing"), (0.5, 1, "other"))
    write_eaf(tmp_path / "v.eaf", video, rows, author="")
    eaf = Eaf(tmp_path / "v.eaf")
    assert eaf.get_annotation_data_for_tier("signing") == [(0, 3000, "signing")]
    assert eaf.get_annotation_data_for_tier("other") == [(500, 1000, "other")]
    times = [int(slot.get("TIME_VALUE")) for slot in ElementTree.parse(tmp_path / "v.eaf").iter("TIME_SLOT")]
    assert times == [0, 500, 1000, 3000]


@pytest.mark.parametrize("half", [0.0005, 1.0005, 2.0015, 2.0025, 4.0035])
def test_half_a_millisecond_is_rounded_alike_in_all_files(tmp_path: Path, video: Path, half: float) -> None:
    detected = made_detection(spans=[(0.0, "other"), (half, "signing")], duration_s=10.0)
    write_eaf(tmp_path / "v.eaf", video, detected.segments, author="")
    write_vtt(detected, tmp_path / "v.vtt")
    write_segments(detected, tmp_path / "v.csv")
    (in_elan,) = Eaf(tmp_path / "v.eaf").get_annotation_data_for_tier("signing")
    cue = next(cue for cue in webvtt.read(tmp_path / "v.vtt") if cue.text.startswith("signing"))
    rows = pd.read_csv(tmp_path / "v.csv", dtype=str)
    expected = round((half + 0.0001) * 1000)
    assert in_elan[0] == expected
    assert cue.start == f"00:00:{expected / 1000:06.3f}"
    assert rows["start_s"].tolist() == ["0.000", f"{expected / 1000:.3f}"]
    assert [segment["start_s"] for segment in as_json(detected)["segments"]] == [0.0, expected / 1000]


def test_the_same_segments_give_the_same_bytes(tmp_path: Path, video: Path) -> None:
    written = []
    for rows in (SEGMENTS, SEGMENTS.iloc[::-1], SEGMENTS):
        write_eaf(tmp_path / "v.eaf", video, rows, author="x")
        written.append((tmp_path / "v.eaf").read_bytes())
    assert len(set(written)) == 1
    assert f'DATE="{DATE}"'.encode() in written[0]
    assert {path.name for path in tmp_path.iterdir()} == {"v.eaf", "videos"}


@pytest.mark.parametrize(
    ("name", "kind"), [("a.mp4", "video/mp4"), ("a.MPG", "video/mpeg"), ("a.webm", "video/webm"), ("a.xyz", "video/*")]
)
def test_the_kind_of_video_goes_by_its_name(tmp_path: Path, name: str, kind: str) -> None:
    write_eaf(tmp_path / "v.eaf", tmp_path / name, segments(), author="")
    (linked,) = Eaf(tmp_path / "v.eaf").get_linked_files()
    assert linked["MIME_TYPE"] == kind
    assert linked["RELATIVE_MEDIA_URL"] == f"./{name}"


def test_names_that_xml_cannot_hold_are_refused(tmp_path: Path, video: Path) -> None:
    with pytest.raises(InputError, match=r"the author .* control character"):
        write_eaf(tmp_path / "v.eaf", video, segments(), author="a\0b")
    with pytest.raises(InputError, match=r"the tier .* control character"):
        write_eaf(tmp_path / "v.eaf", video, segments(), author="", tiers=Tiers(signing=["a\1"]))
    assert not (tmp_path / "v.eaf").exists()


def templates(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, PROGRAM, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_templates_have_empty_tiers_and_the_video_and_none_is_overwritten(tmp_path: Path, video: Path) -> None:
    (tmp_path / "videos/b.mp4").touch()
    (tmp_path / "videos/notes.txt").touch()
    (tmp_path / "eaf").mkdir()
    (tmp_path / "eaf/b.eaf").write_text("annotated by hand")
    done = templates("videos", "videos/*.mp4", "--out", "eaf", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "files not known as videos by their suffix, ignored (1): videos/notes.txt\n"
        "1 .eaf files are there already, and stay as they are: eaf/b.eaf\n1 templates are written to eaf\n"
    )
    assert (tmp_path / "eaf/b.eaf").read_text() == "annotated by hand"
    assert sorted(path.name for path in (tmp_path / "eaf").iterdir()) == [f"{video.stem}.eaf", "b.eaf"]
    eaf = Eaf(tmp_path / f"eaf/{video.stem}.eaf")
    assert list(eaf.get_tier_names()) == ["signing", "speaking", "other"]
    assert not eaf.timeslots
    (linked,) = eaf.get_linked_files()
    assert (linked["MEDIA_URL"], linked["RELATIVE_MEDIA_URL"]) == (f"file://{video}", f"../videos/in/{video.name}")
    named = templates("videos", "--out", "own", "--tiers", "signing=RH-gloss", "speaking=voice", folder=tmp_path)
    assert named.returncode == 0, named.stderr
    assert list(Eaf(tmp_path / f"own/{video.stem}.eaf").get_tier_names()) == ["RH-gloss", "voice", "other"]
    again = templates("videos", "--out", "eaf", folder=tmp_path)
    assert again.returncode == 0
    assert "0 templates are written" in again.stdout


def test_a_file_that_begins_with_a_dash_is_no_option(tmp_path: Path) -> None:
    """yt-dlp writes such names for some of YouTube's ids."""
    (tmp_path / "-4wNBktMQpS.mp4").touch()
    done = templates("-4wNBktMQpS.mp4", "--out", "eaf", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "1 templates are written to eaf\n"), done.stderr
    assert (tmp_path / "eaf/-4wNBktMQpS.eaf").exists()
    assert "unrecognized arguments: -x.mp4" in templates("-x.mp4", "v", "--out", "eaf", folder=tmp_path).stderr


def test_two_videos_of_one_name_and_no_video_are_refused(tmp_path: Path) -> None:
    (tmp_path / "videos/in").mkdir(parents=True)
    for name in ("b.mp4", "in/b.mkv"):
        (tmp_path / "videos" / name).touch()
    done = templates("videos", "--out", "eaf", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "error: videos/in/b.mkv: would share eaf/b.eaf with videos/b.mp4; rename one, or give them two folders\n"
    )
    assert not (tmp_path / "eaf").exists()
    nothing = templates("videos/*.webm", "--out", "eaf", folder=tmp_path)
    assert nothing.returncode == 1
    assert nothing.stderr.startswith("error: videos/*.webm: there is no video; name files, folders")


NO_VIDEOS = {
    "notes.txt": (b"hello\n", "the file cannot be opened: Invalid data found when processing input"),
    "long.txt": (b"some words of a text\n" * 5000, "it is a text"),
    "page.png": ((ROOT / "docs/detection-page.png").read_bytes(), "it is a picture"),
    "words.srt": (b"1\n00:00:00,000 --> 00:00:02,000\nhello\n", "the file holds no video stream"),
    "labels.csv": (b"video_id,file,label\n", "the file cannot be opened: Invalid data found when processing input"),
}


@pytest.mark.parametrize("name", NO_VIDEOS)
def test_a_file_that_is_no_video_has_no_template(tmp_path: Path, name: str) -> None:
    content, reason = NO_VIDEOS[name]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "b.mp4").touch()
    done = templates("b.mp4", name, "--out", "eaf", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"error: {name}: is no video ({reason}); name video files, or folders that contain some\n")
    assert not (tmp_path / "eaf").exists()


def test_a_video_with_an_unknown_suffix_has_a_template(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", 3).rename(tmp_path / "a.odd")
    done = templates("a.odd", "--out", "eaf", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "eaf/a.eaf").exists()


def test_files_folders_and_patterns_name_each_video_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.mp4", "a [1].mp4", "in/c.MKV", "in/c.eaf", "odd.xyz", ".hidden.mp4", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    found = named_videos(["odd.xyz", "a [1].mp4", "*.mp4", ".", str(tmp_path / "**/*.MKV")])
    names = [str(path) for path in found]
    assert names == ["odd.xyz", "a [1].mp4", "b.mp4", "in/c.MKV"]
    assert other_files(["odd.xyz", ".", "in", "*.eaf"]) == ["in/c.eaf", "odd.xyz"]

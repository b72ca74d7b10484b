"""Other programs' forms, read back by this project and by others, and clips compared frame by frame."""

import os
import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
import webvtt
from made_eaf import MadeEaf, media
from made_videos import write_video
from places import SCRIPTS
from pympi.Elan import Eaf
from pympi.Praat import TextGrid
from quick_start import run_python

from signwild.annotation.convert import read_source
from signwild.annotation.edit_list import write_edit_list
from signwild.annotation.spans_files import read_spans
from signwild.annotation.textgrid import read_text_grid, write_text_grid
from signwild.annotation.tier_names import read_tiers
from signwild.base.errors import InputError, UnusableVideo
from signwild.configuration.sections.dataset import Tiers
from signwild.video.clips import ClipCutter

PROGRAM = SCRIPTS / "convert_annotations.py"

LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "RH ""strong"""
        xmin = 0
        xmax = 2.3
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.25
            text = "GĦID 5"
        intervals [2]:
            xmin = 1.25
            xmax = 2.3
            text = ""
    item [2]:
        class = "TextTier"
        name = "points"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 1
            mark = "x"
'''

SHORT = '"ooTextFile"\n"TextGrid"\n0\n2.3\n<exists>\n1\n"IntervalTier"\n"RH ""strong"""\n0\n2.3\n2\n'
SHORT += '0\n1.25\n"GĦID 5"\n1.25\n2.3\n""\n'


@pytest.mark.parametrize("text", [LONG, f"File type = {SHORT}"], ids=["long", "short"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_praats_forms_are_read(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text(text, encoding=encoding)
    tiers = read_text_grid(path)
    assert tiers['RH "strong"'] == [(0, 1.25, "GĦID 5")]
    found = read_spans(path, read_tiers(['signing=RH "strong"'], "--tiers"))
    assert found.spans["signing"].tolist() == [[0, 1250]]


@pytest.mark.parametrize("text", ["", "no file", LONG[:300], LONG.replace("TextGrid", "Pitch"), SHORT[:-8]])
def test_what_is_no_text_grid_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.TextGrid"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.TextGrid: is no TextGrid file"):
        read_text_grid(path)


def test_what_is_written_for_praat_is_read_by_pympi(tmp_path: Path) -> None:
    path = tmp_path / "a.TextGrid"
    tiers = {"signing": [(0.5, 1, 'a "b"'), (1, 2, "c")], "empty": []}
    write_text_grid(path, tiers, 3)
    assert read_text_grid(path) == {"signing": tiers["signing"]} | {"empty": []}
    # Praat's tiers have no gaps: before, the two, and after.
    assert [line.strip() for line in path.read_text().splitlines() if "size = " in line][1:] == [
        "intervals: size = 4",
        "intervals: size = 1",
    ]
    foreign = TextGrid(str(path))
    rows = list(foreign.get_tier("signing").get_all_intervals())
    assert [(start, end, text.replace('""', '"')) for start, end, text in rows] == [
        (0, 0.5, ""),
        (0.5, 1, 'a "b"'),
        (1, 2, "c"),
        (2, 3, ""),
    ]


def test_an_edit_list_has_timecodes_that_follow_one_another(tmp_path: Path) -> None:
    path = tmp_path / "a.edl"
    write_edit_list(path, "talk", "talk one.mp4", [(0, 1000), (3_600_020, 3_661_500), (5_000_000, 5_000_010)], 25)
    assert path.read_bytes().decode().split("\r\n") == [
        "TITLE: talk",
        "FCM: NON-DROP FRAME",
        "",
        "001  AX       V     C        00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00",
        "* FROM CLIP NAME: talk one.mp4",
        "002  AX       V     C        01:00:00:01 01:01:01:13 00:00:01:00 00:01:02:12",
        "* FROM CLIP NAME: talk one.mp4",
        "",
    ]
    with pytest.raises(InputError, match="1,000 parts are more than the 999"):
        write_edit_list(path, "t", "c", [(2000 * n, 2000 * n + 1000) for n in range(1000)], 25)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of ten seconds with a key frame every two, its annotations, and a file whose video is gone."""
    folder = tmp_path_factory.mktemp("convert")
    (folder / "in").mkdir()
    write_video(folder / "in/talk.mp4", 250, "25", "-g", "50", "-bf", "2", "-sc_threshold", "0")
    made = MadeEaf(media("file:///gone/talk.mp4", "./talk.mp4"))
    made.tier("signing", (500, 3100), (6020, 7000)).tier("speaking", (3100, 6020)).write(folder / "in/talk.eaf")
    MadeEaf(media("file:///gone/v.mp4")).tier("signing", (0, 1500)).write(folder / "gone/v.eaf")
    return folder


def test_times_are_those_of_the_linked_video_that_is_there(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "in/talk.mp4", tmp_path)
    linked = media("file:///gone/a.mp4", origin="250"), media("file:///gone/talk.mp4", "./talk.mp4", origin="3000")
    path = MadeEaf(*linked).tier("signing", (500, 1500)).write(tmp_path / "two.eaf")
    source = read_source(path, Tiers())
    assert source.video == tmp_path / "talk.mp4"
    assert source.annotated.spans["signing"].tolist() == [[3500, 4500]]


def run(folder: Path, *words: object) -> subprocess.CompletedProcess:
    return run_python([PROGRAM, *words], folder, os.environ)


def test_every_form_says_the_same(folder: Path) -> None:
    done = run(folder, "in", "--to", "csv", "vtt", "textgrid", "edl", "eaf", "--out", "all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 files written to all" in done.stdout
    original = read_spans(folder / "in/talk.eaf", Tiers()).spans
    for suffix in (".csv", ".vtt", ".TextGrid", ".eaf"):
        found = read_spans(folder / f"all/talk{suffix}", Tiers()).spans
        assert all(np.array_equal(found[label], original[label]) for label in original), suffix
    assert [cue.text for cue in webvtt.read(str(folder / "all/talk.vtt"))] == ["signing", "speaking", "signing"]
    assert Eaf(folder / "all/talk.eaf").get_annotation_data_for_tier("speaking")[0][:2] == (3100, 6020)
    assert "* FROM CLIP NAME: talk.mp4" in (folder / "all/talk.edl").read_text()
    again = run(folder, "in/talk.eaf", "--to", "csv", "--out", "all")
    assert again.returncode == 1
    assert "failed: all/talk.csv: is there already; remove it, or give another folder with --out" in again.stdout


def frames(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as container:
        return [(frame.time, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def test_clips_are_the_frames_of_the_video_at_the_times_of_the_table(folder: Path) -> None:
    done = run(folder, "in", "--to", "clips", "--out", "cut")
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_csv(folder / "cut/talk.clips.csv")
    assert table["signing_start_s"].tolist() == [0.5, 6.02]
    # A key frame every two seconds, and frames of 40 ms.
    assert table["start_s"].tolist() == [0, 6]
    assert all((table["end_s"] >= table["signing_end_s"]) & (table["end_s"] < table["signing_end_s"] + 0.2))
    source = frames(folder / "in/talk.mp4")
    for row in table.itertuples():
        clip = frames(folder / "cut" / row.clip)
        own = [picture for time, picture in source if row.start_s - 0.01 < time < row.end_s - 0.01]
        assert len(clip) == row.frames == len(own)
        assert clip[0][0] == pytest.approx(0, abs=0.1)
        assert all(np.array_equal(picture, other) for (_, picture), other in zip(clip, own, strict=True))


def test_frames_that_need_what_is_before_the_key_frame_are_left_out(tmp_path: Path) -> None:
    options = "-x264-params", "open-gop=1:keyint=50:min-keyint=50:scenecut=0:bframes=3:b-adapt=0"
    write_video(tmp_path / "v.mp4", 200, "25", *options)
    clip = ClipCutter(tmp_path / "v.mp4").cut(4.1, 5, tmp_path / "c.mp4")
    own = [picture for time, picture in frames(tmp_path / "v.mp4") if clip.start_s - 0.01 < time < clip.end_s - 0.01]
    found = frames(tmp_path / "c.mp4")
    assert 3.9 < clip.start_s <= 4.1
    assert len(found) == clip.frames == len(own)
    assert all(np.array_equal(picture, other) for (_, picture), other in zip(found, own, strict=True))


def test_a_video_that_begins_without_a_key_frame_is_said(tmp_path: Path) -> None:
    write_video(tmp_path / "whole.avi", 100, "25", "-g", "25", "-bf", "0")
    with av.open(str(tmp_path / "whole.avi")) as source, av.open(str(tmp_path / "v.avi"), "w") as target:
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in [packet for packet in source.demux(video=0) if packet.size][3:]:
            packet.stream = track
            target.mux(packet)
    (tmp_path / "v.csv").write_text("start_s,end_s,label\n0.2,0.6,signing\n0.8,1.6,signing\n2.2,2.4,signing\n")
    done = run(tmp_path, "v.csv", "--to", "clips", "--out", "cut")
    assert done.returncode == 1
    assert "failed: v.avi: has no key frame until 1.000 s, so 0.200-0.600 s cannot be cut; cut it in" in done.stdout
    table = pd.read_csv(tmp_path / "cut/v.clips.csv", keep_default_na=False)
    assert table["start_s"].tolist() == [1, 2]
    assert table["note"].tolist() == ["begins after the signing, as the video has no key frame before it", ""]
    assert [len(frames(tmp_path / "cut" / clip)) for clip in table["clip"]] == [15, 10]


def test_a_video_that_is_gone_is_named_and_the_others_go_on(folder: Path) -> None:
    done = run(folder, "gone", "in", "--to", "eaf", "clips", "csv", "--out", "some")
    assert done.returncode == 1
    assert "failed: gone/v.eaf: an .eaf file needs its video, which is neither linked nor beside it" in done.stdout
    assert "failed: gone/v.eaf: cutting clips needs its video" in done.stdout
    assert sorted(path.name for path in (folder / "some").glob("*.*")) == [
        "talk.clips",
        "talk.clips.csv",
        "talk.csv",
        "talk.eaf",
        "v.csv",
    ]


def test_what_cannot_be_cut_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    with pytest.raises(UnusableVideo, match="undecodable"):
        ClipCutter(tmp_path / "a.mp4")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing", "--to", "csv"), "error: nothing: there is no file with one of the suffixes .eaf"),
        (("in", "--to", "edl", "--rate", "0"), "error: --rate 0: timecodes count one frame a second or more"),
        (
            ("in", "--to", "csv", "--tiers", "gloss=a"),
            'error: --tiers "gloss=a": give a class (signing, speaking, other) and its tier',
        ),
    ],
)
def test_bad_input_is_one_error(folder: Path, words: tuple[str, ...], message: str) -> None:
    done = run(folder, *words)
    assert done.returncode == 1
    assert done.stderr.startswith(message)

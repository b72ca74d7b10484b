"""Results of a detection: tables, JSON, subtitles, the picture and the pages, as files that others can read."""

import json
import os
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
import webvtt
from made_detection import HOSTILE_NAME, made_detection
from matplotlib.colors import to_rgb

from signwild.configuration.sections.detection import Decision
from signwild.drawing.colors import CLASS_COLORS
from signwild.stages.detector.detected_video import DetectedVideo
from signwild.stages.detector.pages import SummaryRow, write_summary, write_video_page
from signwild.stages.detector.telling import tell_result
from signwild.stages.detector.timeline import CURVE_POINTS, clock, draw_timeline, thinned, tick_times
from signwild.stages.detector.writers import as_json, write_json, write_segments, write_vtt, write_windows

HOURS = 36000.0
NO_UTF8 = os.fsdecode(b"caf\xe9.mp4")


def write_all(detected: DetectedVideo, folder: Path) -> dict[str, bytes]:
    """Write every file about one video, and return them by name."""
    write_windows(detected, folder / "windows")
    write_segments(detected, folder / "segments.csv")
    write_json(detected, folder / "detection.json")
    write_vtt(detected, folder / "segments.vtt")
    draw_timeline(detected, folder / "timeline.png")
    write_video_page(detected, folder / "page.html", detected.video)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def attributes(page: Path, tag: str, name: str) -> list[str]:
    """Return an attribute of all elements of a page with this tag, unescaped."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, element: str, values: list) -> None:
            found.extend(value for key, value in values if (element, key) == (tag, name))

    Reader().feed(page.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def long_video() -> DetectedVideo:
    """Ten hours in 180,000 windows and some 4,000 segments."""
    random = np.random.default_rng(1)
    starts = np.unique(random.uniform(4, HOURS, 4000).round(1)).tolist()
    labels = random.choice(list(CLASS_COLORS), len(starts)).tolist()
    detected = made_detection(spans=[(0.0, "other"), *zip(starts, labels, strict=True)], duration_s=HOURS)
    assert len(detected.windows) == 180_000
    return detected


@pytest.mark.parametrize("duration_s", [0.0, 20.0])
def test_files_are_the_same_each_time(tmp_path: Path, duration_s: float) -> None:
    detected = made_detection(duration_s=duration_s, spans=[(0.0, "signing")] if duration_s else [])
    first = write_all(detected, tmp_path / "first")
    assert len(first) == 7
    assert first == write_all(detected, tmp_path / "again")


def test_windows_are_rounded_to_be_read_and_whole_to_be_computed_with(tmp_path: Path) -> None:
    detected = made_detection()
    write_windows(detected, tmp_path / "a.mp4")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.mp4.parquet"), detected.windows)
    lines = (tmp_path / "a.mp4.csv").read_text().splitlines()
    assert lines[0] == "frame,time_s,p_signing,p_speaking,p_other,label"
    assert lines[1] == "0,0.100,0.0228,0.0307,0.9464,other"
    assert len(lines) == 101


def test_segments_are_a_table(tmp_path: Path) -> None:
    write_segments(made_detection(), tmp_path / "segments.csv")
    assert (tmp_path / "segments.csv").read_text().splitlines() == [
        "start_s,end_s,label,probability,unsure",
        "0.000,5.000,other,0.9300,False",
        "5.000,12.500,signing,0.8533,False",
        "12.500,15.000,speaking,0.7767,False",
        "15.000,20.000,signing,0.7000,False",
    ]


@pytest.mark.parametrize("video", [HOSTILE_NAME, NO_UTF8])
def test_json_is_strict_and_holds_what_was_found(tmp_path: Path, video: str) -> None:
    detected = made_detection(Path("/videos") / video, fps=float("nan"), flags=["it ends early"])
    write_json(detected, tmp_path / "a.json")
    content = json.loads((tmp_path / "a.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert content["file"] == (HOSTILE_NAME if video == HOSTILE_NAME else "caf\ufffd.mp4")
    assert content["fps"] is None
    expected = {"duration_s": 20.0, "verdict": "signing", "signing_share": 0.625, "flags": ["it ends early"]}
    expected |= {"width": 128, "height": 96, "detector": "demo 1f2e3d4c", "variant": "rgb_flow"}
    assert {name: content[name] for name in expected} == expected
    assert content["signing_probability"] == pytest.approx(detected.signing_probability, abs=1e-4)
    expected = {"start_s": 5.0, "end_s": 12.5, "label": "signing", "probability": 0.8533, "unsure": False}
    assert content["segments"][1] == expected


def test_the_terminal_is_told_verdict_and_first_stretches(tmp_path: Path) -> None:
    told = tell_result(as_json(made_detection()), Path("found/interview/index.html"))
    assert told == (
        "interview.mp4: a video of signing (62.5% of 0:20), 0:05.0-0:12.5 (85%), 0:15.0-0:20.0 (70%); "
        "page: found/interview/index.html"
    )
    spans = [(float(start), "signing" if start % 2 else "other") for start in range(30)]
    many = tell_result(as_json(made_detection(spans=spans, duration_s=30.0)), Path("found/interview/index.html"))
    assert many.count("-0:") == 10
    assert ", and 5 more: segments.csv; page: " in many
    empty = made_detection(spans=[], duration_s=0.0)
    told = tell_result(as_json(empty), tmp_path / "a.html")
    assert told.startswith("interview.mp4: not a video of signing (0.0% of 0:00)")


def test_a_page_is_named_from_the_current_folder_or_else_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    result = as_json(made_detection())
    for page, named in (
        (tmp_path / "here/found/a/index.html", "found/a/index.html"),
        (Path("../found/a/index.html"), f"{tmp_path}/found/a/index.html"),
        (tmp_path / "hereafter/index.html", f"{tmp_path}/hereafter/index.html"),
    ):
        assert tell_result(result, page).endswith(f"; page: {named}")


def test_the_page_tells_how_the_curve_becomes_segments(tmp_path: Path) -> None:
    for decision, told in (
        (Decision(signing_threshold=0.7), "dotted line (70%)."),
        (
            Decision(signing_threshold=0.7, smoothing_s=2, merge_gap_s=1, min_length_s=4),
            "averaged over 2.0 s; pauses of up to 1.0 s are closed; stretches of less than 4.0 s are joined to a "
            "neighbour.",
        ),
    ):
        write_video_page(made_detection(decision=decision), tmp_path / "page.html", "interview.mp4")
        assert told in (tmp_path / "page.html").read_text()


def test_subtitles_have_a_cue_for_each_segment_also_after_an_hour(tmp_path: Path) -> None:
    spans = [(0.0, "other"), (1.0004, "speaking"), (1.00041, "signing"), (3599.9996, "speaking"), (35000.25, "other")]
    detected = made_detection(spans=spans, duration_s=HOURS, detector="a --> b\n\n1f2e")
    write_vtt(detected, tmp_path / "a.vtt")
    read = webvtt.from_string((tmp_path / "a.vtt").read_text(), strict=True)
    assert read.header_comments == ["Signing in the Wild, detector a → b 1f2e, rgb_flow"]
    # A segment shorter than a millisecond becomes no cue.
    assert [(str(cue.start), str(cue.end), cue.text) for cue in read] == [
        ("00:00:00.000", "00:00:01.000", "other (93%)"),
        ("00:00:01.000", "01:00:00.000", "signing (82%)"),
        ("01:00:00.000", "09:43:20.250", "speaking (76%)"),
        ("09:43:20.250", "10:00:00.000", "other (70%)"),
    ]


def test_the_picture_shows_the_share_of_each_class(tmp_path: Path) -> None:
    columns = {}
    for name, change in {"one": 12.5, "other": 7.5}.items():
        spans = [(0.0, "other"), (5.0, "signing"), (change, "speaking")]
        draw_timeline(made_detection(HOSTILE_NAME, spans), tmp_path / f"{name}.png")
        picture = matplotlib.image.imread(tmp_path / f"{name}.png")[..., :3]
        own = {label: np.abs(picture - to_rgb(color)).max(axis=2) < 0.02 for label, color in CLASS_COLORS.items()}
        columns[name] = {label: found.sum(axis=1).max() for label, found in own.items()}
    assert columns["one"]["signing"] == pytest.approx(1.5 * columns["one"]["other"], rel=0.03)
    assert columns["other"]["signing"] == pytest.approx(0.5 * columns["other"]["other"], rel=0.03)


def test_a_moment_of_signing_in_ten_hours_is_in_the_picture(tmp_path: Path) -> None:
    draw_timeline(
        made_detection(spans=[(0.0, "other"), (9000.0, "signing"), (9002.0, "other")], duration_s=HOURS),
        tmp_path / "a.png",
    )
    band = matplotlib.image.imread(tmp_path / "a.png")[:, 50:, :3]
    grey = np.abs(band - to_rgb(CLASS_COLORS["other"])).max(axis=2) < 0.02
    row = band[np.flatnonzero(grey.mean(axis=1) > 0.8)[5]]
    assert (row[:, 2] - row[:, 0] > 0.2).any()


def test_curves_are_thinned_to_means(long_video: DetectedVideo) -> None:
    (curves,) = thinned(long_video.windows)
    assert len(curves) == CURVE_POINTS
    assert curves["time_s"].is_monotonic_increasing
    pd.testing.assert_series_equal(
        curves.iloc[1], long_video.windows.iloc[90:180][curves.columns].mean(), check_names=False
    )
    assert len(thinned(long_video.windows[:CURVE_POINTS])[0]) == CURVE_POINTS


def test_times_are_those_of_a_clock() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 187, 3600, HOURS)] == [
        "0:00",
        "1:00",
        "3:07",
        "1:00:00",
        "10:00:00",
    ]
    assert [clock(seconds, 1) for seconds in (0, 59.96, 3723.25)] == ["0:00.0", "1:00.0", "1:02:03.2"]
    assert tick_times(3, 12).tolist() == [0, 1, 2, 3]
    assert tick_times(HOURS, 12).tolist() == list(range(0, 36001, 3600))
    assert tick_times(0, 12).tolist() == [0]


def test_the_page_of_ten_hours_is_small(tmp_path: Path, long_video: DetectedVideo) -> None:
    write_video_page(long_video, tmp_path / "page.html", "a.mp4")
    assert (tmp_path / "page.html").stat().st_size < 2_000_000
    *lanes, _, _, curve = attributes(tmp_path / "page.html", "path", "d")
    assert sum(lane.count("M") for lane in lanes) == len(long_video.segments)
    assert curve.count("L") == CURVE_POINTS - 1


@pytest.mark.parametrize("name", [HOSTILE_NAME, NO_UTF8, "a:b.mp4"])
def test_links_lead_to_files_of_any_name(tmp_path: Path, name: str) -> None:
    write_video_page(made_detection(name), tmp_path / "page.html", Path("../videos") / name)
    [link] = attributes(tmp_path / "page.html", "video", "src")
    target = urlsplit(urljoin("file:///results/pages/page.html", link))
    assert unquote(target.path, errors="surrogateescape") == f"/results/videos/{name}"
    assert target.query == target.fragment == ""


def test_what_to_look_at_is_listed_first_and_the_failed_last(tmp_path: Path) -> None:
    rows = [
        SummaryRow("b.mp4", error="undecodable: <no> frame"),
        SummaryRow("some.mp4", "some.html", "rest", 0.25, 5.0, 20.0, 0.3, ["One.", "Two."]),
        SummaryRow(HOSTILE_NAME, f"{HOSTILE_NAME}.html", "signing", 0.75, 2700.0, 3600.0, 0.8),
        SummaryRow("a.mp4", error="gone"),
        SummaryRow("half.mp4", "half.html", "unsure", 0.5, 10.0, 20.0, 0.66),
        SummaryRow("none.mp4", None, "rest", 0.0, 0.0, 0.0, 0.0),
        SummaryRow("hardly.mp4", "hardly.html", "unsure", 0.3, 6.0, 20.0, 0.52),
    ]
    decision = Decision(sure_signing_from=0.7, sure_rest_to=0.3)
    write_summary(rows, tmp_path, "demo 1f2e3d4c", "rgb_flow", decision)
    table = pd.read_csv(tmp_path / "summary.csv", keep_default_na=False)
    assert table["file"].tolist() == [
        *("hardly.mp4", "half.mp4", HOSTILE_NAME),
        *("some.mp4", "none.mp4", "a.mp4", "b.mp4"),
    ]
    assert table["signing_share"].tolist() == ["0.3", "0.5", "0.75", "0.25", "0.0", "", ""]
    assert table["signing_probability"].tolist() == ["0.52", "0.66", "0.8", "0.3", "0.0", "", ""]
    assert table["flags"].tolist() == ["", "", "", "One. Two.", "", "", ""]
    assert table["error"].tolist() == [*[""] * 5, "gone", "undecodable: <no> frame"]
    links = [unquote(link) for link in attributes(tmp_path / "index.html", "a", "href")]
    assert links == ["summary.csv", "hardly.html", "half.html", f"{HOSTILE_NAME}.html", "some.html"]
    page = (tmp_path / "index.html").read_bytes()
    assert b"demo 1f2e3d4c, rgb_flow" in page
    assert b"unsure videos first, the most doubtful at the top, then videos of signing, then the others" in page
    write_summary(rows[::-1], tmp_path, "demo 1f2e3d4c", "rgb_flow", decision)
    assert (tmp_path / "index.html").read_bytes() == page

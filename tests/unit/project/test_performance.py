"""Benchmarks: tasks run, ratios are within one round, and the page keeps what is not measured."""

import re
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
from made_faces import draw_faces
from made_videos import write_video
from performance.comparisons import comparisons
from performance.growth_figure import draw_growth
from performance.measuring import ROOT, Use, Work, measure, measure_in_turn, run_measured
from performance.page import read_rows, update_table
from performance.stages import TIMES, growth_row, stages_of_video
from performance.workflow import covered_seconds

from signwild.base.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("materials")


def test_a_stage_is_measured_beside_its_yardsticks(folder: Path) -> None:
    comparison = comparisons(seconds=2, images=128, segments=64)["streams"]
    uses = measure_in_turn(comparison.works, folder, rounds=1)
    assert set(uses) == {"ours", "procedure", "limit"}
    assert len({use.units for (use,) in uses.values()}) == 1
    assert all(use.seconds > 0 for (use,) in uses.values())
    row = comparison.row(uses)
    assert float(row["procedure"]) > 0
    assert row["times faster (goal)"].replace(", missed", "").endswith("(3)")


@pytest.mark.exhaustive  # the tests below write a page, and measure one stage
def test_the_program_writes_its_row_into_a_page_of_empty_tables(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    tables = ("comparisons", "memory", "growth", "workflow")
    page.write_text("".join(f"<!-- {table}: begin -->\n<!-- {table}: end -->\n" for table in tables))
    command = [sys.executable, ROOT / "benchmarks/measure_performance.py", "reads", "--segments", "64", "--rounds", "1"]
    command += ["--folder", tmp_path / "materials", "--page", page]
    subprocess.run(command, check=True)
    (row,) = read_rows(page, "comparisons")
    assert row["measured on"] == "64 segments of 20 x 4,096"
    assert all(float(row[figure]) > 0 for figure in ("ours", "procedure", "limit"))
    assert row["times faster (goal)"].replace(", missed", "").endswith("(20)")
    assert " cores of " in row["measured"]
    assert row["measured"].endswith(", 1 round")
    assert read_rows(page, "growth") == []


def test_a_task_that_fails_says_why(folder: Path) -> None:
    with pytest.raises(RuntimeError, match=r"TypeError: .*unexpected keyword"):
        measure(Work("streams_ours", {"seconds": 0, "minutes": 1}), folder)


def test_ratios_are_taken_round_by_round() -> None:
    uses = {
        "ours": [Use(1, 1, 1), Use(2, 2, 1), Use(4, 4, 1)],
        "procedure": [Use(3, 3, 1), Use(6, 6, 1), Use(20, 20, 1)],
        "limit": [Use(1, 1, 1), Use(1, 1, 1), Use(4, 4, 1)],
    }
    row = comparisons(60, 256, 10_000)["streams"].row(uses)
    assert (row["ours"], row["procedure"], row["limit"]) == ("2", "6", "1")
    assert row["times faster (goal)"] == "3 (3)"
    assert row["of the limit's time (goal)"] == "1.00 (1.25)"
    slower = comparisons(60, 256, 10_000)["streams"].row(uses | {"ours": [Use(2, 2, 1), Use(4, 4, 1), Use(8, 8, 1)]})
    assert slower["times faster (goal)"] == "1.5 (3, missed)"
    assert slower["of the limit's time (goal)"] == "2.00 (1.25, missed)"


def test_the_page_keeps_its_text_and_the_rows_of_other_stages(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    begin, end = "<!-- speed: begin -->", "<!-- speed: end -->"
    other = "<!-- size: begin -->\n<!-- size: end -->"
    page.write_text(f"# Page\n\n{begin}\n{end}\n\nAfter: it.\n{other}\n")
    first = {"stage": "one", "ours": "1", "measured": "today: here"}
    order = ["one", "two", "three"]
    update_table(page, "speed", {"stage": "two", "ours": "2", "measured": "today"}, order)
    update_table(page, "speed", first, order)
    update_table(page, "speed", first | {"ours": "3"}, order)
    update_table(page, "speed", {"stage": "three", "ours": "4", "measured": "today"}, order)
    assert page.read_text() == (
        f"# Page\n\n{begin}\n| stage | ours |\n| --- | --- |\n| one | 3 |\n| two | 2 |\n| three | 4 |\n\n"
        f"- one: today: here\n- two · three: today\n{end}\n\nAfter: it.\n{other}\n"
    )
    update_table(page, "speed", {"stage": "two", "ours": "2", "theirs": "3", "measured": "today"}, order)
    assert read_rows(page, "speed")[0] == first | {"ours": "3", "theirs": "–"}
    assert read_rows(page, "speed")[1]["theirs"] == "3"
    update_table(page, "speed", {"stage": "two", "ours": "2", "measured": "today"}, order)
    assert read_rows(page, "speed")[0] == first | {"ours": "3"}
    assert read_rows(page, "speed")[2]["measured"] == "today"
    assert read_rows(page, "size") == []
    with pytest.raises(InputError, match="lacks the line <!-- cost: begin -->"):
        update_table(page, "cost", first, order)


def test_the_projects_own_page_can_be_read() -> None:
    page = ROOT / "docs/performance.md"
    tables = re.findall(r"^<!-- (\w+): begin -->$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(tables) == 4
    for table in tables:
        rows = read_rows(page, table)
        assert rows
        assert all(re.search(r"\d rounds?$", row["measured"]) for row in rows), table


@pytest.mark.parametrize(
    ("name", "file", "rows"),
    [
        ("resample", "store/resample/*.h5", "frame"),
        ("mhi", "stream.h5", "*/images"),
        ("visual features", "store/features/*.h5", "frame"),
        ("profiles", "store/features/*.h5", "faces"),
        ("frames of learned patches", "store/features/*.h5", "frame"),
    ],
)
def test_a_stage_is_measured_alone(name: str, file: str, rows: str, folder: Path) -> None:
    """Two seconds are ten samples in the results of the stage."""
    use = measure(stages_of_video(2, "720p30")[name], folder)
    assert use.units == 2
    assert use.cpu_s > 0
    (written,) = (folder / "working").glob(file)
    with h5py.File(written) as results:
        held = results[rows.replace("*", next(iter(results)))]
        assert len(held) == 10
        if rows == "faces":
            assert held[0] == 1  # without a face there is nothing to do


@pytest.mark.exhaustive  # the figure of growth is drawn below
def test_growth_is_a_unit_beside_a_unit(folder: Path) -> None:
    row = growth_row("difference", folder, rounds=1, seconds=1, segments=32)
    assert (row["stage"], row["1 time is"]) == ("difference", "1 s of 720p30")
    assert all(float(row[f"{times}, CPU s"]) > 0 for times in TIMES)
    shares = float(row["8, CPU s"]) / float(row["1, CPU s"]) / 8
    assert float(row["a unit at 8, of a unit at 1"]) == pytest.approx(shares, abs=0.03)


def test_the_figure_of_growth_has_a_panel_a_stage(tmp_path: Path) -> None:
    row = {"1 time is": "1 s", **{f"{times}, CPU s": str(times) for times in TIMES}}
    paths = [tmp_path / "once.svg", tmp_path / "again.svg"]
    for path in paths:
        draw_growth([row | {"stage": name} for name in ("one", "two", "three", "four")], path)
    drawn = paths[0].read_text()
    assert drawn == paths[1].read_text()
    titles = [text.strip() for text in re.findall(r"<!-- (.+?) -->", drawn)]
    assert {"one", "two", "three", "four", "times the input"} <= set(titles)


def test_memory_is_that_of_a_process_with_its_children() -> None:
    child = "import time; held = bytearray(200_000_000); time.sleep(1)"
    parent = f"import subprocess, sys; held = bytearray(100_000_000); subprocess.run([sys.executable, '-c', {child!r}])"
    assert 300 < run_measured([sys.executable, "-c", parent]).memory_mb < 400


def test_time_that_spans_cover_counts_once() -> None:
    assert covered_seconds([(5, 7), (0, 2), (1, 3), (6, 6.5)]) == 5
    assert covered_seconds([]) == 0


def test_the_ways_to_search_for_faces_are_compared_by_label(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks/compare_face_search.py"), "--clips", str(tmp_path / "clips")]
    none = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (none.returncode, none.stderr) == (
        1,
        f"error: {tmp_path}/clips: no folder with videos; name a folder of clips\n",
    )
    (tmp_path / "clips").mkdir()
    write_video(tmp_path / "clips/a.mp4", draw_faces(160, 120, [(80, 60)], count=30), "5")
    write_video(tmp_path / "clips/b.mp4", draw_faces(160, 120, [], count=9), "5")
    labels = tmp_path / "labels.csv"
    labels.write_text("file,label\na.mp4,signing\n")
    done = subprocess.run([*command, "--labels", str(labels)], check=True, capture_output=True, text=True)
    rows = [line.strip("|").split("|")[:8] for line in done.stdout.splitlines()[2:]]
    assert rows == [
        ["no label", "1", "3", "0", "100.00%", "100.00%", "0", "0"],
        ["signing", "1", "10", "10", "100.00%", "100.00%", "0", "0"],
        ["all", "2", "13", "10", "100.00%", "100.00%", "0", "0"],
    ]


@pytest.mark.parametrize(("what", "columns"), [("proposals", 8), ("agreement", 5)])
def test_annotations_are_measured(what: str, columns: int) -> None:
    command = [sys.executable, str(ROOT / "benchmarks/measure_annotations.py"), what, "2"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    row = done.stdout.splitlines()[-1].strip("|").split("|")
    assert len(row) == columns
    assert row[0].strip() == "2"

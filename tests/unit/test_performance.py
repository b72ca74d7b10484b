"""The benchmarks: tasks run, ratios are of what was measured in one round, and the page keeps what is not measured."""

from pathlib import Path

import pytest
from performance.comparisons import comparisons
from performance.measuring import Use, Work, measure, measure_in_turn
from performance.page import END, START, update_table

from signwild.errors import InputError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("materials")


@pytest.mark.parametrize("name", ["streams", "reads"])  # the others take minutes
def test_a_stage_is_measured_beside_its_yardsticks(name: str, folder: Path) -> None:
    comparison = comparisons(seconds=2, images=128, segments=64)[name]
    uses = measure_in_turn(comparison.works, folder, rounds=1)
    assert set(uses) == {"ours", "procedure", "limit"}
    assert len({use.units for (use,) in uses.values()}) == 1
    assert all(use.seconds > 0 and use.memory_mb > 10 for (use,) in uses.values())
    row = comparison.row(uses)
    assert float(row["procedure"]) > 0
    assert row["times faster (goal)"].endswith("(3)" if name == "streams" else "(20)")


def test_a_task_that_fails_says_why(folder: Path) -> None:
    with pytest.raises(RuntimeError, match=r"TypeError: .*unexpected keyword"):
        measure(Work("streams_ours", {"seconds": 0, "minutes": 1}), folder)


def test_ratios_are_taken_round_by_round() -> None:
    uses = {
        "ours": [Use(1, 1, 1, 100), Use(2, 2, 1, 120), Use(4, 4, 1, 110)],
        "procedure": [Use(3, 3, 1, 0), Use(6, 6, 1, 0), Use(20, 20, 1, 0)],
        "limit": [Use(1, 1, 1, 0), Use(1, 1, 1, 0), Use(4, 4, 1, 0)],
    }
    row = comparisons(60, 256, 10_000)["streams"].row(uses)
    assert (row["ours"], row["procedure"], row["limit"]) == ("2", "6", "1")
    assert row["times faster (goal)"] == "3 (3)"
    assert row["of the limit's time (goal)"] == "1.00 (1.25)"
    assert row["memory, MB"] == "120"


def test_the_page_keeps_its_text_and_the_rows_of_other_stages(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{START}\n{END}\n\nAfter: it.\n")
    first = {"stage": "one", "ours": "1", "measured": "today: here"}
    order = ["one", "two"]
    update_table(page, {"stage": "two", "ours": "2", "measured": "today"}, order)
    update_table(page, first, order)
    update_table(page, first | {"ours": "3"}, order)
    assert page.read_text() == (
        f"# Page\n\n{START}\n| stage | ours |\n| --- | --- |\n| one | 3 |\n| two | 2 |\n\n"
        f"- one: today: here\n- two: today\n{END}\n\nAfter: it.\n"
    )
    page.write_text("# Page\n")
    with pytest.raises(InputError, match="lacks the lines"):
        update_table(page, first, order)

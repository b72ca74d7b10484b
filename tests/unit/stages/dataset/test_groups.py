"""Groups that folds keep together, by person and by source."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from signwild.base.errors import InputError
from signwild.stages.dataset.groups import check_sources, group_videos


def videos(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Return videos, each given by its id, person and source."""
    return pd.DataFrame(rows, columns=["video_id", "person", "source"])


def parts(table: pd.DataFrame, by: str) -> list[list[str]]:
    """Return the videos of each group."""
    groups = group_videos(table, by)
    assert groups.index.tolist() == table["video_id"].tolist()
    return sorted(sorted(own.index) for _, own in groups.groupby(groups))


MIXED = videos(
    ("a", "anna", "one"),
    ("b", "ben", "one"),
    ("c", "anna", "two"),  # a person in two sources joins them
    ("d", "", "two"),
    ("e", "cleo", "three"),
    ("f", "cleo", ""),  # no source: the person counts, and is in one
    ("g", "dan", ""),
    ("h", "dan", ""),
    ("i", "", ""),
    ("j", "", ""),
)


def test_by_person_a_source_does_not_count():
    assert parts(MIXED, "person") == [["a", "c"], ["b"], ["d"], ["e", "f"], ["g", "h"], ["i"], ["j"]]
    assert group_videos(MIXED, "person").tolist() == [
        "anna",
        "ben",
        "anna",
        "d",
        "cleo",
        "cleo",
        *("dan", "dan", "i", "j"),
    ]


def test_by_source_persons_join_sources_and_are_never_apart():
    assert parts(MIXED, "source") == [["a", "b", "c", "d"], ["e", "f"], ["g", "h"], ["i"], ["j"]]


def test_a_chain_of_persons_and_sources_is_one_group():
    chain = [(f"v{number:02d}", f"p{(number + 1) // 2}", f"s{number // 2}") for number in range(20)]
    shuffled = [chain[position] for position in np.random.default_rng(0).permutation(20)]
    assert len(parts(videos(*shuffled), "source")) == 1
    broken = [row if row[0] != "v09" else ("v09", "", "s4") for row in shuffled]
    assert parts(videos(*broken), "source") == [[f"v{n:02d}" for n in range(10)], [f"v{n:02d}" for n in range(10, 20)]]


def test_a_name_is_a_source_a_person_or_a_video_and_never_two_of_these():
    table = videos(("x", "", ""), ("a", "x", ""), ("b", "", "x"), ("c", "y", "z"))
    assert parts(table, "source") == [["a"], ["b"], ["c"], ["x"]]
    assert group_videos(table, "source").tolist() == ["video x", "person x", "source x", "source z"]


@pytest.mark.parametrize("seed", range(5))
def test_two_videos_are_together_if_and_only_if_something_connects_them(seed):
    random = np.random.default_rng(seed)
    rows = [(f"v{n}", random.choice(["", *"pqrstu"]), random.choice(["", *"ABCDEF"])) for n in range(14)]
    table = videos(*((video, str(person), str(source)) for video, person, source in rows))
    joined = np.eye(len(table), dtype=bool)
    for one, other in combinations(range(len(table)), 2):
        same = any(rows[one][part] and rows[one][part] == rows[other][part] for part in (1, 2))
        joined[one, other] = joined[other, one] = same
    for middle in range(len(table)):
        joined |= np.outer(joined[:, middle], joined[middle])
    groups = group_videos(table, "source").to_numpy()
    assert np.array_equal(groups[:, None] == groups[None], joined)


def test_by_source_some_video_must_have_one(tmp_path, capsys):
    bare = videos(("a", "anna", ""), ("b", "", ""))
    check_sources(tmp_path / "labels.csv", bare, "person")
    said = r"labels\.csv: names no source .* `segments\.group_by` is source; .*, or set `segments\.group_by` to person$"
    with pytest.raises(InputError, match=said):
        check_sources(tmp_path / "labels.csv", bare, "source")
    check_sources(tmp_path / "labels.csv", MIXED, "source")
    assert capsys.readouterr().out == (
        "folds by source: 5 of 10 videos have no source; their person, or the video itself, counts\n"
        "folds by source: 3 sources are in 2 groups, as some share a person\n"
    )

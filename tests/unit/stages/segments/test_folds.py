"""Folds: no group in two, every class in each, and frozen once they are assigned."""

import numpy as np
import pandas as pd
import pytest

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.stages.segments.folds import assign_folds, deal_folds, describe_folds


def segments(*videos: tuple[str, str, str, int]) -> pd.DataFrame:
    """Return segments of videos, each given by its id, group, label and number of segments."""
    rows = [(video, group, label) for video, group, label, count in videos for _ in range(count)]
    return pd.DataFrame(rows, columns=["video_id", "group", "label"])


def random_segments(groups: int = 30, seed: int = 0) -> pd.DataFrame:
    """Return groups of one to three videos with 2 to 12 segments of one or two classes."""
    random = np.random.default_rng(seed)
    return segments(
        *(
            (f"video {group}-{video}", f"group {group}", CLASSES[(group + video) % 3], int(random.integers(2, 13)))
            for group in range(groups)
            for video in range(random.integers(1, 4))
        )
    )


def fold_of(folds: pd.DataFrame) -> dict[str, int]:
    """Return the fold of each video."""
    return dict(zip(folds["video_id"], folds["fold"], strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_groups_stay_together_and_classes_are_even(seed: int) -> None:
    table = random_segments(seed=seed)
    folds = assign_folds(table, 5, seed=0, by="person", known=None)
    assert folds["video_id"].tolist() == sorted(table["video_id"].unique())
    assert (folds.groupby("group")["fold"].nunique() == 1).all()
    counts = pd.crosstab(table["video_id"].map(fold_of(folds)), table["label"])
    assert counts.index.tolist() == [0, 1, 2, 3, 4]
    assert ((counts / counts.mean()).to_numpy() > 0.5).all()
    assert ((counts / counts.mean()).to_numpy() < 1.6).all()


def test_folds_by_video_keep_videos_whole_and_classes_even_but_not_persons() -> None:
    table = random_segments()
    dealt = deal_folds(table, 5, seed=0)
    assert dealt["group"].equals(table["video_id"])
    assert dealt[["video_id", "label"]].equals(table[["video_id", "label"]])
    assert (dealt.groupby("video_id")["fold"].nunique() == 1).all()
    assert (dealt.groupby(table["group"])["fold"].nunique() > 1).any()
    counts = pd.crosstab(dealt["fold"], dealt["label"])
    assert counts.index.tolist() == [0, 1, 2, 3, 4]
    assert ((counts / counts.mean()).to_numpy() > 0.5).all()
    assert deal_folds(table, 5, seed=0).equals(dealt)
    assert not deal_folds(table, 5, seed=100).equals(dealt)
    # Where no person has two videos, these folds are those by person.
    single = table.assign(group=table["video_id"])
    assert fold_of(deal_folds(single, 5, 0)) == fold_of(assign_folds(single, 5, 0, "person", None))


def test_folds_by_video_need_every_class_in_each() -> None:
    few = segments(("a", "a", "signing", 3), ("b", "a", "speaking", 3), ("c", "b", "other", 3), ("d", "b", "other", 3))
    with pytest.raises(InputError, match=r"^folds by video: fold \d has no segment of class"):
        deal_folds(few, 2, 0)


def test_folds_are_a_function_of_the_seed() -> None:
    table = random_segments()
    first = assign_folds(table, 5, seed=0, by="person", known=None)
    assert assign_folds(table, 5, seed=0, by="person", known=None).equals(first)
    assert not assign_folds(table, 5, seed=100, by="person", known=None).equals(first)


def test_known_videos_stay_and_new_groups_join_the_lightest_fold_of_their_class() -> None:
    known = pd.DataFrame(
        [
            *([f"s{fold}", f"s{fold}", fold] for fold in range(3)),
            *([f"p{fold}", f"p{fold}", fold] for fold in range(3)),
            *([f"o{fold}", f"o{fold}", fold] for fold in range(3)),
            ["gone", "gone", 1],
        ],
        columns=["video_id", "group", "fold"],
    )
    table = segments(
        *(("s0", "s0", "signing", 9), ("s1", "s1", "signing", 3), ("s2", "s2", "signing", 5)),
        *(("p0", "p0", "speaking", 1), ("p1", "p1", "speaking", 8), ("p2", "p2", "speaking", 8)),
        *((f"o{fold}", f"o{fold}", "other", 4) for fold in range(3)),
        # Signing: 9, 3, 5. The largest comes first: 4 to fold 1 (7), 3 to fold 2 (8), 2 to fold 1.
        *(("new2", "new2", "signing", 2), ("new4", "new4", "signing", 4), ("new3", "new3", "signing", 3)),
        ("newp", "newp", "speaking", 1),
        # A new video of a known person.
        ("more", "s2", "other", 6),
    )
    folds = fold_of(assign_folds(table, 3, seed=0, by="person", known=known))
    assert {name: folds[name] for name in ("new4", "new3", "new2", "newp", "more")} == {
        "new4": 1,
        "new3": 2,
        "new2": 1,
        "newp": 0,
        "more": 2,
    }
    assert {name: fold for name, fold in folds.items() if name in set(known["video_id"])} == fold_of(known)


def test_frozen_folds_are_those_of_the_first_run_whatever_the_seed() -> None:
    table = random_segments()
    first = assign_folds(table, 5, seed=0, by="person", known=None)
    assert assign_folds(table, 5, seed=9, by="person", known=first).equals(first)


@pytest.mark.parametrize(("before", "now"), [("person", "source"), ("source", "person")])
def test_groups_of_another_kind_name_refold(before: str, now: str) -> None:
    table = random_segments()
    known = assign_folds(table, 5, seed=0, by=before, known=None)
    assert set(known["group_by"]) == {before}
    with pytest.raises(
        InputError,
        match=rf"^segments\.group_by is {now}, but the frozen folds of this run are by {before}; .*`make refold`",
    ):
        assign_folds(table, 5, seed=0, by=now, known=known)


def test_by_source_known_videos_stay_though_their_group_has_another_name() -> None:
    videos = [(f"{label} {number}", f"{label} {number}", label, 4) for label in CLASSES for number in range(4)]
    first = assign_folds(segments(*videos), 2, seed=0, by="source", known=None)
    before = fold_of(first)
    # A new video joins a known one to a new source, whose name the group has now.
    renamed = [("signing 0", "zoo", "signing", 4), *videos[1:], ("new", "zoo", "signing", 40)]
    after = fold_of(assign_folds(segments(*renamed), 2, seed=0, by="source", known=first))
    assert after["new"] == before["signing 0"]
    assert {name: after[name] for name in before} == before
    # A known group whose videos have gone is known by its name.
    gone = [*videos[1:], ("back", "signing 0", "signing", 40), ("more", "more", "signing", 4)]
    assert fold_of(assign_folds(segments(*gone), 2, seed=0, by="source", known=first))["back"] == before["signing 0"]


def test_by_source_known_groups_of_two_folds_are_not_joined_silently() -> None:
    videos = [(f"{label} {number}", f"{label} {number}", label, 4) for label in CLASSES for number in range(4)]
    known = assign_folds(segments(*videos), 2, seed=0, by="source", known=None)
    folds = fold_of(known)
    apart = next(name for name in folds if name.startswith("signing") and folds[name] != folds["signing 0"])
    joined = [(video, apart if video == "signing 0" else group, *rest) for video, group, *rest in videos]
    with pytest.raises(
        InputError, match=rf"^{apart}: has videos in the frozen folds 0 and 1, as its sources share .*`make refold`"
    ):
        assign_folds(segments(*joined), 2, seed=0, by="source", known=known)


@pytest.mark.parametrize("folds", [4, 6])
def test_another_number_of_folds_names_refold(folds: int) -> None:
    table = random_segments()
    known = assign_folds(table, 5, seed=0, by="person", known=None)
    with pytest.raises(
        InputError, match=rf"^segments\.folds is {folds}, but the frozen folds of this run are 5; .*`make refold`"
    ):
        assign_folds(table, folds, seed=0, by="person", known=known)


def test_classes_of_fewer_groups_than_folds_are_named() -> None:
    videos = [(f"{label} {number}", f"{label} {number}", label, 4) for label in CLASSES for number in range(3)]
    # Three speaking videos, but of two persons.
    videos[4] = ("speaking 1", "speaking 0", "speaking", 4)
    with pytest.raises(
        InputError,
        match=r"^segments\.folds is 3, but fewer groups of videos have segments of speaking \(2\); "
        r"add videos of other persons for each of these classes, or lower segments",
    ):
        assign_folds(segments(*videos), 3, seed=0, by="person", known=None)
    assert assign_folds(segments(*videos), 2, seed=0, by="person", known=None)["fold"].nunique() == 2
    nobody = [video for video in videos if video[2] != "other"]
    with pytest.raises(InputError, match=r"segments of speaking \(2\) and other \(0\); add"):
        assign_folds(segments(*nobody), 3, seed=0, by="person", known=None)


def test_a_fold_that_lost_a_class_is_named() -> None:
    videos = [(f"{label} {number}", f"{label} {number}", label, 4) for label in CLASSES for number in range(4)]
    known = assign_folds(segments(*videos), 2, seed=0, by="person", known=None)
    lost = {name for name, fold in fold_of(known).items() if fold == 1 and name.startswith("speaking")}
    left = [video for video in videos if video[0] not in lost]
    with pytest.raises(InputError, match=r"^fold 1 has no segment of class speaking; .*`make refold`"):
        assign_folds(segments(*left), 2, seed=0, by="person", known=known)


def test_the_balance_counts_segments_videos_and_groups() -> None:
    table = segments(("a", "x", "signing", 3), ("b", "x", "signing", 2), ("c", "y", "other", 1), ("d", "z", "other", 1))
    table["fold"] = [0] * 5 + [1] * 2
    assert describe_folds(table).values.tolist() == [
        [0, "signing", 5, 2, 1],
        [0, "speaking", 0, 0, 0],
        [0, "other", 0, 0, 0],
        [1, "signing", 0, 0, 0],
        [1, "speaking", 0, 0, 0],
        [1, "other", 2, 2, 2],
    ]

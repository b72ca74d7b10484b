"""Choices for the pictures: by the stated rule, and the same for any order of the rows."""

import numpy as np
import pandas as pd
import pytest

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.stages.illustration.choices import choose_examples, choose_predictions, choose_videos


def segments(rows: list[tuple[str, str, str, int]]) -> pd.DataFrame:
    """Return segments from rows of (video_id, group, label, count)."""
    return pd.DataFrame(
        [(video, group, 10 * k, label) for video, group, label, count in rows for k in range(count)],
        columns=["video_id", "group", "start_frame", "label"],
    )


def predictions(rows: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    """Return predictions from (video_id, label, predicted class, its probability); the other classes share the rest."""
    table = pd.DataFrame(
        [(video, 100 * k, label) for k, (video, label, _, _) in enumerate(rows)],
        columns=["video_id", "start_frame", "label"],
    )
    for name, column in zip(CLASSES, PROBABILITIES, strict=True):
        table[column] = [p if predicted == name else (1 - p) / 2 for _, _, predicted, p in rows]
    return table


def test_examples_are_of_different_groups_then_of_different_videos() -> None:
    rows = [(f"a{k}", "a", "signing", 20) for k in range(3)]
    table = segments([*rows, ("b", "b", "signing", 2), ("c", "c", "signing", 2)])
    assert set(choose_examples(table, 3)["group"]) == {"a", "b", "c"}
    assert choose_examples(table, 7)["group"].value_counts().to_dict() == {"a": 3, "b": 2, "c": 2}
    assert set(choose_examples(table, 7)["video_id"]) == {"a0", "a1", "a2", "b", "c"}
    assert len(choose_examples(table, 100).drop_duplicates()) == 64


def test_examples_stand_in_the_order_of_the_classes_and_follow_no_order_of_rows() -> None:
    table = segments([(f"{label}{k}", f"{label}{k}", label, 5) for label in reversed(CLASSES) for k in range(4)])
    chosen = choose_examples(table, 2)
    assert chosen["label"].tolist() == [name for name in CLASSES for _ in range(2)]
    shuffled = table.sample(frac=1, random_state=np.random.RandomState(3))
    assert choose_examples(shuffled, 2).equals(chosen)


def test_a_new_video_does_not_change_which_segment_an_old_one_shows() -> None:
    old = segments([("a", "a", "other", 20)])
    first = choose_examples(old, 1)
    both = choose_examples(pd.concat([old, segments([("b", "b", "other", 20)])]), 2)
    assert first.iloc[0].tolist() in both.values.tolist()


def test_right_predictions_are_of_median_confidence_and_mistakes_the_surest_of_each_pair() -> None:
    table = predictions(
        [
            *[("r", "signing", "signing", p) for p in (0.9, 0.6, 0.7)],
            ("s", "speaking", "speaking", 0.8),
            ("m1", "signing", "other", 0.6),
            ("m2", "signing", "other", 0.8),
            ("m3", "other", "signing", 0.99),
        ]
    )
    chosen = choose_predictions(table, 8)
    assert chosen["video_id"].tolist() == ["r", "s", "m2", "m3", "m1"]
    assert chosen["predicted"].tolist() == ["signing", "speaking", "other", "signing", "other"]
    assert chosen["p_signing"].iloc[0] == pytest.approx(0.7)
    assert choose_predictions(table, 4)["video_id"].tolist() == ["r", "s", "m2", "m3"]


def test_a_mistake_in_a_video_that_is_not_shown_comes_first() -> None:
    table = predictions([("r", "other", "other", 0.9), ("r", "other", "signing", 0.9), ("q", "other", "signing", 0.5)])
    assert choose_predictions(table, 2)["video_id"].tolist() == ["r", "q"]
    assert len(choose_predictions(table, 8)) == 3


def test_where_all_is_right_nothing_else_is_shown() -> None:
    table = predictions([("a", name, name, 0.9) for name in CLASSES])
    assert choose_predictions(table, 8)["label"].tolist() == list(CLASSES)


def test_videos_with_more_classes_come_first_then_the_classes_in_turn() -> None:
    rows = [(f"{label}{k}", "g", label, 2) for label in CLASSES for k in range(3)]
    table = segments([*rows, ("two", "g", "speaking", 3), ("two", "g", "other", 1)])
    chosen = choose_videos(table, 7)
    assert chosen[0] == "two"
    assert [video[:-1] for video in chosen[1:]] == [*CLASSES, *CLASSES]
    assert choose_videos(table.iloc[::-1], 7) == chosen
    assert len(choose_videos(table, 99)) == 10

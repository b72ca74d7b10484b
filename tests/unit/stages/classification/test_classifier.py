"""The classifier of vectors: its draws, splits, choices and remarks, by hand and on small made-up vectors."""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from signwild.configuration.sections.classifier import (
    AnyClassifier,
    ForestClassifier,
    LogisticClassifier,
    NeighboursClassifier,
    SvmClassifier,
)
from signwild.stages.classification.classifier import draw_rows, even_shares, fit_classifier, inner_splits

SVM = SvmClassifier(kind="svm", components=None, c=[1.0], gamma=[1.0])

KINDS: dict[str, AnyClassifier] = {
    "svm": SvmClassifier(kind="svm", c=[1.0, 10.0], gamma=[0.1, 1.0]),
    "forest": ForestClassifier(kind="forest", trees=8, leaf_segments=[1, 3]),
    "neighbours": NeighboursClassifier(kind="neighbours", neighbours=[1, 5]),
    "logistic": LogisticClassifier(kind="logistic", c=[0.01, 1.0]),
}

EVEN = np.full(3, 1 / 3)


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def made(groups: int = 24, each: int = 8, skill: float = 2.0, identity: float = 0.0, width: int = 8) -> tuple:
    """Return vectors, classes and groups: noise, the class's pattern, and the group's pattern."""
    random = np.random.default_rng(0)
    members = np.repeat(np.arange(groups), each)
    vectors = random.normal(size=(len(members), width)) + skill * random.normal(size=(3, width))[members % 3]
    vectors += identity * random.normal(size=(groups, width))[members]
    return vectors.astype(np.float32), members % 3, members


def loss(probabilities: np.ndarray, classes: np.ndarray) -> float:
    """Return the mean cross-entropy with the natural logarithm."""
    return float(-np.log(probabilities[np.arange(len(classes)), classes]).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_and_gives_probabilities(kind: str) -> None:
    vectors, classes, groups = made(groups=45)
    seen = groups < 30
    fitted = fit_classifier(KINDS[kind], vectors[seen], classes[seen], groups[seen], EVEN, 1)
    probabilities = fitted.probabilities(vectors[~seen])
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert np.mean(probabilities.argmax(axis=1) == classes[~seen]) > 0.9
    assert fitted.accuracy > 0.9
    assert loss(probabilities, classes[~seen]) < 0.5
    again = fit_classifier(KINDS[kind], vectors[seen], classes[seen], groups[seen], EVEN, 1)
    assert np.array_equal(again.probabilities(vectors[~seen]), probabilities)


def test_the_candidate_that_holds_for_other_groups_is_chosen() -> None:
    # A ring about a disk: a kernel that is too wide sees a plane, and one too narrow every group by itself.
    random = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 10)
    classes, angles = groups % 2, random.uniform(0, 2 * np.pi, 400)
    radii = 1 + classes + 0.2 * random.normal(size=400)
    vectors = np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])
    for order in ([1e-4, 1.0, 1e4], [1e4, 1e-4, 1.0]):
        parameters = SvmClassifier(kind="svm", components=None, c=[1.0], gamma=order)
        assert fit_classifier(parameters, vectors, classes, groups, np.full(2, 0.5), 1).chosen["gamma"] == 1.0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "logistic"])  # planes know no group again
def test_a_group_that_is_known_again_is_not_taken_for_skill(kind: str) -> None:
    # Classes have nothing in common but their groups: only inner folds that keep groups together show it.
    vectors, classes, groups = made(groups=60, each=6, skill=0, identity=4)
    seen = groups < 40
    held_out, rows = classes[~seen], np.arange(len(classes))
    kept = fit_classifier(KINDS[kind], vectors[seen], classes[seen], groups[seen], EVEN, 1)
    torn = fit_classifier(KINDS[kind], vectors[seen], classes[seen], rows[seen], EVEN, 1)
    assert kept.accuracy < 0.5
    assert torn.accuracy > 0.8
    kept_loss, torn_loss = (loss(fitted.probabilities(vectors[~seen]), held_out) for fitted in (kept, torn))
    assert kept_loss < np.log(3) + 0.2
    assert torn_loss > kept_loss + 0.3


def test_probabilities_follow_the_shares_that_the_vectors_were_drawn_from() -> None:
    vectors, classes, groups = made(groups=90, each=6, skill=0.3)
    shares = np.array([0.8, 0.15, 0.05])
    even = fit_classifier(SVM, vectors, classes, groups, EVEN, 1).probabilities(vectors)
    drawn = fit_classifier(SVM, vectors, classes, groups, shares, 1).probabilities(vectors)
    expected = even * shares / (even * shares).sum(axis=1, keepdims=True)
    assert np.allclose(drawn, expected)
    assert not np.allclose(drawn, even, atol=0.1)


def test_the_kernel_is_as_wide_in_many_dimensions_as_in_few() -> None:
    vectors, classes, groups = made(groups=15, width=3, skill=1.0)
    once = fit_classifier(SVM, vectors, classes, groups, EVEN, 1).probabilities(vectors)
    often = np.tile(vectors, 20)
    again = fit_classifier(SVM, often, classes, groups, EVEN, 1).probabilities(often)
    assert np.allclose(again, once, atol=1e-3)
    reduced = SvmClassifier(kind="svm", components=3, c=[1.0], gamma=[1.0])
    turned = fit_classifier(reduced, often, classes, groups, EVEN, 1).probabilities(often)
    assert np.allclose(turned, once, atol=1e-3)


def test_a_class_that_is_not_there_has_no_probability() -> None:
    vectors, classes, groups = made()
    some = classes != 1
    fitted = fit_classifier(SVM, vectors[some], classes[some], groups[some], np.array([0.5, 0, 0.5]), 1)
    probabilities = fitted.probabilities(vectors)
    assert (probabilities[:, 1] == 0).all()
    assert np.allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_that_are_all_the_same_give_the_shares_of_the_classes(kind: str) -> None:
    _, classes, groups = made(groups=40)
    constant = np.zeros((len(classes), 8), np.float32)
    shares = np.bincount(classes) / len(classes)
    probabilities = fit_classifier(KINDS[kind], constant, classes, groups, shares, 1).probabilities(constant[:5])
    assert np.allclose(probabilities, shares, atol=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_each_class_is_enough_to_go_on(kind: str) -> None:
    vectors = np.eye(3, 8, dtype=np.float32)
    fitted = fit_classifier(KINDS[kind], vectors, np.arange(3), np.arange(3), EVEN, 1)
    assert fitted.inner_split == "none"
    assert np.allclose(fitted.probabilities(vectors).sum(axis=1), 1)


def test_more_neighbours_than_there_are_vectors_are_no_candidates() -> None:
    vectors, classes, groups = made(groups=6, each=2)
    many = NeighboursClassifier(kind="neighbours", neighbours=[500, 3])
    assert fit_classifier(many, vectors, classes, groups, EVEN, 1).chosen == {"neighbours": 3}
    too_many = NeighboursClassifier(kind="neighbours", neighbours=[500])
    assert fit_classifier(too_many, vectors, classes, groups, EVEN, 1).chosen == {"neighbours": 6}


def test_tuning_uses_no_more_than_it_may() -> None:
    vectors, classes, groups = made()
    parameters = SvmClassifier(kind="svm", c=[1.0], gamma=[1.0], search_segments=50)
    assert fit_classifier(parameters, vectors, classes, groups, EVEN, 1).searched == 50


@pytest.mark.parametrize(
    ("sizes", "total", "shares"),
    [
        ([10, 10, 10], 9, [3, 3, 3]),
        ([10, 1, 10], 9, [4, 1, 4]),
        ([2, 100, 5], 50, [2, 43, 5]),
        ([10, 10, 10], 11, [3, 4, 4]),
        ([5, 5, 5], 2, [0, 1, 1]),
        ([5, 5], 10, [5, 5]),
    ],
)
def test_shares_are_even_as_far_as_they_go(sizes: list[int], total: int, shares: list[int]) -> None:
    assert even_shares(sizes, total) == shares


def test_rows_are_drawn_evenly_over_classes_and_groups() -> None:
    # Class 0: a group of 100 and two of 10; class 1: five groups of 20; class 2: one group of 4.
    sizes = [100, 10, 10, 20, 20, 20, 20, 20, 4]
    groups = np.repeat(np.arange(9), sizes)
    classes = np.repeat([0, 0, 0, 1, 1, 1, 1, 1, 2], sizes)
    drawn = draw_rows(classes, groups, 84, 1)
    assert np.bincount(classes[drawn]).tolist() == [40, 40, 4]
    assert np.bincount(groups[drawn]).tolist() == [20, 10, 10, 8, 8, 8, 8, 8, 4]
    assert (np.diff(drawn[groups[drawn] == 0]) == 5).all()
    assert np.array_equal(draw_rows(classes, groups, 224, 1), np.arange(224))
    # Fewer rows than groups: other seeds, other groups.
    few = {tuple(draw_rows(classes[120:220], groups[120:220], 3, seed)) for seed in range(9)}
    assert {len(rows) for rows in few} == {3}
    assert len(few) > 3


def test_a_group_of_two_classes_gives_to_both() -> None:
    classes = np.tile([0, 1], 50)
    drawn = draw_rows(classes, np.zeros(100, int), 20, 1)
    assert np.bincount(classes[drawn]).tolist() == [10, 10]


def test_inner_folds_keep_groups_together_and_every_class_in_training() -> None:
    _, classes, groups = made(groups=31, each=5)
    rarest = (classes != 2) | np.isin(groups, [2, 5, 8])
    classes, groups = classes[rarest], groups[rarest]
    splits, kept_together = inner_splits(classes, groups, 5, 1)
    assert kept_together == "groups"
    assert len(splits) == 3
    assert np.array_equal(np.sort(np.concatenate([held_out for _, held_out in splits])), np.arange(len(classes)))
    for training, held_out in splits:
        assert not set(groups[training]) & set(groups[held_out])
        assert set(classes[training]) == {0, 1, 2}


def test_without_two_groups_of_a_class_rows_are_split_and_without_two_rows_none() -> None:
    classes, groups = np.repeat([0, 1, 2], [8, 8, 3]), np.repeat(np.arange(5), [4, 4, 4, 4, 3])
    splits, kept_together = inner_splits(classes, groups, 5, 1)
    assert (kept_together, len(splits)) == ("segments", 3)
    assert all(set(classes[training]) == {0, 1, 2} for training, _ in splits)
    splits, kept_together = inner_splits(classes[:17], groups[:17], 5, 1)
    assert (kept_together, len(splits)) == ("none", 1)
    assert all(np.array_equal(part, np.arange(17)) for part in splits[0])

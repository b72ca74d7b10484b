"""Segments that a network is trained on, those that decide when it stops, and those that it predicts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.configuration.sections.training import Training

VALIDATION_SHARE = 0.2
"""Target share of the training segments, of every class, for the inner validation part."""

ORDERS = 20
"""Number of group orders tried to find the most even split; the greedy method depends on the order."""


@dataclass(frozen=True)
class TrainingSplit:
    """Positions, (n,) int64, of segments in their table.

    ``fold``: the held-out fold, or None. ``training``: the segments that the predicting network was trained on.
    ``asked``: the held-out fold. ``inner``: ``training`` in two parts, one to train on and one that decides when to
    stop; None if ``asked`` decides when the training stops, or if nothing is trained.
    """

    fold: int | None
    training: np.ndarray
    asked: np.ndarray
    inner: tuple[np.ndarray, np.ndarray] | None

    @property
    def order(self) -> list[int]:
        """Values that, together with the seed, determine the order of the data."""
        return [] if self.fold is None else [self.fold]

    @property
    def name(self) -> str:
        """Name of the split, for messages."""
        return "all folds" if self.fold is None else f"fold {self.fold}"


def split_fold(
    segments: pd.DataFrame, fold: int, training_folds: list[int], parameters: Training, seed: int
) -> TrainingSplit:
    """Return the split of one held-out fold; ``segments``: label, fold and group. Raises InputError."""
    training = np.flatnonzero(segments["fold"].isin(training_folds))
    asked = np.flatnonzero(segments["fold"] == fold)
    inner = None
    if parameters.stop_on == "inner" and parameters.epochs:
        wanted = f"training.stop_on: inner: what is trained on without fold {fold}", "set training.stop_on to held_out"
        inner = split_groups(segments, training, [seed, fold], *wanted)
    return TrainingSplit(int(fold), training, asked, inner)


def split_everything(segments: pd.DataFrame, parameters: Training, seed: int) -> TrainingSplit:
    """Return the split of a network that is trained on all folds; ``segments``: group and label. Raises InputError."""
    everything = np.arange(len(segments))
    wanted = "detection.networks: all: what is trained on", "set detection.networks to folds"
    inner = split_groups(segments, everything, [seed], *wanted) if parameters.epochs else None
    return TrainingSplit(None, everything, everything[:0], inner)


def split_groups(
    segments: pd.DataFrame, positions: np.ndarray, seed: list[int], what: str, remedy: str
) -> tuple[np.ndarray, np.ndarray]:
    """Split ``positions`` by group into a training and a validation part, each with every class.

    The validation part has about ``VALIDATION_SHARE`` of each class. Several orders of the groups are tried greedily,
    and the most even split is used. Raises InputError if no split has every class in both parts. ``what``, the thing
    to be split, and ``remedy``, another way to fix it, are for its message.
    """
    own = segments.iloc[positions]
    groups, names = pd.factorize(own["group"])
    classes = own["label"].map(CLASSES.index).to_numpy()
    counts = np.zeros((len(names), len(CLASSES)))
    np.add.at(counts, (groups, classes), 1)
    total = counts.sum(axis=0)
    chosen, least = None, np.inf
    for order in range(ORDERS):
        taken = _take_groups(counts, np.random.default_rng([*seed, order]).permutation(len(names)))
        had = counts[taken].sum(axis=0)
        unevenness = _unevenness(had, total)
        if ((had > 0) & (had < total)).all() and unevenness < least:
            chosen, least = taken, unevenness
    if chosen is None:
        found = ", ".join(f"{name} in {count}" for name, count in zip(CLASSES, (counts > 0).sum(axis=0), strict=True))
        raise InputError(
            f"{what} cannot be split by group so that every class is in both parts (groups: {found}); add videos of "
            f"other persons or sources, or {remedy}"
        )
    return positions[~chosen[groups]], positions[chosen[groups]]


def _take_groups(counts: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the groups of the validation part, (groups,) bool: in this order, each group that makes it more even."""
    taken = np.zeros(len(counts), bool)
    had, total = np.zeros(len(CLASSES)), counts.sum(axis=0)
    for group in order:
        if _unevenness(had + counts[group], total) < _unevenness(had, total):
            taken[group] = True
            had = had + counts[group]
    return taken


def _unevenness(had: np.ndarray, total: np.ndarray) -> float:
    """Return how far the validation part's share of each class, (3,) segments of ``total``, is from its target."""
    share = had / np.maximum(total, 1)
    return float(np.abs(share - VALIDATION_SHARE).sum() + ((share == 0) | (share == 1)).sum())

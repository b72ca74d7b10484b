"""Training data of a fold: all of its training folds, or the segments of a share of their persons (or sources).

The persons are put in an order by a draw; a share takes the first of them, so a larger share contains the smaller ones.
Which persons these are is part of a result's key by their segments or names: the code here is in no key.
"""

import math
from collections.abc import Collection

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.digests import result_key
from signwild.configuration.sections.experiments.subset import Subset

LEAST = 2
"""Groups of each class that every subset has, if there are as many: one to train on, one to decide when to stop."""


def used_rows(segments: pd.DataFrame, fold: int, training_folds: Collection[int], subset: Subset | None) -> np.ndarray:
    """Return which segments a fold uses, (n,) bool: those that it holds out, and those that it trains on.

    ``segments``: label, fold and group. ``subset``: None for all segments of the training folds.
    """
    training = segments["fold"].isin(training_folds)
    if subset is not None:
        training &= segments["group"].isin(chosen_groups(segments[training], subset))
    return (training | (segments["fold"] == fold)).to_numpy()


def chosen_groups(training: pd.DataFrame, subset: Subset) -> list[str]:
    """Return the groups of a subset, sorted; ``training``: label and group of what could be trained on.

    These are the first of the order, as many as the share says, rounded up, but at least as many as it takes to have
    ``LEAST`` groups of each class, or all of a class that has fewer.
    """
    has = _classes_of(training)
    order = _ordered(has, subset.draw)
    number = math.ceil(round(subset.share * len(order), 9))
    wanted = np.minimum(has.sum(axis=0), LEAST)
    enough = (has.loc[order].cumsum(axis=0) >= wanted).all(axis=1).to_numpy()
    return sorted(order[: max(number, int(np.argmax(enough)) + 1)])


def _classes_of(training: pd.DataFrame) -> pd.DataFrame:
    """Return which classes each group has, as 0 or 1: a row for each group, sorted, a column for each class."""
    counts = pd.crosstab(training["group"], training["label"]).reindex(columns=list(CLASSES), fill_value=0)
    return (counts > 0).astype(int)


def _ordered(has: pd.DataFrame, draw: int) -> list[str]:
    """Return all groups in the order of a draw, in which every part from the start has the classes as often as all.

    Each group counts for the rarest of its classes. Within a class the order is by digests of the draw and of the
    groups' names, so that another group changes the places of the others little.
    """
    rarity = has.sum(axis=0).rank(method="first").to_numpy()
    own = np.where(has.to_numpy() > 0, rarity, np.inf).argmin(axis=1)
    chance = {group: result_key("order of training groups", draw, group) for group in has.index}
    places = {}
    for number in np.unique(own):
        members = sorted(has.index[own == number], key=chance.get)
        for place, group in enumerate(members):
            places[group] = place - LEAST if place < LEAST else (place + 1) / len(members)
    return sorted(has.index, key=lambda group: (places[group], chance[group]))

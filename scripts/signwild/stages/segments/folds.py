"""Folds: groups of videos, balanced by class and frozen, so old videos keep their folds."""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.words import listed
from signwild.configuration.sections.segments import GroupBy

SHUFFLES = 20
"""Number of assignments tried to find the most even one; the greedy method depends on the order of groups."""


def assign_folds(
    segments: pd.DataFrame, folds: int, seed: int, by: GroupBy, known: pd.DataFrame | None
) -> pd.DataFrame:
    """Assign every group of videos to a fold: video_id, group, fold and group_by, sorted by video_id.

    The first run balances the classes over the folds. Later runs keep the fold of every known group, and each new
    group joins the fold with the fewest segments of its class. All videos of a group are in one fold.

    ``segments``: video_id, group, label. ``by``: what a group is. ``known``: an earlier result, or None. Raises
    InputError if a class has fewer groups than there are folds, if the known folds differ in number or in the kind of
    groups, or if a fold lacks a class.
    """
    _check_groups(segments, folds, by)
    chosen = _balanced_folds(segments, folds, seed) if known is None else _join_folds(segments, folds, by, known)
    videos = segments[["video_id", "group"]].drop_duplicates()
    videos["fold"] = videos["group"].map(chosen)
    if known is not None:
        videos = pd.concat([known[~known["video_id"].isin(videos["video_id"])], videos])
    _check_folds(segments["group"].map(chosen), segments["label"], folds)
    return videos.assign(group_by=by).sort_values("video_id", ignore_index=True)


def deal_folds(segments: pd.DataFrame, folds: int, seed: int) -> pd.DataFrame:
    """Return the segments with every video as a group by itself, and folds that are dealt by these groups.

    The classes are balanced as in the first ``assign_folds``; nothing is kept from earlier runs, so another video may
    change the folds of all. ``segments``: video_id, label. Raises InputError if a fold lacks a class.
    """
    dealt = segments.assign(group=segments["video_id"])
    dealt["fold"] = dealt["video_id"].map(_balanced_folds(dealt, folds, seed))
    _check_folds(dealt["fold"], dealt["label"], folds, "folds by video: ", "or add videos of this class")
    return dealt


def grouped_by(folds: pd.DataFrame) -> set[str]:
    """Return what the groups of assigned folds are, person or source; a table without group_by predates sources."""
    return set(folds["group_by"]) if "group_by" in folds else {"person"}


def describe_folds(segments: pd.DataFrame) -> pd.DataFrame:
    """Count the segments, videos and groups of each class in each fold: fold, label, segments, videos, groups."""
    counts = segments.groupby(["fold", "label"]).agg(
        segments=("video_id", "size"), videos=("video_id", "nunique"), groups=("group", "nunique")
    )
    order = pd.MultiIndex.from_product([sorted(segments["fold"].unique()), CLASSES], names=["fold", "label"])
    return counts.reindex(order, fill_value=0).reset_index()


def _balanced_folds(segments: pd.DataFrame, folds: int, seed: int) -> dict[str, int]:
    best, best_unevenness = None, np.inf
    for shuffle in range(SHUFFLES):
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed + shuffle)
        assigned = np.empty(len(segments), np.int64)
        for fold, (_, held_out) in enumerate(splitter.split(segments, segments["label"], segments["group"])):
            assigned[held_out] = fold
        counts = pd.crosstab(assigned, segments["label"]).reindex(range(folds), fill_value=0)
        unevenness = float((counts.std() / counts.mean()).max())
        if unevenness < best_unevenness:
            best, best_unevenness = assigned, unevenness
    return dict(zip(segments["group"], best.tolist(), strict=True))


def _join_folds(segments: pd.DataFrame, folds: int, by: GroupBy, known: pd.DataFrame) -> dict[str, int]:
    if (frozen := grouped_by(known)) != {by}:
        raise InputError(
            f"segments.group_by is {by}, but the frozen folds of this run are by {' and '.join(sorted(frozen))}; "
            "set it back, or start over with `make refold`"
        )
    if known["fold"].max() >= folds or known["fold"].nunique() != folds:
        raise InputError(
            f"segments.folds is {folds}, but the frozen folds of this run are {known['fold'].nunique()}; "
            "keep their number, or start over with `make refold`"
        )
    chosen = dict(zip(known["group"], known["fold"], strict=True))
    if by == "source":
        chosen |= _folds_of_videos(segments, known)
    load = pd.crosstab(segments["group"].map(chosen), segments["label"]).reindex(
        index=range(folds), columns=list(CLASSES), fill_value=0
    )
    new = segments[~segments["group"].isin(chosen)]
    # The largest groups come first, so small ones even out the remaining differences.
    for group, own in sorted(new.groupby("group"), key=lambda item: (-len(item[1]), item[0])):
        counts = own["label"].value_counts()
        fold = int(load[counts.idxmax()].idxmin())
        load.loc[fold, counts.index] += counts
        chosen[group] = fold
    return chosen


def _folds_of_videos(segments: pd.DataFrame, known: pd.DataFrame) -> dict[str, int]:
    """Return the fold of each group with a known video; added videos can change a group's members, hence its name."""
    both = segments[["video_id", "group"]].drop_duplicates().merge(known[["video_id", "fold"]])
    for group, own in both.groupby("group")["fold"]:
        if own.nunique() > 1:
            raise InputError(
                f"{group}: has videos in the frozen folds {' and '.join(map(str, sorted(set(own))))}, as its sources "
                "share a person now and did not before; mend the labels, or start over with `make refold`"
            )
    return dict(zip(both["group"], both["fold"], strict=True))


def _check_groups(segments: pd.DataFrame, folds: int, by: GroupBy) -> None:
    groups = segments.groupby("label")["group"].nunique().reindex(CLASSES, fill_value=0)
    if scarce := [f"{label} ({count})" for label, count in groups.items() if count < folds]:
        raise InputError(
            f"segments.folds is {folds}, but fewer groups of videos have segments of {listed(scarce)}; add videos of "
            f"other {by}s for each of these classes, or lower segments.folds"
        )


def _check_folds(
    assigned: pd.Series,
    labels: pd.Series,
    folds: int,
    place: str = "",
    remedy: str = "lower segments.folds, or start over with `make refold`",
) -> None:
    counts = pd.crosstab(assigned, labels).reindex(index=range(folds), columns=list(CLASSES), fill_value=0)
    for fold, label in zip(*np.nonzero(counts.to_numpy() == 0), strict=True):
        raise InputError(
            f"{place}fold {fold} has no segment of class {CLASSES[label]}; set another segments.seed, {remedy}"
        )

"""Notes below a table: sentences that a reader needs to understand its numbers."""

import pandas as pd

from signwild.base.table_forms import BEST, SURE
from signwild.configuration.sections.segments import GroupBy
from signwild.predictions.bootstrap import RESAMPLES
from signwild.predictions.records import stops_of, unit_of
from signwild.predictions.stopping_notes import NOTES, stopping_sentences
from signwild.stages.dataset.groups import folds_note
from signwild.stages.tables.layout import COLUMNS, PROTOCOL
from signwild.stages.tables.verdicts import ABOVE, BELOW, INSIDE


def table_notes(
    table: pd.DataFrame,
    columns: list[str],
    unit: str,
    guess: dict[str, float],
    group_by: GroupBy,
    not_comparable: list[str],
    records: dict[str, list[dict]],
) -> list[str]:
    """Return the notes below a table, each a sentence or two.

    ``table``: the numbers, as ``compare_experiments.compare`` returns them. ``unit``: segment or video. ``guess``: the
    scores of chance. ``group_by``: what folds keep together. ``not_comparable``: reasons for the whole table.
    ``records``: the run records of a row's seeds, by its label.
    """
    notes = [f"Not comparable with the paper: {'; '.join(not_comparable)}."] if not_comparable else []
    sourced = table[table["source"] != ""] if "source" in table else table[:0]
    notes += [f"{row.label}: reported by {row.source}." for row in sourced.itertuples()]
    if any(COLUMNS[name].metric for name in columns):
        by_person = [] if _is_by_video(table).all() else [folds_note(group_by)]
        notes += [_basis(table, unit), *by_person, *_stopping(records)]
    notes += _intervals(table, columns)
    compared = [name for name in columns if table[f"{name}_paper"].notna().any() and sourced.empty]
    notes.append(_difference(compared))
    notes += _verdicts(table, compared)
    notes += _definitions(columns, unit)
    notes += _chance(columns, guess)
    if "forward_time_ms" in columns:
        notes.append("Forward time of one sample: ours is motion + network; the paper's is the motion stream's.")
    if "images_per_second" in columns:
        notes.append("Images per second: of the network alone, in full batches, on the machine of this run.")
    remarks: dict[str, list[str]] = {}
    for label, found in records.items():
        for remark in _remarks(found):
            remarks.setdefault(remark, []).append(label)
    return notes + [f"{'; '.join(labels)}: {remark}" for remark, labels in remarks.items()]


def _basis(table: pd.DataFrame, unit: str) -> str:
    """Return what the numbers are based on."""
    row = table.iloc[0]
    if unit == "segment":
        rows = f"{row['n_segments']} segments of {row['n_videos']} videos"
    else:
        rows = f"{row['n_videos']} videos, {row['n_signing']} of them signing"
    counts = sorted(set(table["n_values"]))
    spread = f"ours is the mean ± standard deviation over seeds and folds ({' or '.join(map(str, counts))} values)"
    if counts == [1]:
        spread = "ours is a single value"
    return f"Every row is based on the same {rows}; {spread}."


def _stopping(records: dict[str, list[dict]]) -> list[str]:
    """Return how the training of the rows' networks was stopped; ``records``: as in ``table_notes``."""
    stops = {label: set(stops_of(found[0])) for label, found in records.items()}
    everywhere = set().union(*stops.values())
    if len(everywhere) < 2:
        return stopping_sentences(everywhere)
    labels = {stop: [label for label, own in stops.items() if stop in own] for stop in sorted(everywhere)}
    return [f"{'; '.join(own)}: {NOTES[stop]}." for stop, own in labels.items()]


def _intervals(table: pd.DataFrame, columns: list[str]) -> list[str]:
    """Return how intervals, and differences from the reference, were computed."""
    notes = []
    ends = [f"{name}_low" for name in columns if f"{name}_low" in table]
    if ends and table[ends].isna().all(axis=None):
        notes.append("No intervals: every fold has a single video, so there is nothing to resample within it.")
    elif ends:
        folds = "the folds of the first row" if _is_by_video(table).nunique() == 2 else "their folds"
        notes.append(
            f"In brackets: 95% percentile intervals of {RESAMPLES:,} resamples of the videos within {folds}, with "
            "the trained networks unchanged. They cover what other videos of the same kind would change, not what "
            "another data set or another training would."
        )
    if any(f"{name}_versus" in table for name in columns):
        notes.append(
            f"Against reference: the row minus the reference, {_references(table)}, on the same resampled videos. "
            f"{SURE}: the interval excludes 0, without regard to how many rows are compared."
        )
    return notes


def _references(table: pd.DataFrame) -> str:
    """Return what rows are compared with: the label of the row, or which row it is."""
    others = table[table["reference"] != table["experiment"]]
    usual = table[table["experiment"].isin(others.loc[~_is_by_video(others), "reference"])]["label"].tolist()
    of_splits = table[table["experiment"].isin(others.loc[_is_by_video(others), "reference"])]["label"].tolist()
    if len({*usual, *of_splits}) == 1:
        return (usual or of_splits)[0]
    same = "the same experiment on the other folds"
    return f"{usual[0]} (of a row on folds by video, {same})" if usual else f"which is {same}"


def _is_by_video(table: pd.DataFrame) -> pd.Series:
    return table.get(PROTOCOL, pd.Series("", table.index)) == "by_video"


def _verdicts(table: pd.DataFrame, columns: list[str]) -> list[str]:
    """Return what the verdicts mean, if one of them is based on an interval."""
    found = {verdict for name in columns for verdict in table[f"{name}_verdict"]}
    if not found & {INSIDE, ABOVE, BELOW}:
        return []
    return [
        f"Verdict: {INSIDE}, the paper's number is in our interval; {ABOVE} or {BELOW}, our whole interval is {ABOVE} "
        f"or {BELOW} it."
    ]


def _difference(columns: list[str]) -> str:
    """Return how to read the columns for which the paper has numbers."""
    if not columns:
        return BEST
    percents = [COLUMNS[name].title.removesuffix(" (%)").lower() for name in columns if COLUMNS[name].scale == 100]
    points = f" ({', '.join(percents)} in percentage points)" if percents else ""
    return f"Δ: ours minus the paper's{points}. {BEST}"


def _definitions(columns: list[str], unit: str) -> list[str]:
    notes = []
    if unit == "video":
        notes.append(
            "Signing or not, at p ≥ 0.5. Where a row predicts segments, a video's probabilities are the mean "
            "over its segments, and its true class is that of most of them. A fold in which nothing is called signing "
            "counts as 0; one without a signing video has no recall and no F1."
        )
    if "precision" in columns:
        notes.append(
            "Precision: the mean of the three classes' precisions in a fold, a class that is never predicted "
            "counting as 0; the paper does not define its own."
        )
    if "calibration_error" in columns:
        notes.append(
            "Calibration error: the expected gap between the probability of the most probable class and the share that "
            "is correct, over 15 bins (Guo et al. 2017), in each fold; figures of calibration pool the folds, and "
            "usually show a smaller one. It has no interval: every resample has fewer different videos, and so a "
            "larger error."
        )
    return notes


def _chance(columns: list[str], guess: dict[str, float]) -> list[str]:
    guesses = []
    if "accuracy" in columns:
        guesses.append(f"always predicting the most frequent class has an accuracy of {100 * guess['accuracy']:.2f}%")
    if "loss" in columns:
        guesses.append(f"a uniform guess has a loss of ln 3 = {guess['loss']:.4f}")
    return [f"Chance: {'; '.join(guesses)}."] if guesses else []


def _remarks(records: list[dict]) -> list[str]:
    """Return the limitations of a classifier, as far as its run records show them."""
    remarks = []
    for word, nothing in (("faceless", "no face"), ("deserted", "nobody")):
        if share := max(record.get(word) or 0 for record in records):
            remarks.append(f"{100 * share:.1f}% of the segments show {nothing}.")
    if records[0]["parameters"].get("classifier.kind") == "published":
        rate = records[0]["parameters"]["classifier.sample_rate"]
        remarks.append(f"as it was published, asked {rate} times a second; nothing was trained on these videos.")
    unit = unit_of(records[0])
    fits = [fold for record in records for fold in record["folds"] if "fit_segments" in fold]
    thinned = [fold for fold in fits if fold["search_segments"] < fold["training_segments"]]
    if thinned:
        tuned, fitted, available = (
            _span([fold[f"{step}_segments"] for fold in thinned]) for step in ("search", "fit", "training")
        )
        remarks.append(
            f"tuned on {tuned} and fitted on {fitted} of the {available} {unit}s that a fold leaves to train on."
        )
    reasons = {
        "segments": f"the groups of videos were too few for every class, so tuning split single {unit}s",
        "none": f"a class had one {unit} to train on, so tuning and calibration used what was fitted",
    }
    for split, reason in reasons.items():
        count = sum(fold["inner_split"] == split for fold in fits)
        if count:
            remarks.append(f"in {count} of {len(fits)} fits {reason}.")
    return remarks


def _span(counts: list[int]) -> str:
    least, most = min(counts), max(counts)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"

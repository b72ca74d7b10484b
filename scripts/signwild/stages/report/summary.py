"""Summary of a run in a few numbers, each with a sentence."""

from dataclasses import dataclass

import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.words import counted, duration, listed, number, percent
from signwild.stages.report.sources import Sources
from signwild.stages.report.tables import ReportedTable
from signwild.stages.tables.layout import PROTOCOL


@dataclass(frozen=True)
class Fact:
    """A number, as text, and the sentence beside it."""

    number: str
    text: str


@dataclass(frozen=True)
class Mistake:
    """Number of segments or videos of one class that were predicted as another."""

    truth: str
    prediction: str
    count: int
    of: int

    @property
    def share(self) -> float:
        """Share of the true class, 0 to 1."""
        return self.count / self.of


def in_short(sources: Sources) -> list[Fact]:
    """Return the run's facts: its scores, its data, and its cost."""
    facts = [_best_accuracy(sources), _used_videos(sources), _segments(sources), _experiments(sources)]
    facts += [_commonest_mistake(sources), _time(sources)]
    return [fact for fact in facts if fact]


def mistakes(counts: pd.DataFrame) -> list[Mistake]:
    """Return every pair of a true and another predicted class, the largest share of the true class first."""
    pairs = [
        Mistake(truth, prediction, int(counts.loc[truth, prediction]), int(counts.loc[truth].sum()))
        for truth in counts.index
        for prediction in counts.columns
        if truth != prediction and counts.loc[truth].sum()
    ]
    return sorted(pairs, key=lambda pair: -pair.share)


def interval(row: pd.Series, column: str, scale: int = 1, places: int = 4) -> str:
    """Return the 95% interval of one number of a table's row, as text; empty if there is none."""
    low, high = row.get(f"{column}_low"), row.get(f"{column}_high")
    return "" if pd.isna(low) else f"{number(scale * low, places)} to {number(scale * high, places)}"


def _best_accuracy(sources: Sources) -> Fact | None:
    """Return the most accurate rows of all tables of segments, if there are any; rows of one experiment are one.

    Rows on folds by video do not count: their networks were trained on other videos of the same persons.
    """
    rows = [
        (table, row)
        for table in sources.tables
        if table.unit == "segment" and "accuracy" in table.columns
        for _, row in table.numbers.dropna(subset=["accuracy_ours"]).iterrows()
        if row.get(PROTOCOL) != "by_video"
    ]
    if not rows:
        return None
    best = percent(max(row["accuracy_ours"] for _, row in rows))
    ahead = {}
    for table, row in rows:
        if percent(row["accuracy_ours"]) == best:
            ahead.setdefault(row["experiment"], (table, row))
    names = listed(_named(table, row) for table, row in ahead.values())
    text = f"is the best accuracy over segments{', shared by' if len(ahead) > 1 else ':'} {names}."
    _, row = next(iter(ahead.values()))
    if len(ahead) == 1 and pd.notna(row["accuracy_paper"]):
        text += f" The paper reports {percent(row['accuracy_paper'])}."
    return Fact(best, f"{text} Always predicting the most frequent class gives {percent(row['chance_accuracy'])}.")


def _named(table: ReportedTable, row: pd.Series) -> str:
    """Return a row's label with its table and, if it has one, the interval of its accuracy."""
    between = interval(row, "accuracy", 100, 1)
    return f"{row['label']} ({table.title}{f'; 95% interval {between}' if between else ''})"


def _used_videos(sources: Sources) -> Fact:
    used, failed = len(sources.used), len(sources.failed)
    reasons = sources.failed["status"].value_counts(sort=False).sort_index()
    text = f"of {counted(used + failed, 'video')} could be used"
    why = f"; {number(failed)} could not ({', '.join(f'{status}: {count}' for status, count in reasons.items())})"
    return Fact(number(used), f"{text}{why if failed else ''}.")


def _segments(sources: Sources) -> Fact:
    labels = sources.segments["label"].value_counts().reindex(CLASSES, fill_value=0)
    each = listed(f"{number(count)} {name}" for name, count in labels.items())
    folds = sources.segments["fold"].nunique()
    return Fact(number(len(sources.segments)), f"segments with one label, in {counted(folds, 'fold')}: {each}.")


def _experiments(sources: Sources) -> Fact:
    kinds = pd.Series([record["kind"] for record in sources.records.values()]).value_counts()
    words = {"training": "networks trained", "classification": "classifiers fitted", "fusion": "fusions"}
    each = listed(f"{kinds[kind]} {word}" for kind, word in words.items() if kind in kinds)
    seeds = sources.definition.seeds
    text = f"experiments ({each}), with {'seed' if len(seeds) == 1 else 'seeds'} {listed(seeds)}."
    return Fact(number(len(sources.records)), text)


def _commonest_mistake(sources: Sources) -> Fact | None:
    found = mistakes(sources.confusion) if sources.confusion is not None else []
    if not found or not found[0].count:
        return None
    worst, unit = found[0], sources.confusion_unit
    alike = [f"{other.truth} for {other.prediction}" for other in found[1:] if other.share == worst.share]
    rank = f"and as often {listed(alike)}: the most frequent mistakes" if alike else "the most frequent mistake"
    return Fact(
        percent(worst.share),
        f"of the {worst.truth} {unit}s were taken for {worst.prediction} by {sources.definition.shown_label}: "
        f"{number(worst.count)} of {number(worst.of)}, {rank}.",
    )


def _time(sources: Sources) -> Fact:
    times = sources.times
    return Fact(
        duration(times["seconds"].sum()),
        f"of computing time, in {counted(int(times['jobs'].sum()), 'job')}; what was stored already cost nothing.",
    )

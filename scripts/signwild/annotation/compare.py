"""Comparison of two annotations of many videos: files paired by name, tables, a picture, and a summary in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.annotation.agreement import ALL, NOTHING, Terms, compare_spans
from signwild.annotation.agreement_figure import draw_agreement
from signwild.annotation.agreement_table import confusion_table, file_table, shown_table, total_table
from signwild.annotation.spans_files import READERS, Annotated, form_and_stem, read_spans
from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.base.notes import MOST_NAMES, Note
from signwild.base.table_forms import markdown_table
from signwild.base.words import counted, duration, number
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.detector.timeline import clock
from signwild.video.files import files_under

TITLES = {
    "kappa": "kappa",
    "alpha": "alpha",
    "agreement": "agreement",
    "f1_10": "F1@10",
    "f1_25": "F1@25",
    "f1_50": "F1@50",
    "boundary_median_s": "boundaries, median",
    "boundary_90_s": "90% within",
}

PLACES = 4
"""Decimal places in the tables of numbers."""


@dataclass(frozen=True)
class Pair:
    """Two annotations of a video, its name, and where it ends: at the last end of either."""

    name: str
    first: Annotated
    second: Annotated

    @property
    def end_ms(self) -> int:
        """Where the last annotation of either ends."""
        return max(self.first.end_ms, self.second.end_ms)


@dataclass(frozen=True)
class Comparison:
    """Pairs with their sums, notes on files that have no partner, and faults of files that cannot be used.

    ``classes``: those compared, which either side has tiers for.
    """

    classes: list[str]
    pairs: list[Pair]
    terms: list[Terms]
    notes: list[Note]
    faults: list[str]


def compare_files(first: Path, second: Path, tiers: tuple[Tiers, Tiers], step_ms: int) -> Comparison:
    """Compare two files, or those of two folders that have the same name but for the suffix.

    ``tiers``: those that are read of the first and of the second .eaf files. Raises InputError if there is no pair, or
    none that can be used.
    """
    if step_ms < 1:
        raise InputError(f"--step-ms {step_ms}: a frame lasts a millisecond or more")
    files, notes = _paired(first, second)
    pairs, terms, faults = [], [], []
    for name, paths in files.items():
        try:
            pair = Pair(name, *(read_spans(path, own) for path, own in zip(paths, tiers, strict=True)))
            pairs.append(pair)
            terms.append(compare_spans(pair.first.spans, pair.second.spans, pair.end_ms, step_ms))
        except InputError as fault:
            faults.append(str(fault))
    if not pairs:
        raise InputError("\n".join(faults))
    for place, side in enumerate(("first", "second")):
        both = [pair.name for pair, own in zip(pairs, terms, strict=True) if own.both_ms[place]]
        if both:
            notes.append(Note(f"videos with moments of two classes in the {side} annotation", both))
    if empty := [pair.name for pair in pairs if not pair.end_ms]:
        notes.append(Note("videos on which neither has an annotation, which is agreement, on no seconds", empty))
    known = {label for own in tiers for label in own.classes().values()}
    return Comparison([label for label in CLASSES if label in known], pairs, terms, notes, faults)


def write_comparison(found: Comparison, step_ms: int, timelines: int, out: Path) -> str:
    """Write the tables, and a picture of the ``timelines`` videos that agree least, into a folder.

    Returns the summary as tables in Markdown.
    """
    names = [pair.name for pair in found.pairs]
    by_file, totals = file_table(names, found.terms, step_ms, found.classes), total_table(found.terms, found.classes)
    cells = confusion_table(names, found.terms, step_ms, found.classes)
    for name, table in {"agreement": by_file, "totals": totals, "confusion": cells}.items():
        with written_whole(out / f"{name}.csv") as temporary:
            table.round(PLACES).to_csv(temporary, index=False, lineterminator="\n")
    overall = by_file[by_file["class"] == ALL].set_index("file")
    least = overall.sort_values("kappa", kind="stable", na_position="last").index
    by_name = {pair.name: pair for pair in found.pairs}
    if timelines:
        drawn = [by_name[name] for name in least[:timelines]]
        titled = [(_titled(pair.name, overall), pair.first.spans, pair.second.spans, pair.end_ms) for pair in drawn]
        draw_agreement(titled, out / "timelines.png")
    return _summary(found, totals, cells, overall.loc[least], step_ms)


def _summary(found: Comparison, totals: pd.DataFrame, cells: pd.DataFrame, overall: pd.DataFrame, step_ms: int) -> str:
    seconds = sum(int(own.confusion.sum()) for own in found.terms) * step_ms / 1000
    about = f"{counted(len(found.pairs), 'video')}, {duration(seconds)}, in frames of {step_ms} ms"
    notes = ["In brackets: 95% intervals over videos."] if len(found.pairs) > 1 else []
    parts = [markdown_table(shown_table(totals, TITLES), f"Agreement: {about}", notes)]
    matrix = cells.groupby(["first", "second"])["seconds"].sum()
    categories = [*found.classes, NOTHING]
    rows = [[name, *(number(matrix[name, other], 1) for other in categories)] for name in categories]
    parts.append(_listed("Seconds by class", ["first, down; second, across", *categories], rows))
    if len(overall) > 1:
        few = overall.head(MOST_NAMES)
        rows = [[name, _rounded(row["kappa"]), _rounded(row["agreement"])] for name, row in few.iterrows()]
        parts.append(_listed("Least agreement", ["video", "kappa", "agreement"], rows))
    return "\n".join(parts)


def _listed(caption: str, titles: list[str], rows: list[list[str]]) -> str:
    columns = pd.MultiIndex.from_tuples([("", title) for title in titles])
    return markdown_table(pd.DataFrame(rows, columns=columns), caption, [])


def _titled(name: str, overall: pd.DataFrame) -> str:
    row = overall.loc[name]
    return f"{name}: kappa {_rounded(row['kappa'])}, agreement {_rounded(row['agreement'])} of {clock(row['seconds'])}"


def _rounded(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _paired(first: Path, second: Path) -> tuple[dict[str, tuple[Path, Path]], list[Note]]:
    """Return the two files of each name, and notes on those without a partner."""
    if first.is_dir() != second.is_dir():
        raise InputError(f"{first} and {second}: one is a folder, the other is none; name two files or two folders")
    if not first.is_dir():
        return {form_and_stem(first)[1]: (first, second)}, []
    own, other = (_files(folder) for folder in (first, second))
    names = sorted(own.keys() & other.keys())
    if not names:
        raise InputError(
            f"{first} and {second}: no file of the one has the name of one of the other; rename them alike"
        )
    alone = {first: own.keys() - other.keys(), second: other.keys() - own.keys()}
    notes = [Note(f"{folder}: without a partner", sorted(rest)) for folder, rest in alone.items() if rest]
    return {name: (own[name], other[name]) for name in names}, notes


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder, and below, by their names without suffix: those of the first form that is there."""
    files = sorted(path for path in files_under(folder) if not path.name.startswith("."))
    for suffix in READERS:
        found: dict[str, Path] = {}
        for path in (path for path in files if path.suffix.lower() == suffix):
            if (other := found.setdefault(path.stem, path)) != path:
                raise InputError(f"{path}: has the name of {other}; keep or rename one of them")
        if found:
            return found
    raise InputError(f"{folder}: there is no file with one of the suffixes {', '.join(READERS)} in this folder")


def tell(found: Comparison) -> Sequence[str]:
    """Return lines about files that were not compared, and why."""
    return [note.text(MOST_NAMES) for note in found.notes] + [f"failed: {fault}" for fault in found.faults]

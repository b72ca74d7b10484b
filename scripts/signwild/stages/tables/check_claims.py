"""The paper's statements, checked against the run: which ones its results support, and which they do not.

A statement compares rows of one table. Each comparison is paired: the same videos are drawn for both rows, so its
interval is an interval of their difference (see ``signwild.predictions.bootstrap``).
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.base.table_forms import markdown_table
from signwild.cli.program import run_function
from signwild.configuration.sections.experiments.claim import Claim, Statement
from signwild.predictions.bootstrap import bootstrap
from signwild.predictions.records import read_predictions
from signwild.stages.tables.layout import COLUMNS, DIGITS, number_text

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"

CLAIM_COLUMNS = [
    *("statement", "says", "where", "table", "column", "experiment", "against", "paper"),
    *("difference", "low", "high", "verdict", "statement_verdict"),
]


class CheckedStatement(Statement):
    """A statement with the table that it is checked in, and the folder and label of each experiment in it."""

    table: str
    folders: dict[str, str]
    labels: dict[str, str]


CLAIM_TITLES = ["Statement", "Comparison", "Paper", "Ours [95% interval]", "Verdict"]

CLAIM_NOTE = (
    "Ours: the difference of two rows on the same resampled videos (accuracy and precision in percentage points). "
    "Supported: the whole interval is on the stated side; contradicted: on the other; undecided: on both. "
    "It does not cover what another training would change, and ignores how many comparisons are made."
)


def check_claims(
    statements: dict[str, CheckedStatement],
    run_folder: Path,
    seeds: list[int],
    output_stem: Path,
    not_telling: Sequence[str] = (),
) -> pd.DataFrame:
    """Check each statement against the run; write ``output_stem`` + .csv and .md.

    Returns the CSV file's rows. ``run_folder``: the run's folder. ``not_telling``: reasons why nothing can be
    concluded; then every verdict is empty. A row is one comparison: the experiment minus another, with its 95% interval
    over videos.
    """
    rows = []
    for name, statement in statements.items():
        claim = statement.claim
        differences = _differences(statement, run_folder, seeds)
        verdicts = judge(claim, differences) if not not_telling else [""] * len(differences)
        whole = together(verdicts) if not not_telling else ""
        for (other, difference), verdict in zip(differences.iterrows(), verdicts, strict=True):
            shared = [name, statement.says, statement.where, statement.table, claim.column, claim.experiment, other]
            rows.append([*shared, claim.by, *difference[["versus", "versus_low", "versus_high"]], verdict, whole])
    table = pd.DataFrame(rows, columns=CLAIM_COLUMNS).round(DIGITS)
    write_text(f"{output_stem}.csv", table.to_csv(index=False, float_format=f"%.{DIGITS}f", lineterminator="\n"))
    labels: dict[str, dict[str, str]] = {}
    for statement in statements.values():
        labels.setdefault(statement.table, {}).update(statement.labels)
    write_text(f"{output_stem}.md", _markdown(table, labels, not_telling))
    return table


def judge(claim: Claim, differences: pd.DataFrame) -> list[str]:
    """Return a verdict on each of the claim's comparisons.

    ``differences``: versus_low and versus_high of the claim's experiment minus each of ``against``. "Better" is
    supported if the whole interval is on the better side of 0, and contradicted if it is wholly on the other side.
    "As good" is supported if the whole interval is less than the margin worse, and contradicted if it is more.
    """
    lower_is_better = COLUMNS[claim.column].best is pd.Series.min
    threshold = -(claim.margin or 0.0)
    verdicts = []
    for low, high in differences[["versus_low", "versus_high"]].itertuples(index=False):
        least, most = (-high, -low) if lower_is_better else (low, high)
        verdicts.append(SUPPORTED if least > threshold else CONTRADICTED if most < threshold else UNDECIDED)
    return verdicts


def together(verdicts: list[str]) -> str:
    """Return the verdict on a whole statement: supported by every comparison, contradicted by one, or undecided."""
    if CONTRADICTED in verdicts:
        return CONTRADICTED
    return SUPPORTED if set(verdicts) == {SUPPORTED} else UNDECIDED


def _differences(statement: CheckedStatement, results: Path, seeds: list[int]) -> pd.DataFrame:
    """Return the experiment minus each of the others, indexed by the others' names, in their order."""
    claim = statement.claim
    predictions = {
        name: [read_predictions(results / folder / f"seed_{seed}" / "predictions.parquet") for seed in seeds]
        for name, folder in statement.folders.items()
    }
    rows = []
    for other in claim.against:
        pair = {name: predictions[name] for name in (claim.experiment, other)}
        found = bootstrap(pair, "segment", {claim.experiment: other})
        rows.append(found.loc[(claim.experiment, COLUMNS[claim.column].metric)])
    return pd.DataFrame(rows, index=claim.against)


def claim_lines(table: pd.DataFrame, labels: dict[str, dict[str, str]]) -> list[list[str]]:
    """Return the CSV file's rows as text: statement (on its first line only), comparison, paper, ours, verdict.

    ``labels``: the label of each experiment, by table; an experiment without one is shown by its name.
    """
    lines = []
    for _, rows in table.groupby("statement", sort=False):
        first, *others = rows.to_dict("records")
        own = labels.get(first["table"], {})
        lines.append([f"{first['says']} ({first['where']})", *_cells(first, own, whole=bool(others))])
        lines += [["", *_cells(row, own, whole=False)] for row in others]
    return lines


def read_claims(path: Path) -> pd.DataFrame:
    """Read the CSV file; raises InputError if it is missing or has another form."""
    try:
        table = pd.read_csv(path, dtype={"verdict": str, "statement_verdict": str})
    except (FileNotFoundError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a table ({error}); start the workflow again") from None
    missing = [name for name in CLAIM_COLUMNS if name not in table]
    if missing:
        raise InputError(f"{path}: has no column {', '.join(missing)}; delete it and start again")
    return table.fillna({"verdict": "", "statement_verdict": ""})


def _markdown(table: pd.DataFrame, labels: dict[str, dict[str, str]], not_telling: list[str]) -> str:
    titles = pd.MultiIndex.from_tuples([("", title) for title in CLAIM_TITLES])
    notes = [f"No verdict, because of: {'; '.join(not_telling)}."] if not_telling else []
    shown = pd.DataFrame(claim_lines(table, labels), columns=titles)
    return markdown_table(shown, "The paper's statements about its results", [*notes, CLAIM_NOTE])


def _cells(row: dict, labels: dict[str, str], whole: bool) -> list[str]:
    """Return a comparison and its verdict as text, with ``whole`` also the verdict on the whole statement."""
    column = COLUMNS[row["column"]]
    paper, difference, low, high = (
        number_text(row[part], column, "+") for part in ("paper", "difference", "low", "high")
    )
    verdict = row["verdict"] or "not comparable"
    if whole and row["verdict"]:
        verdict += f" (overall: {row['statement_verdict']})"
    experiment, against = (labels.get(row[part], row[part]) for part in ("experiment", "against"))
    comparison = f"{column.word}: {experiment} − {against}"
    return [comparison, paper, f"{difference} [{low}, {high}]", verdict]


if __name__ == "__main__":
    run_function(check_claims, lock="output_stem")

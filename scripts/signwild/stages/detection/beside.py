"""Scores of another run beside a detector's own: the same except for what its folds keep together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from signwild.base.errors import InputError
from signwild.configuration.sections.segments import GroupBy
from signwild.stages.detection.score_table import read_scores

DECIDING = ("dataset", "excluded_videos", "resample", "streams", "weights", "features")
"""Sections of the configuration that must be the same, so a difference in scores is due to the folds."""


@dataclass(frozen=True)
class Scores:
    """Scores of a run's detectors (see ``read_scores``), and what the folds behind them keep together."""

    run: str
    group_by: GroupBy
    table: pd.DataFrame


def check_run(other: Path) -> None:
    """Raise InputError if the folder of a run whose scores are wanted lacks them."""
    for path in (other / "tables/detection.csv", other / "run_config.yaml"):
        if not path.is_file():
            raise InputError(
                f"{path}: there is no such file; detection.scores_beside names the run {other.name}, so run that "
                "one first, or leave the key out"
            )


def read_run_scores(run: str, path: Path) -> Scores:
    """Read the table of scores of a run; raises InputError."""
    table = read_scores(path)
    return Scores(run, table["group_by"].iloc[0], table)


def read_scores_beside(own: Path, other: Path, experiments: Iterable[str]) -> Scores:
    """Read the scores of another run; raise InputError if they cannot be compared with those of ``own``.

    ``own``, ``other``: the folders of both runs. ``experiments``: the detectors and their members.
    """
    check_run(other)
    tables = own / "tables/detection.csv", other / "tables/detection.csv"
    scores, beside = (read_run_scores(path.parents[1].name, path) for path in tables)
    if beside.group_by == scores.group_by:
        raise InputError(
            f"{tables[1]}: has folds by {beside.group_by}, like {own.name}; detection.scores_beside must name a run "
            "with another segments.group_by"
        )
    configurations = (yaml.safe_load((run / "run_config.yaml").read_text(encoding="utf-8")) for run in (own, other))
    if differences := list(_differences(*configurations, experiments)):
        raise InputError(
            f"{other / 'run_config.yaml'}: {', '.join(differences)} differ from {own.name}'s, so scores would "
            "differ by more than their folds; give both runs the same values, or leave detection.scores_beside out"
        )
    if missing := sorted(set(scores.table["experiment"]) - set(beside.table["experiment"])):
        raise InputError(
            f"{tables[1]}: has no scores of {', '.join(missing)}; give {other.name} the same detection.experiments"
        )
    return beside


def _differences(own: dict, other: dict, experiments: Iterable[str]) -> Iterator[str]:
    """Yield the keys of two resolved configurations, except what the folds keep together, that would affect scores."""
    mine, theirs = own["configuration"], other["configuration"]
    yield from (name for name in DECIDING if mine[name] != theirs[name])
    for name, value in mine["segments"].items():
        if name != "group_by" and theirs["segments"].get(name) != value:
            yield f"segments.{name}"
    if mine["seeds"][0] != theirs["seeds"][0]:
        yield "seeds"
    for name in experiments:
        if own["experiments"][name] != other["experiments"].get(name):
            yield f"experiments.{name}"

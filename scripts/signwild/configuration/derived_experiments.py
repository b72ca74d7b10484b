"""Experiments derived from those of the file for tables and the learning curve: other folds, or fewer persons."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.experiment import Experiment
from signwild.configuration.sections.experiments.fused import FusedExperiment
from signwild.configuration.sections.experiments.learning_curve import LearningCurve, on_subset
from signwild.configuration.sections.experiments.table import ExperimentsFile, under_protocol


def with_derived(file: ExperimentsFile, curve: LearningCurve | None, path: Path) -> ExperimentsFile:
    """Return the file with an additional experiment for every row under another protocol and every point of a curve.

    A derived fusion fuses its experiments in the same form, so these are added as well. ``path``: of the file, for
    messages. Raises InputError if the file has an experiment of the same name.
    """
    experiments = dict(file.experiments)
    for table in file.tables.values():
        for row in table.rows:
            protocol = table.protocol_of(row)
            if protocol != "cross_validation":
                what = f"under protocol {protocol}", {"protocol": protocol}
                _add(experiments, row.experiment, partial(under_protocol, protocol=protocol), what, file, path)
    for subset in curve.subsets if curve else []:
        what = f"on a share of {subset.share:g}", {"subset": subset}
        for experiment in curve.experiments:
            _add(experiments, experiment, partial(on_subset, subset=subset), what, file, path)
    return file.model_copy(update={"experiments": experiments})


def _add(
    experiments: dict[str, Experiment],
    name: str,
    rename: Callable[[str], str],
    what: tuple[str, dict[str, Any]],
    file: ExperimentsFile,
    path: Path,
) -> str:
    """Add the experiment ``name`` of ``file`` with other values, with what it fuses; return its new name.

    ``what``: the values in words, and the values.
    """
    new, entry = rename(name), file.experiments[name]
    words, values = what
    if new in file.experiments:
        raise InputError(f"{path}: experiments.{new}: {name!r} {words} has this name; rename it")
    if isinstance(entry, FusedExperiment):
        members = [_add(experiments, member, rename, what, file, path) for member in entry.fuse]
        experiments[new] = entry.model_copy(update={"fuse": members})
    else:
        experiments[new] = entry.model_copy(update=values)
    return new

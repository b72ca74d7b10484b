"""Checks of a configuration against its experiments: every name must exist, and fit."""

from collections.abc import Iterator
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.words import listed
from signwild.configuration.file import Configuration
from signwild.configuration.messages import near
from signwild.configuration.sections.classifier import PublishedClassifier
from signwild.configuration.sections.descriptor import Descriptor
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.fused import FusedExperiment
from signwild.configuration.sections.experiments.learning_curve import LEARNING_CURVE
from signwild.configuration.sections.experiments.protocol import Protocol
from signwild.configuration.sections.experiments.table import ExperimentsFile, Row, Table, columns_of
from signwild.configuration.sections.experiments.trained import TrainedExperiment

RESERVED = ("attrition", "claims", "dataset", "detection", LEARNING_CURVE, "per_signer")
"""Tables of every run that do not compare experiments."""


def check_references(configuration: Configuration, file: ExperimentsFile, source: str, path: Path) -> None:
    """Check that everything that is named exists and fits; raises InputError with a line for each problem.

    ``source``, ``path``: the files of the configuration and of the experiments, for messages.
    """
    tables = [*file.tables, *([LEARNING_CURVE] if file.learning_curve else [])]
    problems = [
        *_experiment_problems(configuration, file, source, path),
        *_table_problems(file, path),
        *_curve_problems(file, path),
        *(
            f"{source}: descriptors.{name}.faces: no {entry.faces!r} in faces{near(entry.faces, configuration.faces)}"
            for name, entry in configuration.descriptors.items()
            if entry.faces not in {None, *configuration.faces}
        ),
        *(
            f"{source}: tables: no table {name!r} in {path}{near(name, tables)}"
            for name in configuration.tables or []
            if name not in tables
        ),
    ]
    if problems:
        raise InputError("\n".join(problems))


def _experiment_problems(configuration: Configuration, file: ExperimentsFile, source: str, path: Path) -> Iterator[str]:
    for name, entry in file.experiments.items():
        for kind, known in (("stream", configuration.streams), ("descriptor", configuration.descriptors)):
            named = getattr(entry, kind, None)
            if named is not None and named not in known:
                yield f"{path}: experiments.{name}.{kind}: no {kind} {named!r} in {source}{near(named, known)}"
        descriptor = configuration.descriptors.get(getattr(entry, "descriptor", None))
        if getattr(entry, "parts", None) and descriptor and descriptor.kind != "pose":
            yield f"{path}: experiments.{name}.parts: belong to a descriptor of kind pose, not {descriptor.kind}"
        if isinstance(entry, TrainedExperiment) and descriptor and descriptor.kind == "visual_features":
            yield f"{path}: experiments.{name}: visual features describe a whole segment; give it a `classifier`"
        if isinstance(entry, TrainedExperiment) and descriptor and descriptor.kind == "learned_patches":
            yield f"{path}: experiments.{name}: patches are learned for a classifier; give it a `classifier`"
        if isinstance(getattr(entry, "classifier", None), PublishedClassifier):
            yield from _published_problems(f"{path}: experiments.{name}", entry, descriptor, configuration)
        is_of_changes = isinstance(entry, TrainedExperiment) and entry.network.cell == "statistics"
        if is_of_changes and configuration.segments.length == 1:
            yield (
                f"{path}: experiments.{name}.network.cell: statistics describe changes from sample to sample, but "
                f"segments.length in {source} is 1; raise it, or choose another cell"
            )
        for member in entry.fuse if isinstance(entry, FusedExperiment) else []:
            other = file.experiments.get(member)
            if isinstance(other, FusedExperiment | None) or _unit(other) == "video":
                hint = near(member, [other for other in file.experiments if other != name])
                yield f"{path}: experiments.{name}.fuse: no experiment {member!r} that can be fused{hint}"
        if len(_protocols(entry, file)) > 1:
            yield f"{path}: experiments.{name}.fuse: its experiments differ in protocol; fuse those of one protocol"


def _published_problems(
    place: str, entry: ClassifiedExperiment, descriptor: Descriptor | None, configuration: Configuration
) -> Iterator[str]:
    """Yield the problems of an experiment with a published detector; ``place``: of the experiment, for messages."""
    if entry.unit != "video":
        yield f"{place}.unit: a published detector says signing or not, and of whole videos; give it `unit: video`"
    if entry.stream or entry.parts or (descriptor and descriptor.kind != "pose"):
        yield f"{place}: a published detector reads all of a descriptor of kind pose; name such a `descriptor` alone"
    if configuration.segments.length == 1:
        yield f"{place}: a segment of one sample has no speed; raise segments.length"


def _gain_problems(place: str, table: Table, rows: list[str]) -> Iterator[str]:
    """Yield the problems of the rows that others are compared with; ``place``: of the table, for messages."""
    for key, named in (("reference", table.reference), ("gain", table.gain)):
        if named is not None and named not in rows:
            others = [row.experiment for row in table.rows]
            where = " under the table's protocol" if named in others else near(named, rows)
            yield f"{place}.{key}: no row has the experiment {named!r}{where}"
    if table.gain is not None and (table.reference is None or "accuracy" not in table.columns):
        yield f"{place}.gain: compares accuracy with a reference; give the table both"
    elif table.gain is not None and table.gain == table.reference:
        yield f"{place}.gain: names the reference itself; name the row that may have gained over it"


def _table_problems(file: ExperimentsFile, path: Path) -> Iterator[str]:
    for name, table in file.tables.items():
        if name in RESERVED:
            yield f"{path}: tables.{name}: the workflow writes a table of this name itself; rename yours"
        for column in [column for column in table.columns if column not in columns_of(table.unit)]:
            yield f"{path}: tables.{name}.columns: {column} is not a column of a table of {table.unit}s"
        rows = [row.experiment for row in table.rows if table.protocol_of(row) == table.protocol]
        yield from _gain_problems(f"{path}: tables.{name}", table, rows)
        protocols = {protocol for row in table.rows for protocol in _row_protocols(table, row, file)}
        if "two_folds" in protocols and len(protocols) > 1:
            yield (
                f"{path}: tables.{name}.rows: two_folds evaluates other segments than {_listed_others(protocols)}; "
                "give it its own table"
            )
        for row in table.rows:
            entry = file.experiments.get(row.experiment)
            if entry is None:
                hint = near(row.experiment, file.experiments)
                yield f"{path}: tables.{name}.rows: no experiment {row.experiment!r}{hint}"
            elif table.unit != "video" and _unit(entry) == "video":
                yield f"{path}: tables.{name}: {row.experiment!r} predicts whole videos; give the table `unit: video`"
            elif table.protocol_of(row) == "two_folds" and not isinstance(entry, TrainedExperiment):
                yield f"{path}: tables.{name}: {row.experiment!r} trains no network; leave out `protocol: two_folds`"


def _curve_problems(file: ExperimentsFile, path: Path) -> Iterator[str]:
    """Yield the experiments of the learning curve that cannot be trained on a share of the persons of every fold."""
    place = f"{path}: {LEARNING_CURVE}.experiments"
    for name in file.learning_curve.experiments if file.learning_curve else []:
        entry = file.experiments.get(name)
        if entry is None:
            yield f"{place}: no experiment {name!r}{near(name, file.experiments)}"
            continue
        members = [file.experiments.get(member) for member in getattr(entry, "fuse", [name])]
        if _unit(entry) == "video":
            yield f"{place}: {name!r} predicts whole videos; name experiments of segments"
        elif protocols := _protocols(entry, file) - {"cross_validation"}:
            yield f"{place}: {name!r} has protocol {listed(sorted(protocols))}; name experiments of cross_validation"
        elif any(getattr(member, "subset", None) for member in members):
            yield f"{place}: {name!r} has a subset already; name the experiment without it"
        elif any(isinstance(member, TrainedExperiment) and not member.training.epochs for member in members):
            yield f"{place}: {name!r} trains nothing (training.epochs is 0); name experiments that learn"


def _protocols(
    entry: TrainedExperiment | ClassifiedExperiment | FusedExperiment, file: ExperimentsFile
) -> set[Protocol]:
    """Return the protocols that an experiment's predictions come from: its own, or those of what it fuses."""
    members = [file.experiments.get(name) for name in entry.fuse] if isinstance(entry, FusedExperiment) else [entry]
    return {member.protocol for member in members if isinstance(member, TrainedExperiment | ClassifiedExperiment)}


def _row_protocols(table: Table, row: Row, file: ExperimentsFile) -> set[Protocol]:
    """Return the protocols of a row: the one that it or its table names, else those of its experiment."""
    if (named := table.protocol_of(row)) != "cross_validation":
        return {named}
    entry = file.experiments.get(row.experiment)
    return _protocols(entry, file) if entry else set()


def _listed_others(protocols: set[Protocol]) -> str:
    return listed(sorted(protocols - {"two_folds"}))


def _unit(entry: TrainedExperiment | ClassifiedExperiment | FusedExperiment) -> str:
    return getattr(entry, "unit", "segment")

"""The configuration of a run: one file of values, one of experiments, checked together.

``load_settings`` turns what the user wrote into objects, or into one error that names every wrong key.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PositiveInt

from signwild.errors import InputError
from signwild.parameters.base import Name, NonNegativeInt, Parameters, Share, each_once
from signwild.parameters.dataset import Dataset
from signwild.parameters.descriptor import Descriptor
from signwild.parameters.experiment import ClassifiedExperiment, Experiment, FusedExperiment, TrainedExperiment
from signwild.parameters.faces import Faces
from signwild.parameters.features import Features, Layer
from signwild.parameters.hardware import Hardware
from signwild.parameters.network import Network
from signwild.parameters.resample import Resample
from signwild.parameters.segments import Segments
from signwild.parameters.stream import Stream
from signwild.parameters.tracking import Tracking
from signwild.parameters.training import Training
from signwild.parameters.weights import Weights
from signwild.table_layout import columns_of
from signwild.validation import near, validated
from signwild.vocabulary import Unit

Column = Literal[
    "loss",
    "accuracy",
    "precision",
    "f1_signing",
    "precision_signing",
    "recall_signing",
    "parameters",
    "forward_time_ms",
]

DEFAULT_STREAMS = {name: {"kind": name} for name in ("rgb", "flow", "mhi", "difference")}
DEFAULT_FACES = {"ensemble": {}}
DEFAULT_DESCRIPTORS = {name: {"kind": name} for name in ("profiles", "visual_features")}


def _added_to(defaults: dict[str, dict]) -> BeforeValidator:
    """Entries of the user's are added to ours, or put in their place."""
    return BeforeValidator(lambda entries: {**defaults, **entries} if isinstance(entries, dict) else entries)


class Configuration(Parameters):
    """A run's configuration file. Only ``run`` and ``dataset`` have no default."""

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    dataset: Dataset
    shards: PositiveInt = Field(51, description="groups of videos; a group is a job")
    max_failed_share: Share = Field(0.5, description="more unusable videos than this stop the run")
    resample: Resample = Resample()
    streams: Annotated[dict[Name, Stream], _added_to(DEFAULT_STREAMS)] = Field(
        default={}, validate_default=True, description="added to rgb, flow, mhi and difference, or put in their place"
    )
    faces: Annotated[dict[Name, Faces], _added_to(DEFAULT_FACES)] = Field(
        default={}, validate_default=True, description="ways to find faces; added to ensemble, or put in its place"
    )
    descriptors: Annotated[dict[Name, Descriptor], _added_to(DEFAULT_DESCRIPTORS)] = Field(
        default={}, validate_default=True, description="added to profiles and visual_features, or put in their place"
    )
    weights: Weights = Weights()
    features: Features = Features()
    layer: Layer = Field("fc1", description="what an experiment reads when it names no layer")
    segments: Segments = Segments()
    network: dict[str, Any] = Field({}, description="values for every experiment; an experiment's own come first")
    training: dict[str, Any] = Field({}, description="likewise")
    seeds: Annotated[list[NonNegativeInt], Field(min_length=1), AfterValidator(each_once)] = [1]
    experiments_file: str | None = Field(None, description="without one, config/experiments.yaml")
    tables: list[Name] | None = Field(
        None, description="tables to build and train for; without a list, all of the file"
    )
    keep_streams: bool = Field(False, description="keep images, grey clips and motion streams on disk, of every video")
    tracking: Tracking = Tracking()
    hardware: Hardware = Hardware()


class Row(Parameters):
    """A row of a table."""

    label: str
    experiment: Name


class Table(Parameters):
    """A list of experiments, to stand beside the paper's numbers."""

    caption: str
    columns: Annotated[list[Column], Field(min_length=1)]
    rows: Annotated[list[Row], Field(min_length=1)]
    unit: Unit = "segment"
    notes: list[str] = []


class ExperimentsFile(Parameters):
    """The file of experiments and tables."""

    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]
    tables: dict[Name, Table]


class Settings(BaseModel):
    """All that a run works with, checked: ``experiments`` and ``tables`` are those that it needs."""

    configuration: Configuration
    experiments: dict[str, TrainedExperiment | ClassifiedExperiment | FusedExperiment]
    tables: dict[str, Table]

    @property
    def trained(self) -> dict[str, TrainedExperiment]:
        """Experiments that train a network, by name."""
        return {name: entry for name, entry in self.experiments.items() if isinstance(entry, TrainedExperiment)}

    @property
    def classified(self) -> dict[str, ClassifiedExperiment]:
        """Experiments that fit a classifier, by name."""
        return {name: entry for name, entry in self.experiments.items() if isinstance(entry, ClassifiedExperiment)}

    @property
    def reading(self) -> dict[str, TrainedExperiment | ClassifiedExperiment]:
        """Experiments that read features, by name."""
        return self.trained | self.classified

    @property
    def fused(self) -> dict[str, FusedExperiment]:
        """Experiments that fuse others, by name."""
        return {name: entry for name, entry in self.experiments.items() if isinstance(entry, FusedExperiment)}

    def trained_as(self, name: str) -> str:
        """The first experiment with the same specification: what is the same is trained once."""
        specification = self.experiments[name]
        return next(other for other, entry in self.experiments.items() if entry == specification)

    @property
    def streams(self) -> dict[str, Stream]:
        """Streams that some experiment reads, in the configuration's order."""
        used = {entry.stream for entry in self.reading.values()}
        return {name: stream for name, stream in self.configuration.streams.items() if name in used}

    @property
    def descriptors(self) -> dict[str, Descriptor]:
        """Descriptors that some experiment reads, in the configuration's order."""
        used = {entry.descriptor for entry in self.reading.values()}
        return {name: entry for name, entry in self.configuration.descriptors.items() if name in used}

    @property
    def faces(self) -> dict[str, Faces]:
        """Ways to find faces that some descriptor needs, in the configuration's order."""
        used = {descriptor.faces for descriptor in self.descriptors.values()}
        return {name: faces for name, faces in self.configuration.faces.items() if name in used}

    def layers(self, stream: str) -> list[str]:
        """Layers that experiments read from ``stream``, sorted."""
        return sorted({entry.layer for entry in self.reading.values() if entry.stream == stream})


def load_settings(raw: dict, source: str, shipped_experiments: Path) -> Settings:
    """Check a configuration and its experiments together.

    ``raw``: the configuration as read from ``source`` (named in messages). Raises InputError.
    """
    configuration = validated(Configuration, raw, source)
    path = Path(configuration.experiments_file or shipped_experiments)
    experiments_file = _load_experiments(path, configuration, source)
    _check_references(configuration, experiments_file, source, path)
    return _needed(configuration, experiments_file)


def read_yaml(path: Path) -> dict:
    """Read a YAML file that holds a mapping; raises InputError naming file and line."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path, it counts from the folder you start in") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error}); give a YAML file in UTF-8") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected `key: value` lines")
    return content


def _load_experiments(path: Path, configuration: Configuration, source: str) -> ExperimentsFile:
    content = read_yaml(path)
    for section, model in (("network", Network), ("training", Training)):
        validated(model, getattr(configuration, section), source, section)
    experiments = content.get("experiments")
    if isinstance(experiments, dict):
        completed = {name: _with_defaults(entry, configuration) for name, entry in experiments.items()}
        content = {**content, "experiments": completed}
    return validated(ExperimentsFile, content, str(path))


def _with_defaults(entry: Any, configuration: Configuration) -> Any:
    """An experiment's entry with the run's values where it has none of its own."""
    if not isinstance(entry, dict) or "fuse" in entry:
        return entry
    merged = dict(entry) if "descriptor" in entry else {"layer": configuration.layer, **entry}
    for section in () if "classifier" in entry else ("network", "training"):
        own = entry.get(section, {})
        merged[section] = {**getattr(configuration, section), **own} if isinstance(own, dict) else own
    return merged


def _check_references(configuration: Configuration, file: ExperimentsFile, source: str, path: Path) -> None:
    problems = [
        *_experiment_problems(configuration, file, source, path),
        *_table_problems(file, path),
        *(
            f"{source}: descriptors.{name}.faces: no {entry.faces!r} in faces{near(entry.faces, configuration.faces)}"
            for name, entry in configuration.descriptors.items()
            if entry.faces not in configuration.faces
        ),
        *(
            f"{source}: tables: no table {name!r} in {path}{near(name, file.tables)}"
            for name in configuration.tables or []
            if name not in file.tables
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
        if isinstance(entry, TrainedExperiment) and descriptor and descriptor.kind == "visual_features":
            yield f"{path}: experiments.{name}: visual features are of a whole segment; give it a `classifier`"
        for member in entry.fuse if isinstance(entry, FusedExperiment) else []:
            other = file.experiments.get(member)
            if isinstance(other, FusedExperiment | None) or _unit(other) == "video":
                hint = near(member, [other for other in file.experiments if other != name])
                yield f"{path}: experiments.{name}.fuse: no experiment {member!r} that can be fused{hint}"


def _table_problems(file: ExperimentsFile, path: Path) -> Iterator[str]:
    for name, table in file.tables.items():
        for column in [column for column in table.columns if column not in columns_of(table.unit)]:
            yield f"{path}: tables.{name}.columns: {column} is no column of a table of {table.unit}s"
        for row in table.rows:
            entry = file.experiments.get(row.experiment)
            if entry is None:
                hint = near(row.experiment, file.experiments)
                yield f"{path}: tables.{name}.rows: no experiment {row.experiment!r}{hint}"
            elif table.unit != "video" and _unit(entry) == "video":
                yield f"{path}: tables.{name}: {row.experiment!r} is about whole videos; give the table `unit: video`"


def _unit(entry: TrainedExperiment | ClassifiedExperiment | FusedExperiment) -> str:
    return getattr(entry, "unit", "segment")


def _needed(configuration: Configuration, file: ExperimentsFile) -> Settings:
    if configuration.tables is None:
        return Settings(configuration=configuration, experiments=file.experiments, tables=file.tables)
    tables = {name: file.tables[name] for name in configuration.tables}
    wanted = {row.experiment for table in tables.values() for row in table.rows}
    for name in list(wanted):
        entry = file.experiments[name]
        wanted.update(entry.fuse if isinstance(entry, FusedExperiment) else [])
    experiments = {name: entry for name, entry in file.experiments.items() if name in wanted}
    return Settings(configuration=configuration, experiments=experiments, tables=tables)


def resolved_yaml(settings: Settings) -> str:
    """All values that a run works with, defaults included, as YAML."""
    return yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)

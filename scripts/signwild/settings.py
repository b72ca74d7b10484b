"""The configuration of a run: one file of values, one of experiments, checked together.

``load_settings`` turns what the user wrote into objects, or into one error that names every wrong key.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PositiveInt, ValidationError

from signwild.errors import InputError
from signwild.parameters.base import NonNegativeInt, Parameters, Share, each_once
from signwild.parameters.dataset import Dataset
from signwild.parameters.experiment import Experiment, FusedExperiment, Name, TrainedExperiment
from signwild.parameters.features import Features, Layer
from signwild.parameters.hardware import Hardware
from signwild.parameters.network import Network
from signwild.parameters.resample import Resample
from signwild.parameters.segments import Segments
from signwild.parameters.stream import Stream
from signwild.parameters.tracking import Tracking
from signwild.parameters.training import Training
from signwild.parameters.weights import Weights

Column = Literal["loss", "accuracy", "parameters", "forward_time_ms"]

DEFAULT_STREAMS = {name: {"kind": name} for name in ("rgb", "flow", "mhi", "difference")}


def _with_default_streams(streams: Any) -> Any:
    return {**DEFAULT_STREAMS, **streams} if isinstance(streams, dict) else streams


class Configuration(Parameters):
    """A run's configuration file. Only ``run`` and ``dataset`` have no default."""

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    dataset: Dataset
    shards: PositiveInt = Field(51, description="groups of videos; a group is a job")
    max_failed_share: Share = Field(0.5, description="more unusable videos than this stop the run")
    resample: Resample = Resample()
    streams: Annotated[dict[Name, Stream], BeforeValidator(_with_default_streams)] = Field(
        default={}, validate_default=True, description="added to rgb, flow, mhi and difference, or put in their place"
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


class ExperimentsFile(Parameters):
    """The file of experiments and tables."""

    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]
    tables: dict[Name, Table]


class Settings(BaseModel):
    """All that a run works with, checked: ``experiments`` and ``tables`` are those that it needs."""

    configuration: Configuration
    experiments: dict[str, TrainedExperiment | FusedExperiment]
    tables: dict[str, Table]

    @property
    def trained(self) -> dict[str, TrainedExperiment]:
        """Experiments that train a network, by name."""
        return {name: entry for name, entry in self.experiments.items() if isinstance(entry, TrainedExperiment)}

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
        used = {entry.stream for entry in self.trained.values()}
        return {name: stream for name, stream in self.configuration.streams.items() if name in used}

    def layers(self, stream: str) -> list[str]:
        """Layers that experiments read from ``stream``, sorted."""
        return sorted({entry.layer for entry in self.trained.values() if entry.stream == stream})


def load_settings(raw: dict, source: str, shipped_experiments: Path) -> Settings:
    """Check a configuration and its experiments together.

    ``raw``: the configuration as read from ``source`` (named in messages). Raises InputError.
    """
    configuration = _validated(Configuration, raw, source)
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
        _validated(model, getattr(configuration, section), source, section)
    experiments = content.get("experiments")
    if isinstance(experiments, dict):
        completed = {name: _with_defaults(entry, configuration) for name, entry in experiments.items()}
        content = {**content, "experiments": completed}
    return _validated(ExperimentsFile, content, str(path))


def _with_defaults(entry: Any, configuration: Configuration) -> Any:
    """An experiment's entry with the run's values where it has none of its own."""
    if not isinstance(entry, dict) or "fuse" in entry:
        return entry
    merged = {"layer": configuration.layer, **entry}
    for section in ("network", "training"):
        own = entry.get(section, {})
        merged[section] = {**getattr(configuration, section), **own} if isinstance(own, dict) else own
    return merged


def _check_references(configuration: Configuration, file: ExperimentsFile, source: str, path: Path) -> None:
    problems = []
    for name, entry in file.experiments.items():
        if isinstance(entry, TrainedExperiment) and entry.stream not in configuration.streams:
            hint = _near(entry.stream, configuration.streams)
            problems.append(f"{path}: experiments.{name}.stream: no stream {entry.stream!r} in {source}{hint}")
        for member in entry.fuse if isinstance(entry, FusedExperiment) else []:
            if not isinstance(file.experiments.get(member), TrainedExperiment):
                hint = _near(member, [other for other in file.experiments if other != name])
                problems.append(f"{path}: experiments.{name}.fuse: no trained experiment {member!r}{hint}")
    for name, table in file.tables.items():
        for row in table.rows:
            if row.experiment not in file.experiments:
                hint = _near(row.experiment, file.experiments)
                problems.append(f"{path}: tables.{name}.rows: no experiment {row.experiment!r}{hint}")
    for name in configuration.tables or []:
        if name not in file.tables:
            problems.append(f"{source}: tables: no table {name!r} in {path}{_near(name, file.tables)}")
    if problems:
        raise InputError("\n".join(problems))


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


def _validated(model: type[Parameters], raw: Any, source: str, section: str = "") -> Any:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = [_describe(problem, source, section, model) for problem in error.errors()]
        raise InputError("\n".join(lines)) from None


def _describe(problem: dict, source: str, section: str, model: type[Parameters]) -> str:
    """One line for one wrong key: where it stands, what is wrong, and what may be meant."""
    place = _without_tags([str(part) for part in problem["loc"]])
    key = ".".join([section, *place] if section else place) or "(top)"
    if problem["type"] == "extra_forbidden":
        hint = _near(place[-1], _all_keys(model), otherwise="; config/README.md lists the keys")
        return f"{source}: {key}: unknown key{hint}"
    if problem["type"] == "union_tag_not_found":
        key += ".kind"
    if problem["type"] in ("missing", "union_tag_not_found"):
        return f"{source}: {key}: missing; see config/README.md for what it means"
    value = problem["input"]
    shown = f" (it is {value!r})" if not isinstance(value, dict) else ""
    return f"{source}: {key}: {problem['msg']}{shown}"


def _without_tags(place: list[str]) -> list[str]:
    """The place as the user wrote it: pydantic names the kind of a data set, stream or experiment after its key."""
    tag = {"dataset": 1, "streams": 2, "experiments": 2}.get(place[0]) if place else None
    return place[:tag] + place[tag + 1 :] if tag else place


def _all_keys(model: type[BaseModel]) -> set[str]:
    """Every key of a model and of the models inside it, for hints."""
    schema = model.model_json_schema()
    sections = [schema, *schema.get("$defs", {}).values()]
    keys = {key for section in sections for key in section.get("properties", {})}
    return keys | set(Network.model_fields) | set(Training.model_fields)


def _near(word: str, known: Iterable[str], otherwise: str | None = None) -> str:
    known = sorted(known)
    matches = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if matches:
        return f"; did you mean {matches[0]!r}?"
    return f"; known: {', '.join(known)}" if otherwise is None else otherwise


def resolved_yaml(settings: Settings) -> str:
    """All values that a run works with, defaults included, as YAML."""
    return yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)

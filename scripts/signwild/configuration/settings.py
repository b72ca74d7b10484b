"""The configuration of a run: one file of values, one of experiments, checked together.

``load_settings`` turns what the user wrote into objects, or into one error that names every wrong key.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Field

from signwild.base.classes import Unit
from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.configuration.cross_checks import check_references
from signwild.configuration.derived_experiments import with_derived
from signwild.configuration.file import Configuration
from signwild.configuration.messages import near, validated
from signwild.configuration.sections.descriptor import Descriptor
from signwild.configuration.sections.encoder import AnyEncoder
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.fused import FusedExperiment
from signwild.configuration.sections.experiments.learning_curve import LEARNING_CURVE, LearningCurve, on_subset
from signwild.configuration.sections.experiments.protocol import Protocol
from signwild.configuration.sections.experiments.subset import Subset
from signwild.configuration.sections.experiments.table import ExperimentsFile, Table
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.faces import Faces
from signwild.configuration.sections.features import BACKBONES, BackboneName
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.stream import Stream
from signwild.configuration.sections.training import Training
from signwild.configuration.sweeps import expand_sweeps


class Settings(BaseModel):
    """Checked settings of a run; ``experiments`` and ``tables`` contain only those that it needs."""

    configuration: Configuration
    experiments: dict[str, TrainedExperiment | ClassifiedExperiment | FusedExperiment]
    tables: dict[str, Table]
    learning_curve: LearningCurve | None = Field(None, exclude_if=lambda curve: curve is None)

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

    @property
    def showable(self) -> list[str]:
        """Experiments that can be slid over whole videos: fusions of trained ones, then trained ones.

        Those on folds by video are left out: their networks may have seen the persons of the videos. So are those on a
        subset, which have seen fewer persons than there are.
        """
        whole = {name: entry for name, entry in self.trained.items() if entry.subset is None}
        trained = {name: None for name, entry in whole.items() if entry.protocol != "by_video"}
        fusions = [name for name, entry in self.fused.items() if set(entry.fuse) <= trained.keys()]
        return [*fusions, *trained]

    @property
    def detectable(self) -> list[str]:
        """Experiments that can be detectors: those of ``showable`` that are based on streams alone."""
        streams = {name for name, entry in self.trained.items() if entry.stream}
        return [name for name in self.showable if {name, *self.members(name)} - self.fused.keys() <= streams]

    def members(self, name: str) -> list[str]:
        """Return the trained experiments that an experiment is based on: itself, or those that it fuses."""
        return self.fused[name].fuse if name in self.fused else [name]

    def unit(self, name: str) -> Unit:
        """Return the unit of an experiment's predictions: segment or video."""
        return getattr(self.experiments[name], "unit", "segment")

    def protocol(self, name: str) -> Protocol:
        """Return the protocol of an experiment; a fusion's is that of what it fuses."""
        return self.reading[self.members(name)[0]].protocol

    def subset(self, name: str) -> Subset | None:
        """Return what an experiment trains on, None if on everything; a fusion's is that of what it fuses first."""
        return self.reading[self.members(name)[0]].subset

    @cached_property
    def points(self) -> frozenset[str]:
        """Experiments that were derived for the learning curve: its experiments, and what these fuse, on subsets."""
        curve = self.learning_curve
        named = [on_subset(name, subset) for subset in curve.subsets for name in curve.experiments] if curve else []
        return frozenset(member for name in named for member in (name, *self.members(name)))

    def seeds_of(self, name: str) -> list[int]:
        """Return the seeds with which an experiment is computed: all, or that of its draw for the learning curve."""
        return [self.draw_seed(self.subset(name).draw)] if name in self.points else self.configuration.seeds

    def draw_seed(self, draw: int) -> int:
        """Return the seed that a draw of the learning curve is trained with: the first draw has the first seed."""
        seeds = self.configuration.seeds
        return seeds[(draw - 1) % len(seeds)]

    def encoder(self, name: str) -> AnyEncoder | None:
        """Return what the classifier of an experiment learns in each fold, from frames; None if it reads features."""
        return getattr(self.descriptors.get(self.classified[name].descriptor), "encoder", None)

    def trained_as(self, name: str) -> str:
        """Return the first experiment with the same specification: equal experiments are trained once."""
        return self._first_equal[name]

    @cached_property
    def _first_equal(self) -> dict[str, str]:
        first: dict[str, str] = {}
        for name, entry in self.experiments.items():
            computed = (other for other, itself in first.items() if other == itself)
            first[name] = next((other for other in computed if self.experiments[other] == entry), name)
        return first

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
        used = {descriptor.faces for descriptor in self.descriptors.values()} - {None}
        return {name: faces for name, faces in self.configuration.faces.items() if name in used}

    def layers(self, stream: str) -> list[str]:
        """Return the layers that experiments read from ``stream``, by their qualified names, sorted."""
        return sorted({entry.what for entry in self.reading.values() if entry.stream == stream})

    @property
    def backbones(self) -> list[BackboneName]:
        """Networks whose layers some experiment reads."""
        used = {entry.backbone for entry in self.reading.values()}
        return [name for name in BACKBONES if name in used]


def load_settings(raw: dict, source: str, shipped_experiments: Path) -> Settings:
    """Check a configuration and its experiments together.

    ``raw``: the configuration as read from ``source`` (named in messages). Raises InputError.
    """
    if "configuration" in raw:
        raise InputError(
            f"{source}: is the record of a run, not a configuration file; give the file that the run was started with, "
            "or copy the part under `configuration` into a file of its own"
        )
    configuration = validated(Configuration, raw, source)
    path = Path(configuration.experiments_file or shipped_experiments)
    experiments_file = _load_experiments(path, configuration, source)
    check_references(configuration, experiments_file, source, path)
    settings = _needed(configuration, experiments_file, path)
    _check_shown(settings, source)
    return settings


def read_yaml(path: Path) -> dict:
    """Read a YAML file that holds a mapping; raises InputError naming file and line."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; check the path, which is relative to the folder you start in"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error}); give a YAML file in UTF-8") from None
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not valid YAML: {_fault(error)}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected `key: value` lines")
    return content


def _fault(error: yaml.YAMLError) -> str:
    """Return what is wrong with a text, and in which line, counted from 1."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return " ".join(str(error).split())
    context = (
        f" ({error.context} of line {error.context_mark.line + 1})" if error.context and error.context_mark else ""
    )
    return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}{context}"


def _load_experiments(path: Path, configuration: Configuration, source: str) -> ExperimentsFile:
    content = expand_sweeps(read_yaml(path), path)
    for section, model in (("network", Network), ("training", Training)):
        validated(model, getattr(configuration, section), source, section)
    experiments = content.get("experiments")
    if isinstance(experiments, dict):
        completed = {name: _with_defaults(entry, configuration) for name, entry in experiments.items()}
        content = {**content, "experiments": completed}
    return validated(ExperimentsFile, content, str(path))


def _with_defaults(entry: Any, configuration: Configuration) -> Any:
    """Return an experiment's entry, completed with the run's values where it has none."""
    if not isinstance(entry, dict) or "fuse" in entry:
        return entry
    merged = dict(entry)
    if "descriptor" not in entry:
        merged = {"backbone": configuration.features.network, **entry}
        known = BACKBONES.get(str(merged["backbone"]))
        merged.setdefault("layer", configuration.layer or (next(iter(known.layers)) if known else None))
    for section in () if "classifier" in entry else ("network", "training"):
        own = entry.get(section, {})
        merged[section] = {**getattr(configuration, section), **own} if isinstance(own, dict) else own
    classifier = merged.get("classifier")
    if isinstance(classifier, dict) and classifier.get("kind") == "published":
        merged["classifier"] = {"sample_rate": configuration.resample.sample_rate, **classifier}
    network, training = merged.get("network"), merged.get("training")
    if isinstance(network, dict) and isinstance(training, dict) and training.get("start_from"):
        # The running averages of a network that a training starts from have no bias.
        network["batch_normalisation_averages"] = "plain"
    return merged


def _needed(configuration: Configuration, file: ExperimentsFile, path: Path) -> Settings:
    chosen = configuration.tables
    curve = file.learning_curve if chosen is None or LEARNING_CURVE in chosen else None
    experiments = with_derived(file, curve, path).experiments
    if chosen is None:
        return Settings(configuration=configuration, experiments=experiments, tables=file.tables, learning_curve=curve)
    tables = {name: file.tables[name] for name in chosen if name != LEARNING_CURVE}
    wanted = {name for table in tables.values() for name in table.experiments}
    wanted |= set(curve.computed) if curve else set()
    for name in list(wanted):
        entry = experiments[name]
        wanted.update(entry.fuse if isinstance(entry, FusedExperiment) else [])
    needed = {name: entry for name, entry in experiments.items() if name in wanted}
    return Settings(configuration=configuration, experiments=needed, tables=tables, learning_curve=curve)


def _check_shown(settings: Settings, source: str) -> None:
    shown, named = settings.configuration.report.experiment, settings.configuration.detection.experiments or []
    if shown is not None and shown not in settings.showable:
        raise InputError(
            f"{source}: report.experiment: {shown!r} is neither trained by this run, on other folds than by video, nor "
            "a fusion of such"
            f"{near(shown, settings.showable)}; name such an experiment from its tables"
        )
    for name in named:
        if name not in settings.detectable:
            raise InputError(
                f"{source}: detection.experiments: {name!r} is neither trained by this run on a stream, on other "
                f"folds than by video, nor a fusion of such{near(name, settings.detectable)}; "
                "name such experiments from its tables"
            )


def keep_resolved(settings: Settings, results: Path) -> None:
    """Write the resolved configuration beside a run's results, unless it is there unchanged; no rule reads it."""
    path, text = results / settings.configuration.run / "run_config.yaml", resolved_yaml(settings)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def resolved_yaml(settings: Settings) -> str:
    """Return all values that a run works with, including defaults, as YAML."""
    return yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True)

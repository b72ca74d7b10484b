"""Measured times of work on this machine, from the store and the benchmarks that earlier runs left."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import h5py
import pandas as pd
from pydantic import ValidationError

from signwild.base.errors import InputError
from signwild.base.files import read_tables
from signwild.base.store import store_path
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.features import by_backbone, width_of_layer
from signwild.configuration.sections.training import Precision
from signwild.configuration.settings import Settings, read_yaml
from signwild.keys.classification import fold_key
from signwild.keys.folds import splits
from signwild.keys.subsets import used_rows
from signwild.plan.run import Plan
from signwild.predictions.records import read_record
from signwild.upkeep.forecast.costs import Cost, multiplications, segments_seen
from signwild.upkeep.forecast.work import DESCRIPTOR, FACES, FEATURES, RESAMPLE, STREAM
from signwild.upkeep.verification.inspection import UNREADABLE

MOST_FILES = 60
"""Number of files of a stage that are read in each run, evenly chosen."""

ENOUGH_SEGMENTS = 100_000
"""Segments times epochs from which a training is representative of others: below, its start is most of its time."""


@dataclass
class Measurements:
    """Measurements, as lists of single values.

    ``samples``: seconds per sample by rule and what decides them. ``training``: seconds of one multiplication of a
    segment's pass, by device and run/experiment (by the name of a precision: of all that were long enough).
    ``epochs``: epochs of a fit, ``refit_shares``: epochs of the refit that followed as a share of these, ``folds``:
    seconds of a classifier's fold, all three by run and experiment. ``jobs``: seconds by run and rule.
    """

    samples: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    training: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    epochs: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    refit_shares: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    folds: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    jobs: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def of_samples(self, rule: str, what: str) -> Cost | None:
        """Return the median of the seconds per sample."""
        return _middle(self.samples.get((rule, what)))

    def of_training(self, device: str, experiment: str, precision: Precision) -> Cost | None:
        """Return the seconds of a multiplication: of this experiment in this run, else of long trainings like it."""
        return _middle(self.training.get((device, experiment))) or _middle(self.training.get((device, precision)))


def _middle(values: list[float] | None) -> Cost | None:
    return Cost(median(values), "measured") if values else None


def what_decides(plan: Plan, rule: str, name: str, device: str = "cpu") -> str:
    """Return what the cost of a sample depends on, as text; measurements count for work with the same text."""
    settings = plan.settings
    configuration = settings.configuration
    size, dataset = configuration.resample.image_size, configuration.dataset.kind
    if rule == RESAMPLE:
        parts = [dataset, size]
    elif rule == STREAM:
        parts = [settings.streams[name].model_dump(exclude={"subtract_mean"}), size]
    elif rule == FEATURES:
        parts = [settings.streams[name].model_dump(exclude={"subtract_mean"}), size, configuration.features.precision]
        networks = sorted(by_backbone(settings.layers(name)))
        # Measurements from before there were other networks count for VGG-16 alone.
        parts += [device, *([networks] if networks != ["vgg16"] else [])]
    elif rule == FACES:
        parts = [dataset, settings.faces[name].model_dump()]
    else:
        parts = [dataset, settings.descriptors[name].model_dump(exclude={"faces"})]
    return json.dumps(parts, sort_keys=True)


def measure(results: Path) -> Measurements:
    """Return what all runs below ``results`` measured, without what is damaged or no longer fits the code."""
    found = Measurements()
    for path in sorted(results.glob("*/run_config.yaml")):
        try:
            plan = Plan(Settings.model_validate(read_yaml(path)))
        except (InputError, ValidationError):
            continue
        for measure_part in (_measure_samples, _measure_folds):
            with suppress(*UNREADABLE):
                measure_part(plan, results, found)
        for benchmark in sorted((results / plan.run / "benchmarks").rglob("*.jsonl")):
            rule = benchmark.relative_to(results / plan.run / "benchmarks").with_suffix("").parts[0]
            if (seconds := read_benchmark(benchmark)) is not None:
                found.jobs[plan.run, rule].append(seconds)
    return found


def read_benchmark(path: Path) -> float | None:
    """Return the seconds of a job's last measurement; None if the file is missing or does not contain them."""
    try:
        *_, last = path.read_text(encoding="utf-8").splitlines()
        return float(json.loads(last)["s"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _measure_samples(plan: Plan, results: Path, found: Measurements) -> None:
    folder, store, settings = results / plan.run, results / "store", plan.settings
    for row in _rows(folder / "resample"):
        seconds, _ = _seconds(store_path(store, "resample", row.key))
        _add(found, RESAMPLE, what_decides(plan, RESAMPLE, ""), seconds, row.rows)
    for name in settings.faces:
        for row in _rows(folder / "faces" / name):
            seconds, _ = _seconds(store_path(store, "faces", row.key))
            samples = int(row.rows) * settings.faces[name].every
            _add(found, FACES, what_decides(plan, FACES, name), seconds, samples)
    for name in settings.descriptors:
        for row in _rows(folder / "descriptors" / name):
            seconds, _ = _seconds(store_path(store, "features", row.key))
            _add(found, DESCRIPTOR, what_decides(plan, DESCRIPTOR, name), seconds, row.rows)
    for name in settings.streams:
        _measure_stream(plan, name, folder, store, found)


def _measure_stream(plan: Plan, name: str, folder: Path, store: Path, found: Measurements) -> None:
    """Add the times of a stream; the layers of a video share the time of its stream and of the network's pass."""
    totals = defaultdict(lambda: [0.0, 0.0])
    for row in _rows(folder / "features" / name):
        seconds, attributes = _seconds(store_path(store, "features", row.key))
        if seconds is not None:
            total = totals[row.video_id, int(row.rows), str(attributes.get("device", "cpu"))]
            total[0] += seconds
            total[1] += float(attributes.get("stream_seconds", 0.0))
    for (_, rows, device), (network, stream) in totals.items():
        _add(found, FEATURES, what_decides(plan, FEATURES, name, device), network, rows)
        if name in plan.motion_streams:
            _add(found, STREAM, what_decides(plan, STREAM, name), stream or None, rows)


def _add(found: Measurements, rule: str, what: str, seconds: float | None, samples: str | int) -> None:
    if seconds is not None and int(samples):
        found.samples[rule, what].append(seconds / int(samples))


def _rows(folder: Path) -> list:
    """Return the rows with a key of the manifests in a folder, of at most MOST_FILES videos."""
    manifests = sorted(folder.glob("*.tsv"))
    if not manifests:
        return []
    table = read_tables(manifests)
    table = table[table["key"] != ""]
    videos = table["video_id"].drop_duplicates()
    chosen = videos.iloc[:: max(1, len(videos) // MOST_FILES)]
    return list(table[table["video_id"].isin(chosen)].itertuples())


def _seconds(path: Path) -> tuple[float | None, dict]:
    """Return the seconds that a file of the store took (None if missing or not stated) and its attributes."""
    try:
        with h5py.File(path) as file:
            attributes = dict(file.attrs)
    except OSError:
        return None, {}
    seconds = float(attributes.get("seconds", 0.0))
    return seconds or None, attributes


def _measure_folds(plan: Plan, results: Path, found: Measurements) -> None:
    store, segments_file = results / "store", results / plan.run / "segments/segments.parquet"
    if not segments_file.exists():
        return
    segments = pd.read_parquet(segments_file, columns=["fold", "group", "label"])
    for name, experiment in plan.settings.reading.items():
        for record in _records(plan, name, results):
            for fold in record["folds"]:
                if isinstance(experiment, TrainedExperiment):
                    _measure_fit(plan, name, experiment, fold, segments, store, found)
                else:
                    key = fold_key(record["key"], fold["fold"])
                    seconds, _ = _seconds(store_path(store, "classification", key))
                    found.folds[plan.run, name] += [seconds] if seconds else []


def _records(plan: Plan, name: str, results: Path) -> Iterator[dict]:
    for seed in plan.settings.seeds_of(name):
        try:
            yield read_record(results.parent / plan.result_folder(name, seed) / "record.json")
        except InputError:
            continue


def _measure_fit(
    plan: Plan,
    name: str,
    experiment: TrainedExperiment,
    fold: dict,
    segments: pd.DataFrame,
    store: Path,
    found: Measurements,
) -> None:
    seconds, attributes = _seconds(store_path(store, "training", str(fold.get("key", ""))))
    if seconds is None or not fold["epochs"]:
        return
    held_out = fold["segments"]
    training_folds = dict(splits(segments["fold"], experiment.protocol)).get(fold["fold"], [])
    training = used_rows(segments, fold["fold"], training_folds, experiment.subset).sum() - held_out
    seen = segments_seen(experiment.training.stop_on, training, held_out, fold["epochs"], fold["refit_epochs"])
    length = plan.settings.configuration.segments.length
    rate = seconds / (seen * length * multiplications(experiment.network, width_of(plan, experiment)))
    device = str(attributes.get("device", "cpu"))
    found.training[device, f"{plan.run}/{name}"].append(rate)
    found.epochs[plan.run, name].append(fold["epochs"])
    if experiment.training.stop_on == "inner":
        found.refit_shares[plan.run, name].append(fold["refit_epochs"] / fold["epochs"])
    if seen >= ENOUGH_SEGMENTS:
        found.training[device, experiment.training.precision].append(rate)


def width_of(plan: Plan, experiment: TrainedExperiment) -> int:
    """Return the number of features of a sample that an experiment reads."""
    if experiment.layer:
        return width_of_layer(experiment.what, plan.settings.configuration.resample.image_size)
    return len(experiment.columns or []) or plan.settings.descriptors[experiment.descriptor].width

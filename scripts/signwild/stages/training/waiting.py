"""Trainings of the same run that wait for their turn: a job that has started Keras trains some of them ahead."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.network import DROPOUTS
from signwild.stages.features.stored_features import with_features
from signwild.stages.training.tasks import TrainingTask


def waiting_tasks(
    waiting: Path, own: TrainedExperiment, segments_file: Path, features: Path, length: int, store: Path
) -> Iterator[TrainingTask]:
    """Iterate over the run's trainings that read the same segments and features, first those of networks like ``own``.

    ``waiting``: the list that the run wrote when it started (``plan.training``); without it there are none. Trainings
    that start from a detector are left to their own jobs, which check the detector.
    """
    try:
        entries = json.loads(waiting.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    found = [
        (TrainedExperiment.model_validate(entry["experiment"]), entry["seed"], entry["is_final"])
        for entry in entries
        if (entry["features"], entry["segments"]) == (str(features), str(segments_file))
    ]
    segments, make = pd.read_parquet(segments_file), (TrainingTask.of_folds, TrainingTask.of_everything)
    for experiment, seed, is_final in sorted(found, key=lambda entry: (_form(entry[0]) != _form(own), _form(entry[0]))):
        if experiment.training.start_from is None:
            with_keys = with_features(segments, features, experiment.what, store)
            yield make[is_final](experiment, with_keys, length, seed, store)


def _form(experiment: TrainedExperiment) -> str:
    """Return what a network's compiled form depends on, roughly: it decides the order alone."""
    values = experiment.network.model_dump() | experiment.model_dump(include={"layer", "parts"})
    values |= {"precision": experiment.training.precision}
    return json.dumps(values | {name: bool(values[name]) for name in DROPOUTS})

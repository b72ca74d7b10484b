"""Keys of trained and fitted folds, made from what a fold's result depends on."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from signwild.base.digests import computing_digest, file_sha256, result_key
from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.protocol import Protocol
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.training import Training
from signwild.exported.folder import CHECKSUMS
from signwild.keys.subsets import used_rows

TRAINING_COLUMNS = ["video_id", "start_frame", "label", "fold", "key"]
FINAL_COLUMNS = ["video_id", "start_frame", "label", "group", "key"]


def splits(folds: Iterable[int], protocol: Protocol) -> list[tuple[int, list[int]]]:
    """Return each held-out fold, with the folds that train for it.

    Cross-validation holds out each fold once, and so does ``by_video``, whose folds are others. With ``two_folds``, the
    first trains and the second validates: the paper's ablation studies (section 5.2.1), and its tables 1 and 3, judging
    by the loss that they share.
    """
    numbers = sorted(set(folds))
    if protocol == "two_folds":
        return [(numbers[1], [numbers[0]])]
    return [(held_out, [fold for fold in numbers if fold != held_out]) for held_out in numbers]


def training_keys(
    experiment: TrainedExperiment, segments: pd.DataFrame, length: int, seed: int
) -> dict[int, tuple[str, list[int]]]:
    """Return for each held-out fold its key, and the folds that train for it.

    ``segments``: with group, fold, and ``key``, the key of the features that are read. A subset counts by the segments
    that it leaves to train on.
    """
    keys = {}
    for fold, training_folds in splits(segments["fold"], experiment.protocol):
        used = segments[used_rows(segments, fold, training_folds, experiment.subset)]
        # Groups count only if the training folds are split by them.
        trained = used[used["fold"] != fold] if experiment.training.stop_on == "inner" else used[:0]
        key = result_key(
            computing_digest("signwild.stages.training.trainer"),
            _specification(experiment, experiment.training),
            [seed, length, fold],
            used[TRAINING_COLUMNS].values.tolist(),
            trained["group"].tolist(),
        )
        keys[fold] = key, training_folds
    return keys


def _specification(experiment: TrainedExperiment, training: Training) -> dict[str, Any]:
    parts = {"network": experiment.network.model_dump(), "training": _identified(training)}
    return parts | ({"columns": experiment.columns} if experiment.columns else {})


def _identified(training: Training) -> dict[str, Any]:
    """Return a training's values; a detector that it starts from is identified by its files' bytes, not its path."""
    values = training.model_dump()
    if training.start_from is not None:
        path = Path(training.start_from) / CHECKSUMS
        try:
            values["start_from"] = file_sha256(path)
        except OSError:
            raise InputError(
                f"{path}: cannot be read; training.start_from names the folder of an exported detector"
            ) from None
    return values


def final_key(experiment: TrainedExperiment, segments: pd.DataFrame, length: int, seed: int) -> str:
    """Return the key of the network trained on all folds, however they are dealt; ``segments`` as in training_keys."""
    training = experiment.training.model_copy(update={"stop_on": "inner"})
    return result_key(
        computing_digest("signwild.stages.training.trainer"),
        _specification(experiment, training),
        [seed, length, "all folds"],
        segments[FINAL_COLUMNS].values.tolist(),
    )

"""Keys of trained and fitted folds: what a fold's result depends on."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from signwild.base.digests import computing_digest, file_sha256, result_key
from signwild.base.errors import InputError
from signwild.configuration.sections.classifier import Pooling
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.trained import Protocol, TrainedExperiment
from signwild.configuration.sections.training import Training
from signwild.exported.folder import CHECKSUMS

TRAINING_COLUMNS = ["video_id", "start_frame", "label", "fold", "key"]
FINAL_COLUMNS = ["video_id", "start_frame", "label", "group", "key"]
CLASSIFICATION_COLUMNS = ["video_id", "start_frame", "label", "fold", "group", "key"]


def splits(folds: Iterable[int], protocol: Protocol) -> list[tuple[int, list[int]]]:
    """Which fold is held out, and which ones train for it.

    Cross-validation holds out each fold once. Of ``two_folds``, the first trains and the second validates: the
    paper's ablation studies (section 5.2.1), and by the loss that they share its tables 1 and 3.
    """
    numbers = sorted(set(folds))
    if protocol == "two_folds":
        return [(numbers[1], [numbers[0]])]
    return [(held_out, [fold for fold in numbers if fold != held_out]) for held_out in numbers]


def training_keys(
    experiment: TrainedExperiment, segments: pd.DataFrame, length: int, seed: int
) -> dict[int, tuple[str, list[int]]]:
    """Of each fold that is held out, its key, and the folds that train for it.

    ``segments``: with group and fold, and with ``key``, that of the features that are read.
    """
    keys = {}
    for fold, training_folds in splits(segments["fold"], experiment.protocol):
        used = segments[segments["fold"].isin([fold, *training_folds])]
        # Groups count only where the training folds are split by them.
        trained = used[used["fold"] != fold] if experiment.training.stop_on == "inner" else used[:0]
        key = result_key(
            computing_digest("signwild.stages.training.trainer"),
            {"network": experiment.network.model_dump(), "training": _identified(experiment.training)},
            [seed, length, fold],
            used[TRAINING_COLUMNS].values.tolist(),
            trained["group"].tolist(),
        )
        keys[fold] = key, training_folds
    return keys


def _identified(training: Training) -> dict[str, Any]:
    """The values of a training; a detector that it starts from is known by its files' bytes, wherever it is."""
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
    """Key of the network that is trained on all folds, however they are dealt out; ``segments`` as above."""
    training = experiment.training.model_copy(update={"stop_on": "inner"})
    return result_key(
        computing_digest("signwild.stages.training.trainer"),
        {"network": experiment.network.model_dump(), "training": _identified(training)},
        [seed, length, "all folds"],
        segments[FINAL_COLUMNS].values.tolist(),
    )


def classification_key(
    experiment: ClassifiedExperiment, segments: pd.DataFrame, pooling: Pooling, length: int, seed: int
) -> str:
    """Key of a classifier on all folds; ``segments`` as for a training."""
    return result_key(
        computing_digest("signwild.stages.classification.classifier"),
        experiment.model_dump(include={"classifier", "unit"}),
        [pooling, length, seed],
        segments.sort_values(["video_id", "start_frame"])[CLASSIFICATION_COLUMNS].values.tolist(),
    )


def fold_key(key: str, fold: int) -> str:
    """Key of one fold of a classifier with this key."""
    return result_key(key, fold)

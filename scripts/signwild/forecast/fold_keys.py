"""Keys of trained and fitted folds, so that a forecast sees what the store already holds."""

import pandas as pd

from signwild.classification import KEY_COLUMNS as CLASSIFICATION_COLUMNS
from signwild.digests import code_digest, result_key
from signwild.parameters.experiment import ClassifiedExperiment, TrainedExperiment
from signwild.pooling import Pooling
from signwild.training import KEY_COLUMNS, splits


def training_keys(
    experiment: TrainedExperiment, segments: pd.DataFrame, length: int, seed: int
) -> dict[int, tuple[str, list[int]]]:
    """Of each held-out fold, its key as ``train_experiment`` gives it, and the folds that train for it.

    ``segments``: with folds, and ``key``, that of the features which are read.
    """
    keys = {}
    for fold, training_folds in splits(segments["fold"], experiment.protocol):
        used = segments[segments["fold"].isin([fold, *training_folds])]
        parts = [experiment.model_dump(include={"network", "training"}), [seed, length, fold]]
        keys[fold] = (
            result_key(code_digest("signwild.trainer"), *parts, used[KEY_COLUMNS].values.tolist()),
            training_folds,
        )
    return keys


def classification_keys(
    experiment: ClassifiedExperiment, segments: pd.DataFrame, pooling: Pooling, length: int, seed: int
) -> dict[int, str]:
    """Of each held-out fold, its key as ``classify_segments`` gives it; ``segments`` as for a training."""
    segments = segments.sort_values(["video_id", "start_frame"], ignore_index=True)
    key = result_key(
        code_digest("signwild.classifier"),
        experiment.model_dump(include={"classifier", "unit"}),
        [pooling, length, seed],
        segments[CLASSIFICATION_COLUMNS].values.tolist(),
    )
    return {int(fold): result_key(key, fold) for fold in sorted(set(segments["fold"]))}

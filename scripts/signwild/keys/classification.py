"""Keys of classifiers: what the result of a fitted fold depends on."""

import pandas as pd

from signwild.base.digests import computing_digest, file_sha256, result_key
from signwild.configuration.sections.classifier import PublishedClassifier
from signwild.configuration.sections.encoder import AnyEncoder
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.pooling import Pooling
from signwild.keys.folds import splits
from signwild.keys.subsets import used_rows

POOLED = "signwild.stages.features.pooling"
LEARNED = "signwild.stages.classification.learned.vectors"
"""Modules that make the vectors of a classifier: from features as they are, or by an encoder that is learned first."""

PUBLISHED = "signwild.stages.classification.published.asked_videos"

CLASSIFICATION_COLUMNS = ["video_id", "start_frame", "label", "fold", "group", "key"]


def classification_key(
    experiment: ClassifiedExperiment,
    segments: pd.DataFrame,
    pooling: Pooling,
    length: int,
    seed: int,
    encoder: AnyEncoder | None,
) -> str:
    """Return the key of a classifier on all folds; ``segments`` as in ``folds.training_keys``.

    ``encoder``: what each fold learns first, from the frames of its training segments, or None. A subset counts by the
    groups that each fold leaves out. A published detector is known by the bytes of its file, and by no seed.
    """
    rows = segments.sort_values(["video_id", "start_frame"])[CLASSIFICATION_COLUMNS].values.tolist()
    if isinstance(experiment.classifier, PublishedClassifier):
        published = file_sha256(experiment.classifier.file)
        return result_key(computing_digest(PUBLISHED), published, experiment.classifier.sample_rate, length, rows)
    left_out = [
        sorted(set(segments.loc[~used_rows(segments, fold, training, experiment.subset), "group"]))
        for fold, training in splits(segments["fold"], experiment.protocol)
    ]
    return result_key(
        computing_digest("signwild.stages.classification.classifier", LEARNED if encoder else POOLED),
        experiment.model_dump(include={"classifier", "unit"})
        | ({"columns": experiment.columns} if experiment.columns else {}),
        [pooling, length, seed, *([encoder.model_dump()] if encoder else [])],
        rows,
        *([left_out] if any(left_out) else []),
    )


def fold_key(key: str, fold: int) -> str:
    """Return the key of one fold of a classifier with this ``key``."""
    return result_key(key, fold)

"""Evaluation of predictions: loss, accuracy, precision, recall and F1, over all rows or fold by fold.

Predictions have one row per segment: fold, video_id, start_frame, label and the three class probabilities.
``by_video`` reduces them to one row per video. Videos are evaluated as signing against the rest, the question of
Shipman et al. and of Monteiro et al.
"""

import math

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_score, recall_score

from signwild.base.classes import CLASSES, PROBABILITIES, Unit
from signwild.base.errors import InputError
from signwild.predictions.by_video import video_rows
from signwild.predictions.calibration import calibration_error

SIGNING_OR_REST = ("signing", "rest")

_CODES = range(len(CLASSES))


def by_video(predictions: pd.DataFrame) -> pd.DataFrame:
    """Reduce predictions to one row per video, sorted by video_id, with the same columns.

    Probabilities are the mean over the video's segments; fold, start_frame and label are from ``video_rows``.
    A video that already has one row is unchanged. Raises InputError for a video whose segments are in two folds.
    """
    predictions = predictions.sort_values(["video_id", "start_frame"], ignore_index=True)
    videos = predictions.groupby("video_id", sort=True)
    torn = videos["fold"].nunique() > 1
    if torn.any():
        raise InputError(f"video {torn.idxmax()!r} has segments in two folds; cut the segments and train again")
    table = video_rows(predictions)
    shares = predictions[list(PROBABILITIES)].astype(np.float64).groupby(predictions["video_id"], sort=True)
    table[list(PROBABILITIES)] = shares.mean().to_numpy()
    return table


def evaluate(predictions: pd.DataFrame, unit: Unit = "segment") -> dict[str, float | int]:
    """Evaluate all predictions together.

    For segments:

    - ``loss``: cross-entropy with the natural logarithm, every segment weighted equally; the
      probabilities are float32, clipped at its epsilon (1.2e-7)
    - ``accuracy``: share of segments whose most probable class is the label
    - ``precision_macro``: mean of the three classes' precisions; a class that is never predicted counts 0
    - ``f1_signing``: F1 of the class signing; 0 if it is never predicted, NaN if no segment is signing
    - ``calibration_error``: expected calibration error, see :mod:`signwild.predictions.calibration`
    - ``n_segments``, ``n_videos``: how many segments and videos were evaluated

    For videos, one row each, as signing against the rest; a video is called signing if p_signing is at least 0.5:

    - ``accuracy``: share of videos that are classified correctly
    - ``precision_signing``, ``recall_signing``, ``f1_signing``: 0 if no video is called signing; recall and F1 are NaN
      if none is signing
    - ``n_videos``, ``n_signing``: how many videos were evaluated, and how many of them are signing
    """
    return _evaluate_segments(predictions) if unit == "segment" else _evaluate_videos(predictions)


def per_fold(predictions: pd.DataFrame, unit: Unit = "segment") -> pd.DataFrame:
    """Evaluate each fold separately: one row per fold, in order, with the columns of :func:`evaluate`."""
    folds = predictions.groupby("fold", sort=True)
    return pd.DataFrame([{"fold": fold, **evaluate(part, unit)} for fold, part in folds])


def confusion(predictions: pd.DataFrame, unit: Unit = "segment") -> pd.DataFrame:
    """Count rows by truth (rows) and prediction (columns), both in the order of ``CLASSES``.

    Videos are signing or the rest, as in :func:`evaluate`.
    """
    if unit == "segment":
        names = CLASSES
        truth, _, predicted = codes(predictions)
    else:
        names = SIGNING_OR_REST
        truth, predicted = (1 - signing for signing in signing_codes(predictions))
    counts = confusion_matrix(truth, predicted, labels=range(len(names)))
    return pd.DataFrame(counts, index=pd.Index(names, name="truth"), columns=pd.Index(names, name="prediction"))


def chance(predictions: pd.DataFrame, unit: Unit = "segment") -> dict[str, float]:
    """Return scores without a network: accuracy of the commonest class and, for segments, loss of a uniform guess."""
    if unit == "video":
        return {"accuracy": float((predictions["label"] == "signing").value_counts(normalize=True).max())}
    return {"accuracy": float(predictions["label"].value_counts(normalize=True).max()), "loss": math.log(len(CLASSES))}


def _evaluate_segments(predictions: pd.DataFrame) -> dict[str, float | int]:
    truth, probabilities, predicted = codes(predictions)
    signing = [CLASSES.index("signing")]
    f1 = float(f1_score(truth, predicted, labels=signing, average="macro", zero_division=0))
    return {
        "loss": float(log_loss(truth, y_proba=probabilities, labels=_CODES)),
        "accuracy": float(accuracy_score(truth, predicted)),
        "precision_macro": float(precision_score(truth, predicted, labels=_CODES, average="macro", zero_division=0)),
        "f1_signing": f1 if np.isin(truth, signing).any() else math.nan,
        "calibration_error": calibration_error(predictions),
        "n_segments": len(predictions),
        "n_videos": int(predictions["video_id"].nunique()),
    }


def _evaluate_videos(predictions: pd.DataFrame) -> dict[str, float | int]:
    truth, predicted = signing_codes(predictions)
    return {
        "accuracy": float(accuracy_score(truth, predicted)),
        "precision_signing": float(precision_score(truth, predicted, zero_division=0)),
        # Undefined for a fold without signing videos.
        "recall_signing": float(recall_score(truth, predicted, zero_division=np.nan)),
        "f1_signing": float(f1_score(truth, predicted, zero_division=0)) if truth.any() else math.nan,
        "n_videos": len(predictions),
        "n_signing": int(truth.sum()),
    }


def codes(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return truth (n,), probabilities (n, 3) and predicted class (n,); classes are numbers, as sklearn sorts names."""
    truth = predictions["label"].map(CLASSES.index).to_numpy()
    # sklearn clips at the epsilon of the array's own type, so the type is part of the definition.
    probabilities = predictions[list(PROBABILITIES)].to_numpy(dtype=np.float32).clip(0, 1)
    return truth, probabilities, probabilities.argmax(axis=1)


def signing_codes(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return truth (n,) and prediction (n,): 1 is signing, 0 the rest."""
    truth = (predictions["label"] == "signing").to_numpy(int)
    return truth, (predictions["p_signing"] >= 0.5).to_numpy(int)

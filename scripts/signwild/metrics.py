"""How good predictions are: loss, accuracy, precision and F1, over all segments or fold by fold.

Predictions have one row per segment: fold, video_id, start_frame, label and the three class probabilities.
"""

import math

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_score

from signwild.vocabulary import CLASSES, PROBABILITIES

_CODES = range(len(CLASSES))


def evaluate(predictions: pd.DataFrame) -> dict[str, float | int]:
    """Evaluate predictions as one whole.

    - ``loss``: cross-entropy by the natural logarithm, every segment weighing the same; the
      probabilities are float32, clipped at its epsilon (1.2e-7)
    - ``accuracy``: share of segments whose most probable class is the label
    - ``precision_macro``: mean of the three classes' precisions; a class that is never predicted counts 0
    - ``f1_signing``: F1 of the class signing; 0 if it is never predicted
    - ``n_segments``, ``n_videos``: what the numbers rest on
    """
    truth, probabilities, predicted = _codes(predictions)
    return {
        "loss": float(log_loss(truth, y_proba=probabilities, labels=_CODES)),
        "accuracy": float(accuracy_score(truth, predicted)),
        "precision_macro": float(precision_score(truth, predicted, labels=_CODES, average="macro", zero_division=0)),
        "f1_signing": float(
            f1_score(truth, predicted, labels=[CLASSES.index("signing")], average="macro", zero_division=0)
        ),
        "n_segments": len(predictions),
        "n_videos": int(predictions["video_id"].nunique()),
    }


def per_fold(predictions: pd.DataFrame) -> pd.DataFrame:
    """Evaluate each fold by itself: one row per fold, in order, with the columns of :func:`evaluate`."""
    return pd.DataFrame([{"fold": fold, **evaluate(part)} for fold, part in predictions.groupby("fold", sort=True)])


def confusion(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count segments by truth (rows) and prediction (columns), both in the order of ``CLASSES``."""
    truth, _, predicted = _codes(predictions)
    counts = confusion_matrix(truth, predicted, labels=_CODES)
    return pd.DataFrame(counts, index=pd.Index(CLASSES, name="truth"), columns=pd.Index(CLASSES, name="prediction"))


def chance(predictions: pd.DataFrame) -> dict[str, float]:
    """What needs no network: accuracy of always saying the commonest class, loss of a uniform guess."""
    return {"accuracy": float(predictions["label"].value_counts(normalize=True).max()), "loss": math.log(len(CLASSES))}


def _codes(predictions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth (n,), probabilities (n, 3) and predicted class (n,); classes as numbers, since sklearn sorts names."""
    truth = predictions["label"].map(CLASSES.index).to_numpy()
    # sklearn clips at the epsilon of the array's own type, so the type is part of the definition.
    probabilities = predictions[list(PROBABILITIES)].to_numpy(dtype=np.float32).clip(0, 1)
    return truth, probabilities, probabilities.argmax(axis=1)

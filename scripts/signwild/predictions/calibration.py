"""Calibration: how well probabilities match observed frequencies, by bins of confidence.

Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017: the confidence of a
prediction is the probability of its most probable class; in each of 15 bins of equal width it should be
the share of predictions that are right. The expected calibration error is the mean gap, weighted by the bins' sizes.
"""

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES

BINS = 15
"""Bins of equal width between 0 and 1 (Guo et al., section 5)."""


def reliability(predictions: pd.DataFrame) -> pd.DataFrame:
    """Compute the reliability curve: for every bin its number of predictions, mean confidence, and share right.

    Columns: low, high, count, confidence, right; the last two are missing in an empty bin.
    """
    probabilities = predictions[list(PROBABILITIES)].to_numpy(np.float64).clip(0, 1)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == predictions["label"].map(CLASSES.index).to_numpy()
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    found = pd.DataFrame({"bin": bins, "confidence": confidence, "right": right}).groupby("bin")
    curve = found.agg(count=("right", "size"), confidence=("confidence", "mean"), right=("right", "mean"))
    curve = curve.reindex(range(BINS)).reset_index(drop=True)
    edges = np.arange(BINS + 1) / BINS
    curve.insert(0, "high", edges[1:])
    curve.insert(0, "low", edges[:-1])
    return curve.assign(count=curve["count"].fillna(0).astype(int))


def calibration_error(predictions: pd.DataFrame) -> float:
    """Compute the expected calibration error, between 0 and 1."""
    curve = reliability(predictions).dropna()
    return float(((curve["right"] - curve["confidence"]).abs() * curve["count"]).sum() / curve["count"].sum())

"""The loss of single predictions, as training, tables and intervals all count it."""

import numpy as np


def cross_entropy(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Natural logarithm of what the true class was given, negated: (n,) float64.

    ``probabilities``: (n, classes) float32, rows that sum to 1. ``truth``: (n,) class numbers. A probability counts
    as at least float32's epsilon (1.2e-7), as in scikit-learn's ``log_loss``.
    """
    epsilon = np.finfo(np.float32).eps
    given = np.take_along_axis(probabilities.astype(np.float32), truth[:, None], axis=1)[:, 0]
    return -np.log(given.clip(epsilon, 1 - epsilon).astype(np.float64))

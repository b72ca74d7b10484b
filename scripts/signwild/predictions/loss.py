"""Loss of single predictions, as used by training, tables and intervals."""

import numpy as np


def cross_entropy(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the negative natural logarithm of the probability given to the true class, (n,) float64.

    ``probabilities``: (n, classes) float32, rows that sum to 1. ``truth``: (n,) class numbers. Probabilities are
    clipped to at least float32's epsilon (1.2e-7), as in scikit-learn's ``log_loss``.
    """
    epsilon = np.finfo(np.float32).eps
    given = np.take_along_axis(probabilities.astype(np.float32), truth[:, None], axis=1)[:, 0]
    return -np.log(given.clip(epsilon, 1 - epsilon).astype(np.float64))

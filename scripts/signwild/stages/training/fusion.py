"""Fusion of class probabilities (paper section 4)."""

import numpy as np


def fuse_probabilities(stacked: np.ndarray, rule: str) -> np.ndarray:
    """Fuse probabilities (members, n, 3) by ``mean``, ``product`` or ``max`` into (n, 3); each row sums to 1."""
    # A probability rounded to 0 must not turn a product into 0 / 0.
    stacked = np.maximum(stacked, np.finfo(np.float32).tiny)
    combine = {"mean": np.mean, "product": np.prod, "max": np.max}[rule]
    fused = combine(stacked, axis=0)
    return fused / fused.sum(axis=1, keepdims=True)

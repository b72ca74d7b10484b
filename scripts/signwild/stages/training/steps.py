"""What a training asks for: steps and predictions, computed by whoever drives it."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Step:
    """A step of training: features (n, length, d), classes (n,), weights of the classes (3,), and the rate."""

    features: np.ndarray
    classes: np.ndarray
    class_weights: np.ndarray
    learning_rate: float


@dataclass(frozen=True)
class Prediction:
    """Segments, features (n, length, d), of which the probabilities are asked, (n, 3) float32."""

    features: np.ndarray


TrainingSteps = Generator[Step | Prediction, np.ndarray | None, object]
"""A training that yields the steps and predictions that it needs, and gets the probabilities of the latter."""

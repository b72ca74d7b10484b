"""Calibration: one temperature, by which probabilities become what they say.

Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017: the logits are divided by a
number that is learned on data that the network has not seen, by the log loss. Fused probabilities have no logits;
their logarithms, which softmax takes as well, stand in their place. Which class is most probable does not change.
"""

import numpy as np

from signwild.predictions.loss import cross_entropy

TEMPERATURES = tuple(sorted((round(2 ** (step / 8), 3) for step in range(-16, 25)), key=lambda one: abs(np.log(one))))
"""What is tried, from 0.25 to 8 in steps of 9%, the one that changes least first: of what is as good, the first is
taken. Our choice; a finer step gains nothing that can be told."""


def calibrate(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Calibrated probabilities of (n, classes) ones, float64: softmax(log p / temperature). 1 changes nothing."""
    if temperature == 1:
        return probabilities
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny, dtype=np.float64)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def temperature_losses(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Log loss of (n, classes) probabilities of the classes ``truth``, (n,), summed, under each of TEMPERATURES."""
    return np.array([cross_entropy(calibrate(probabilities, one), truth).sum() for one in TEMPERATURES])


def best_temperature(losses: np.ndarray) -> float:
    """The temperature of the least loss, (len(TEMPERATURES),)."""
    return TEMPERATURES[int(np.argmin(losses))]

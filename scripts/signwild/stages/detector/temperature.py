"""Calibration by one temperature, after which probabilities match observed frequencies.

Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017: the logits are divided by a
number that is learned by the log loss on data that the network has not seen. Fused probabilities have no logits;
their logarithms are used instead, which softmax accepts as well. The most probable class does not change.
"""

import numpy as np

from signwild.predictions.loss import cross_entropy

TEMPERATURES = tuple(sorted((round(2 ** (step / 8), 3) for step in range(-16, 25)), key=lambda one: abs(np.log(one))))
"""Candidates from 0.25 to 8 in steps of 9%, those that change least first: of equally good ones the first is taken.
Our choice; a finer step brings no measurable gain."""


def calibrate(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Calibrate probabilities (n, classes): softmax(log p / temperature), float64. A temperature of 1 has no effect."""
    if temperature == 1:
        return probabilities
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny, dtype=np.float64)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def temperature_losses(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the summed log loss of (n, classes) probabilities given ``truth``, (n,), for each of TEMPERATURES."""
    return np.array([cross_entropy(calibrate(probabilities, one), truth).sum() for one in TEMPERATURES])


def best_temperature(losses: np.ndarray) -> float:
    """Return the temperature with the lowest of ``losses``, (len(TEMPERATURES),)."""
    return TEMPERATURES[int(np.argmin(losses))]

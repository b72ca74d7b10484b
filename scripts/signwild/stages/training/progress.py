"""State of a training after an epoch: everything needed to resume it as if it had never been interrupted."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Progress:
    """Everything that the next epoch depends on; the data's order is a function of seed, fold and epoch.

    ``state``: all variables of model and optimiser, including the seeds of dropout. ``best_state``: those of the epoch
    with the lowest loss. ``best_probabilities``: its predictions for the validation segments, (n, 3) float32. Both are
    None before the first such epoch, and while retraining on all segments (see ``path.REFIT``).
    ``rows``: the history, one row per epoch; these losses determine the state of the schedule.
    """

    state: list[np.ndarray]
    best_state: list[np.ndarray] | None
    best_probabilities: np.ndarray | None
    rows: list[dict]


class ProgressKeeper(Protocol):
    """Storage for the progress of one fold."""

    def read(self) -> Progress | None:
        """Return the stored progress, or None."""

    def keep(self, progress: Progress) -> None:
        """Store the progress now, or when the training is told to end."""

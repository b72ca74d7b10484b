"""A training as it stands after an epoch: what must be kept so that it can go on as if nothing had been."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Progress:
    """Everything that the next epoch depends on; the data's order is a function of seed, fold and epoch.

    ``state``: all variables of model and optimiser, the seeds of dropout among them. ``best_state``: those of the
    epoch with the lowest loss, ``best_probabilities`` (n, 3) float32 what that network said of the validation segments;
    None before any, and in a training anew on all segments (see ``training_path.REFIT``).
    ``rows``: the history, an epoch each; the schedule is where these losses bring it.
    """

    state: list[np.ndarray]
    best_state: list[np.ndarray] | None
    best_probabilities: np.ndarray | None
    rows: list[dict]


class ProgressKeeper(Protocol):
    """Where the progress of one fold is kept."""

    def read(self) -> Progress | None:
        """What was kept before, or None."""

    def keep(self, progress: Progress) -> None:
        """Keep the progress now, or when the training is asked to end."""

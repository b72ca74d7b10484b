"""The end of each epoch that decides when a training stops: validation, the best state so far, and what follows."""

import math
import time
from collections.abc import Callable

import numpy as np

from signwild.predictions.loss import cross_entropy
from signwild.stages.training.path import STOPPING
from signwild.stages.training.progress import Progress, ProgressKeeper
from signwild.stages.training.schedule import TrainingSchedule


class Watch:
    """The history of a training, and its best state.

    ``classes``: of the validation segments, (n,). ``state``: gives the present state. ``name``: precedes what is
    printed. A loss that is not finite (of a training that diverged) is never the best, and says so.
    """

    def __init__(
        self,
        schedule: TrainingSchedule,
        classes: np.ndarray,
        state: Callable[[], list[np.ndarray]],
        progress: ProgressKeeper,
        name: str = "",
    ) -> None:
        self.best_state: list[np.ndarray] | None = None
        self.best_probabilities: np.ndarray | None = None
        self.rows: list[dict] = []
        self._schedule, self._classes = schedule, classes
        self._state, self._progress, self._name = state, progress, name
        self._started = time.monotonic()

    def go_on_after(self, kept: Progress) -> str:
        """Resume from kept progress; return what follows its last epoch."""
        self.rows, self.best_state, self.best_probabilities = kept.rows, kept.best_state, kept.best_probabilities
        for row in kept.rows:
            self._schedule.observe(row["val_loss"])
        print(f"{self._name}going on after epoch {len(kept.rows)}", flush=True)
        return kept.rows[-1]["transition"]

    def end_epoch(self, scores: dict[str, float], probabilities: np.ndarray) -> str:
        """Evaluate an epoch, and write its row; return what follows.

        ``scores``: of its training segments. ``probabilities``: of the validation segments, (n, 3) float32. They give
        the loss too: the lowest loss is the loss of the probabilities that are kept.
        """
        step = {"learning_rate": self._schedule.learning_rate, "batch_size": self._schedule.batch_size}
        loss = float(cross_entropy(probabilities, self._classes).mean())
        least = self._schedule.best_loss
        follows = self._schedule.observe(loss)
        row = {
            "part": STOPPING,
            "epoch": self._schedule.epoch,
            **scores,
            "val_loss": loss,
            "val_accuracy": float((probabilities.argmax(axis=1) == self._classes).mean()),
            **step,
            "transition": follows,
        }
        self.rows.append(row)
        state = self._state()
        if self._schedule.best_loss < least:
            self.best_state, self.best_probabilities = state, probabilities
        self._report(row)
        self._progress.keep(Progress(state, self.best_state, self.best_probabilities, list(self.rows)))
        return follows

    def _report(self, row: dict) -> None:
        seconds, self._started = time.monotonic() - self._started, time.monotonic()
        unusable = "" if math.isfinite(row["val_loss"]) else "; this loss is no number, and counts as no improvement"
        print(
            f"{self._name}epoch {row['epoch']}: {seconds:.1f} s, loss {row['loss']:.4f}, "
            f"validation {row['val_loss']:.4f} (lowest {self._schedule.best_loss:.4f}), "
            f"rate {row['learning_rate']:.2g}, batch {row['batch_size']} {row['transition']}{unusable}",
            flush=True,
        )

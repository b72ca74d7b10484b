"""Callbacks for a network's training in Keras: order of the data, decay, and the end of a step."""

import time
from collections.abc import Callable

import keras
import numpy as np

from signwild.predictions.loss import cross_entropy
from signwild.stages.training.batches import SegmentBatches
from signwild.stages.training.path import STOPPING
from signwild.stages.training.progress import Progress, ProgressKeeper
from signwild.stages.training.schedule import TrainingSchedule

CROSS_ENTROPY = "cross_entropy"
"""Keras's name for the loss of training segments without the penalty on weights, if there is one."""


def training_scores(logs: dict[str, float]) -> dict[str, float]:
    """Return loss (without the penalty on weights) and accuracy of an epoch's training segments, from Keras's logs."""
    return {"loss": float(logs.get(CROSS_ENTROPY, logs["loss"])), "accuracy": float(logs["accuracy"])}


class Order(keras.callbacks.Callback):
    """Callback that sets the order of the data of each epoch."""

    def __init__(self, batches: SegmentBatches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:  # noqa: ARG002
        """Set the order of the epoch; Keras counts epochs from 0."""
        self._batches.start_epoch(epoch + 1)


class Decay(keras.callbacks.Callback):
    """Callback that lowers the rate with the number of Adam's steps, as the Keras of 2018 did.

    Separate from ``Watch``, since a callback that is called at each step makes all steps 4% slower.
    """

    def __init__(self, learning_rate: float, decay: float) -> None:
        super().__init__()
        self._learning_rate, self._decay = learning_rate, decay

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:  # noqa: ARG002
        """Set the rate of one step."""
        optimizer = self.model.optimizer
        optimizer.learning_rate = self._learning_rate / (1 + self._decay * int(optimizer.iterations))


class Watch(keras.callbacks.Callback):
    """Callback that predicts the validation segments after each epoch, keeps the best, and ends schedule steps.

    One pass gives both the loss and the probabilities: the lowest loss is the loss of the probabilities that are kept.
    """

    def __init__(
        self,
        schedule: TrainingSchedule,
        validation: SegmentBatches,
        state: Callable[[], list[np.ndarray]],
        progress: ProgressKeeper,
    ) -> None:
        super().__init__()
        self.best_state: list[np.ndarray] | None = None
        self.best_probabilities: np.ndarray | None = None
        self.rows: list[dict] = []
        self._schedule = schedule
        self._validation, self._asked = validation, validation.for_keras()
        self._state = state
        self._progress = progress
        self._started = 0.0

    def go_on_after(self, kept: Progress) -> str:
        """Resume from kept progress; return what follows its last epoch."""
        self.rows, self.best_state, self.best_probabilities = kept.rows, kept.best_state, kept.best_probabilities
        for row in kept.rows:
            self._schedule.observe(row["val_loss"])
        print(f"going on after epoch {len(kept.rows)}", flush=True)
        return kept.rows[-1]["transition"]

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:  # noqa: ARG002
        """Note the time."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Evaluate the epoch, write its row, and stop the step if the schedule ends it."""
        step = {"learning_rate": self._schedule.learning_rate, "batch_size": self._schedule.batch_size}
        probabilities = self.model.predict(self._asked, verbose=0).astype(np.float32)
        truth = self._validation.classes
        loss = float(cross_entropy(probabilities, truth).mean())
        if loss < self._schedule.best_loss:
            self.best_state, self.best_probabilities = self._state(), probabilities
        follows = self._schedule.observe(loss)
        row = {
            "part": STOPPING,
            "epoch": epoch + 1,
            **training_scores(logs),
            "val_loss": loss,
            "val_accuracy": float((probabilities.argmax(axis=1) == truth).mean()),
            **step,
            "transition": follows,
        }
        self.rows.append(row)
        self.model.stop_training = bool(follows)
        self._report(row)
        self._progress.keep(Progress(self._state(), self.best_state, self.best_probabilities, list(self.rows)))

    def _report(self, row: dict) -> None:
        print(
            f"epoch {row['epoch']}: {time.monotonic() - self._started:.1f} s, loss {row['loss']:.4f}, "
            f"validation {row['val_loss']:.4f} (lowest {self._schedule.best_loss:.4f}), "
            f"rate {row['learning_rate']:.2g}, batch {row['batch_size']} {row['transition']}",
            flush=True,
        )

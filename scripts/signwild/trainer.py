"""One network, trained and asked fold by fold, each fold as if it were the only one."""

import time
from collections.abc import Callable

import keras
import numpy as np
import pandas as pd

from signwild.batches import SegmentBatches, SegmentReader
from signwild.errors import InputError
from signwild.network import build_network, count_trainable
from signwild.parameters.experiment import TrainedExperiment
from signwild.schedule import GO_ON, GROW, REDUCE, TrainingSchedule
from signwild.scores import cross_entropy
from signwild.training_progress import Progress, ProgressKeeper
from signwild.vocabulary import CLASSES


class Trainer:
    """The network of an experiment with its first weights, which every fold starts from.

    ``segments``: path, start_frame, label and fold of every segment. The network is built and compiled once.
    """

    def __init__(self, experiment: TrainedExperiment, segments: pd.DataFrame, length: int, seed: int) -> None:
        keras.utils.set_random_seed(seed)
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.config.experimental.enable_op_determinism()
        self._training = experiment.training
        self._segments = segments
        self._seed = seed
        self._reader = SegmentReader(segments, length)
        self._model = build_network(experiment.network, length, self._reader.n_features)
        self._model.compile(
            optimizer=keras.optimizers.Adam(self._training.learning_rate),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        self._model.optimizer.build(self._model.trainable_variables)
        self._first = self._state()

    @property
    def trainable_parameters(self) -> int:
        """Trainable parameters of the network."""
        return count_trainable(self._model)

    def train_fold(
        self, fold: int, training_folds: list[int], progress: ProgressKeeper
    ) -> tuple[pd.DataFrame, np.ndarray, list[np.ndarray]]:
        """Train on ``training_folds`` by the schedule, judged by ``fold``, and keep the best weights.

        Each step of the schedule starts from the best state so far: weights and Adam's moments. Where ``progress``
        holds an epoch, it goes on after that one, and ends as if it had never been broken off. Returns the history
        (a row per epoch), probabilities (n, 3) float32 of the fold's segments in the table's order, and the values of
        the model's variables, both of the epoch with the lowest loss.
        """
        folds = self._segments["fold"]
        training, held_out = np.flatnonzero(folds.isin(training_folds)), np.flatnonzero(folds == fold)
        schedule = TrainingSchedule(self._training, len(training))
        validation = SegmentBatches(self._reader, self._segments, held_out, schedule.batch_size)
        watch = _Watch(schedule, validation, self._state, progress)
        decay = self._training.learning_rate_decay
        follows, state = REDUCE, self._first
        if kept := progress.read():
            follows = watch.go_on_after(kept)
            state = kept.state if follows == GO_ON else watch.best_state or self._first
        while follows in (GO_ON, REDUCE, GROW):
            self._restore(state)
            self._model.optimizer.learning_rate = schedule.learning_rate
            batches = SegmentBatches(
                self._reader, self._segments, training, schedule.batch_size, order_seed=[self._seed, fold]
            )
            self._model.fit(
                batches.for_keras(),
                initial_epoch=schedule.epoch,
                epochs=self._training.epochs,
                shuffle=False,
                class_weight=self._class_weights(training),
                callbacks=[_Order(batches), watch, *([_Decay(schedule, decay)] if decay else [])],
                verbose=0,
            )
            follows, state = watch.rows[-1]["transition"], watch.best_state or self._first
        if watch.best_state is None:
            raise InputError(f"fold {fold}: the training diverged; lower training.learning_rate")
        self._restore(watch.best_state)
        history = pd.DataFrame(watch.rows)
        history.insert(0, "fold", fold)
        return history, watch.best_probabilities, [value.numpy() for value in self._model.variables]

    @property
    def _variables(self) -> list:
        # The model's variables hold the seeds of its dropout layers too.
        return [*self._model.variables, *self._model.optimizer.variables]

    def _state(self) -> list[np.ndarray]:
        return [variable.numpy() for variable in self._variables]

    def _restore(self, state: list[np.ndarray]) -> None:
        for variable, value in zip(self._variables, state, strict=True):
            variable.assign(value)

    def _class_weights(self, training: np.ndarray) -> dict[int, float] | None:
        if not self._training.class_weights:
            return None
        counts = self._segments["label"].iloc[training].value_counts()
        return {number: len(training) / (len(CLASSES) * counts[name]) for number, name in enumerate(CLASSES)}


class _Order(keras.callbacks.Callback):
    """Gives each epoch its order."""

    def __init__(self, batches: SegmentBatches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:  # noqa: ARG002
        """Keras counts epochs from 0."""
        self._batches.start_epoch(epoch + 1)


class _Decay(keras.callbacks.Callback):
    """Lowers the rate with the number of Adam's steps, as the Keras of 2018 did.

    Apart from ``_Watch``, since a callback that is asked at each step makes all steps 4% slower.
    """

    def __init__(self, schedule: TrainingSchedule, decay: float) -> None:
        super().__init__()
        self._schedule, self._decay = schedule, decay

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:  # noqa: ARG002
        """Set the rate of one step."""
        optimizer = self.model.optimizer
        optimizer.learning_rate = self._schedule.learning_rate / (1 + self._decay * int(optimizer.iterations))


class _Watch(keras.callbacks.Callback):
    """Asks the network about the held-out fold after each epoch, keeps the best, and ends a step of the schedule.

    One pass gives the loss and the probabilities: the lowest loss is that of the probabilities that are kept.
    """

    def __init__(
        self,
        schedule: TrainingSchedule,
        held_out: SegmentBatches,
        state: Callable[[], list[np.ndarray]],
        progress: ProgressKeeper,
    ) -> None:
        super().__init__()
        self.best_state: list[np.ndarray] | None = None
        self.best_probabilities: np.ndarray | None = None
        self.rows: list[dict] = []
        self._schedule = schedule
        self._held_out, self._asked = held_out, held_out.for_keras()
        self._state = state
        self._progress = progress
        self._started = 0.0

    def go_on_after(self, kept: Progress) -> str:
        """Take up what was kept; returns what follows its last epoch."""
        self.rows, self.best_state, self.best_probabilities = kept.rows, kept.best_state, kept.best_probabilities
        for row in kept.rows:
            self._schedule.observe(row["val_loss"])
        print(f"going on after epoch {len(kept.rows)}", flush=True)
        return kept.rows[-1]["transition"]

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:  # noqa: ARG002
        """Note the time."""
        self._started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Judge the epoch, write its row, and stop the step where the schedule says so."""
        step = {"learning_rate": self._schedule.learning_rate, "batch_size": self._schedule.batch_size}
        probabilities = self.model.predict(self._asked, verbose=0).astype(np.float32)
        truth = self._held_out.classes
        loss = float(cross_entropy(probabilities, truth).mean())
        if loss < self._schedule.best_loss:
            self.best_state, self.best_probabilities = self._state(), probabilities
        follows = self._schedule.observe(loss)
        row = {
            "epoch": epoch + 1,
            **{name: float(logs[name]) for name in ("loss", "accuracy")},
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

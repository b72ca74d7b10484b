"""Training of and prediction with one network, fold by fold, each fold as if it were the only one."""

import h5py
import keras
import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Training
from signwild.exported.network_files import StartingNetwork, read_network
from signwild.stages.training.batches import SegmentBatches, SegmentReader
from signwild.stages.training.callbacks import CROSS_ENTROPY, Decay, Order, Watch, training_scores
from signwild.stages.training.network import build_network, count_trainable
from signwild.stages.training.path import REFIT, path_to_best, stopping_rows
from signwild.stages.training.progress import Progress, ProgressKeeper
from signwild.stages.training.schedule import GO_ON, GROW, REDUCE, TrainingSchedule
from signwild.stages.training.split import TrainingSplit


class Trainer:
    """A network with its initial weights, from which every fold starts.

    ``segments``: path, start_frame and label of every segment. ``start``: source of the initial weights; without it
    they are random. The network is built and compiled once.
    """

    def __init__(
        self,
        network: Network,
        training: Training,
        segments: pd.DataFrame,
        length: int,
        seed: int,
        start: StartingNetwork | None = None,
    ) -> None:
        keras.utils.set_random_seed(seed)
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            tf.config.experimental.enable_op_determinism()
        self._training = training
        self._segments = segments
        self._seed = seed
        self._reader = SegmentReader(segments, length)
        self._model = build_network(network, length, self._reader.n_features)
        if start:
            with h5py.File(start.file) as file:
                read_network(self._model, file[start.group])
        penalised = network.l2 > 0
        self._model.compile(
            optimizer=keras.optimizers.Adam(self._training.learning_rate),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
            # Keras adds the penalty on weights to its loss; the validation loss does not include it.
            weighted_metrics=[keras.metrics.SparseCategoricalCrossentropy(name=CROSS_ENTROPY)] if penalised else [],
        )
        self._model.optimizer.build(self._model.trainable_variables)
        self._first = self._state()

    @property
    def trainable_parameters(self) -> int:
        """Number of trainable parameters of the network."""
        return count_trainable(self._model)

    def train_fold(
        self, split: TrainingSplit, progress: ProgressKeeper
    ) -> tuple[pd.DataFrame, np.ndarray, list[np.ndarray]]:
        """Train by the schedule, and predict the held-out fold.

        Without an inner split the held-out fold is the validation part of the schedule, and the epoch with the lowest
        loss on it is kept. With an inner split the schedule runs on that; then the network is retrained on all training
        segments, along the epochs that led to the best one, and predicts the held-out fold once.
        If ``progress`` holds an epoch, training resumes after it, with the same result as without an interruption.
        Returns the history (a row per epoch), probabilities (n, 3) float32 of the held-out segments in the table's
        order, and the values of the model's variables. If no fold is held out, nothing is predicted and the history has
        fold -1. If ``training.epochs`` is 0, the initial weights are used to predict, and the history is empty. Raises
        InputError if the training diverged.
        """
        if not self._training.epochs:
            self._restore(self._first)
            variables = [value.numpy() for value in self._model.variables]
            return pd.DataFrame(), self._ask(split.asked), variables
        kept = progress.read()
        rows = kept.rows if kept else []
        is_refitting = bool(rows) and rows[-1]["part"] == REFIT
        watch = None if is_refitting else self._train_by_schedule(split, kept, progress)
        if split.inner is None:
            rows, probabilities = watch.rows, watch.best_probabilities
            self._restore(watch.best_state)
        else:
            rows = self._train_anew(split, kept if is_refitting else None, watch.rows if watch else rows, progress)
        variables = [value.numpy() for value in self._model.variables]
        if split.inner is not None:
            if not all(np.isfinite(values).all() for values in variables):
                raise _diverged(split)
            probabilities = self._ask(split.asked)
        history = pd.DataFrame(rows)
        history.insert(0, "fold", -1 if split.fold is None else split.fold)
        return history, probabilities, variables

    def _train_by_schedule(self, split: TrainingSplit, kept: Progress | None, progress: ProgressKeeper) -> Watch:
        """Train until the schedule ends; each step starts from the best state: weights and Adam's moments."""
        training, validation = split.inner or (split.training, split.asked)
        schedule = TrainingSchedule(self._training, len(training))
        watch = Watch(schedule, self._batches(validation), self._state, progress)
        follows, state = REDUCE, self._first
        if kept:
            follows = watch.go_on_after(kept)
            state = kept.state if follows == GO_ON else watch.best_state or self._first
        while follows in (GO_ON, REDUCE, GROW):
            self._restore(state)
            steps = schedule.learning_rate, schedule.batch_size
            self._fit(split, training, *steps, (schedule.epoch, self._training.epochs), watch)
            follows, state = watch.rows[-1]["transition"], watch.best_state or self._first
        if watch.best_state is None:
            raise _diverged(split)
        return watch

    def _train_anew(
        self, split: TrainingSplit, kept: Progress | None, rows: list[dict], progress: ProgressKeeper
    ) -> list[dict]:
        """Train on all training segments along the path to the best epoch; return all rows of the history.

        ``kept``: progress on that path. ``rows``: the rows before the path, and the completed ones on it.
        """
        path = path_to_best(stopping_rows(rows))
        done = len(rows) - len(stopping_rows(rows))
        self._restore(kept.state if kept else self._first)
        if kept:
            print(f"going on with all training segments after epoch {done}", flush=True)
        for number, step in enumerate(path[done:], start=done + 1):
            steps = {name: step[name] for name in ("learning_rate", "batch_size")}
            logs = self._fit(split, split.training, **steps, epochs=(number - 1, number))
            unknown = {"val_loss": float("nan"), "val_accuracy": float("nan")}
            rows = [*rows, {"part": REFIT, "epoch": number, **logs, **unknown, **steps, "transition": GO_ON}]
            print(f"all training segments, epoch {number} of {len(path)}: loss {logs['loss']:.4f}", flush=True)
            progress.keep(Progress(self._state(), None, None, rows))
        return rows

    def _fit(
        self,
        split: TrainingSplit,
        training: np.ndarray,
        learning_rate: float,
        batch_size: int,
        epochs: tuple[int, int],
        watch: Watch | None = None,
    ) -> dict[str, float]:
        """Train for ``epochs`` (first, last), or until ``watch`` ends it; return the logs of the last epoch."""
        self._model.optimizer.learning_rate = learning_rate
        batches = self._batches(training, batch_size, [self._seed, *split.order])
        decay = self._training.learning_rate_decay
        callbacks = [Order(batches), *([watch] if watch else []), *([Decay(learning_rate, decay)] if decay else [])]
        with self._reader.raising_input_errors():
            done = self._model.fit(
                batches.for_keras(),
                initial_epoch=epochs[0],
                epochs=epochs[1],
                shuffle=False,
                class_weight=self._class_weights(training),
                callbacks=callbacks,
                verbose=0,
            )
        return training_scores({name: values[-1] for name, values in done.history.items()})

    def _ask(self, positions: np.ndarray) -> np.ndarray:
        """Return the class probabilities of segments, (n, 3) float32."""
        if not len(positions):
            return np.empty((0, len(CLASSES)), np.float32)
        with self._reader.raising_input_errors():
            return self._model.predict(self._batches(positions).for_keras(), verbose=0).astype(np.float32)

    def _batches(
        self, positions: np.ndarray, batch_size: int | None = None, order_seed: list[int] | None = None
    ) -> SegmentBatches:
        size = batch_size or self._training.batch_size
        return SegmentBatches(self._reader, self._segments, positions, size, order_seed=order_seed)

    @property
    def _variables(self) -> list:
        # The model's variables include the seeds of its dropout layers.
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


def _diverged(split: TrainingSplit) -> InputError:
    return InputError(f"{split.name}: the training diverged; lower training.learning_rate")

"""Training of and prediction with one network, fold by fold, each fold as if it were the only one."""

import h5py
import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Training
from signwild.exported.network_files import StartingNetwork, read_network
from signwild.stages.training.batches import SegmentBatches, SegmentReader
from signwild.stages.training.compiled import compiled_network
from signwild.stages.training.network import build_network, count_trainable
from signwild.stages.training.path import REFIT, path_to_best, stopping_rows
from signwild.stages.training.progress import Progress, ProgressKeeper
from signwild.stages.training.schedule import GO_ON, GROW, REDUCE, TrainingSchedule
from signwild.stages.training.split import TrainingSplit
from signwild.stages.training.watch import Watch


class Trainer:
    """A network with its initial weights, from which every fold starts.

    ``segments``: path, start_frame and label of every segment. ``start``: source of the initial weights; without it
    they are random. ``columns``: features that are used; default: all. What is compiled is used again by the next
    trainer of a network of the same form.
    """

    def __init__(
        self,
        network: Network,
        training: Training,
        segments: pd.DataFrame,
        length: int,
        seed: int,
        start: StartingNetwork | None = None,
        columns: list[int] | None = None,
    ) -> None:
        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self._training = training
        self._segments = segments
        self._seed = seed
        self._reader = SegmentReader(segments, length, columns)
        features = self._reader.n_features
        model = build_network(network, length, features)
        if start:
            with h5py.File(start.file) as file:
                read_network(model, file[start.group])
        self._network = compiled_network(network, length, features, training.precision, self._reader.dtype.name)
        self._first = self._network.start([variable.numpy() for variable in model.variables])

    @property
    def trainable_parameters(self) -> int:
        """Number of trainable parameters of the network."""
        return count_trainable(self._network.model)

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
            self._network.restore(self._first)
            return pd.DataFrame(), self._predict(split.asked), self._network.values()
        kept = progress.read()
        rows = kept.rows if kept else []
        is_refitting = bool(rows) and rows[-1]["part"] == REFIT
        watch = None if is_refitting else self._train_by_schedule(split, kept, progress)
        if split.inner is None:
            rows, probabilities = watch.rows, watch.best_probabilities
            self._network.restore(watch.best_state)
        else:
            rows = self._train_anew(split, kept if is_refitting else None, watch.rows if watch else rows, progress)
        variables = self._network.values()
        if split.inner is not None:
            if not all(np.isfinite(values).all() for values in variables):
                raise _diverged(split)
            probabilities = self._predict(split.asked)
        history = pd.DataFrame(rows)
        history.insert(0, "fold", -1 if split.fold is None else split.fold)
        return history, probabilities, variables

    def _train_by_schedule(self, split: TrainingSplit, kept: Progress | None, progress: ProgressKeeper) -> Watch:
        """Train until the schedule ends; each step starts from the best state: weights and Adam's moments."""
        training, validation = split.inner or (split.training, split.asked)
        schedule = TrainingSchedule(self._training, len(training))
        classes = self._batches(validation).classes
        watch = Watch(schedule, classes, lambda: self._predict(validation), self._network.state, progress)
        follows, state = REDUCE, self._first
        if kept:
            follows = watch.go_on_after(kept)
            state = kept.state if follows == GO_ON else watch.best_state or self._first
        while follows in (GO_ON, REDUCE, GROW):
            if state is not None:
                self._network.restore(state)
            step = schedule.learning_rate, schedule.batch_size
            follows = watch.end_epoch(self._train_epoch(split, training, schedule.epoch + 1, *step))
            state = None if follows == GO_ON else watch.best_state or self._first
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
        self._network.restore(kept.state if kept else self._first)
        if kept:
            print(f"going on with all training segments after epoch {done}", flush=True)
        for number, step in enumerate(path[done:], start=done + 1):
            steps = {name: step[name] for name in ("learning_rate", "batch_size")}
            scores = self._train_epoch(split, split.training, number, **steps)
            unknown = {"val_loss": float("nan"), "val_accuracy": float("nan")}
            rows = [*rows, {"part": REFIT, "epoch": number, **scores, **unknown, **steps, "transition": GO_ON}]
            print(f"all training segments, epoch {number} of {len(path)}: loss {scores['loss']:.4f}", flush=True)
            progress.keep(Progress(self._network.state(), None, None, rows))
        return rows

    def _train_epoch(
        self, split: TrainingSplit, training: np.ndarray, epoch: int, learning_rate: float, batch_size: int
    ) -> dict[str, float]:
        """Train on each segment once; return the mean loss and the accuracy, each before the segment's own step."""
        batches = self._batches(training, batch_size, [self._seed, *split.order])
        batches.start_epoch(epoch)
        weights, decay, steps = self._class_weights(training), self._training.learning_rate_decay, self._network.steps
        sums = []
        for number, (features, classes) in enumerate(batches.read_ahead()):
            # The Keras of 2018 lowered the rate with the number of Adam's steps.
            rate = learning_rate / (1 + decay * (steps + number))
            sums.append(self._network.train(features, classes, weights, np.float32(rate)))
        loss, found = np.sum([[float(value) for value in pair] for pair in sums], axis=0)
        return {"loss": loss / len(training), "accuracy": found / len(training)}

    def _predict(self, positions: np.ndarray) -> np.ndarray:
        """Return the class probabilities of segments, (n, 3) float32."""
        found = [self._network.predict(features).numpy() for features, _ in self._batches(positions).read_ahead()]
        return np.concatenate([np.empty((0, len(CLASSES)), np.float32), *found])

    def _batches(
        self, positions: np.ndarray, batch_size: int | None = None, order_seed: list[int] | None = None
    ) -> SegmentBatches:
        size = batch_size or self._training.batch_size
        return SegmentBatches(self._reader, self._segments, positions, size, order_seed=order_seed)

    def _class_weights(self, training: np.ndarray) -> np.ndarray:
        """Return the weight of each class in the loss, (3,) float32."""
        if not self._training.class_weights:
            return np.ones(len(CLASSES), np.float32)
        counts = self._segments["label"].iloc[training].value_counts()
        return np.array([len(training) / (len(CLASSES) * counts[name]) for name in CLASSES], np.float32)


def _diverged(split: TrainingSplit) -> InputError:
    return InputError(f"{split.name}: the training diverged; lower training.learning_rate")

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
from signwild.stages.training.compiled import Form, NetworkInTraining
from signwild.stages.training.network import build_network, count_trainable
from signwild.stages.training.path import REFIT, path_to_best, stopping_rows
from signwild.stages.training.progress import Progress, ProgressKeeper
from signwild.stages.training.schedule import GO_ON, GROW, REDUCE, TrainingSchedule
from signwild.stages.training.split import TrainingSplit
from signwild.stages.training.steps import Prediction, Step, TrainingSteps
from signwild.stages.training.watch import Watch


class Trainer:
    """A network with its initial weights, from which every fold starts.

    ``segments``: path, start_frame and label of every segment; ``reader``: reads their features. ``start``: source of
    the initial weights; without it they are random. The steps are computed by whoever drives the training; see
    ``side_by_side``.
    """

    def __init__(
        self,
        network: Network,
        training: Training,
        segments: pd.DataFrame,
        reader: SegmentReader,
        seed: int,
        start: StartingNetwork | None = None,
    ) -> None:
        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        self._training = training
        self._segments = segments
        self._seed = seed
        self._reader = reader
        self.form = Form(network, reader.length, reader.n_features, training.precision, reader.dtype.name)
        self._model = build_network(network, reader.length, reader.n_features)
        if start:
            with h5py.File(start.file) as file:
                read_network(self._model, file[start.group])

    @property
    def trainable_parameters(self) -> int:
        """Number of trainable parameters of the network."""
        return count_trainable(self._model)

    def train_fold(
        self, fit: NetworkInTraining, split: TrainingSplit, progress: ProgressKeeper, name: str = ""
    ) -> TrainingSteps:
        """Train by the schedule, and predict the held-out fold.

        Without an inner split the held-out fold is the validation part of the schedule, and the epoch with the lowest
        loss on it is kept. With an inner split the schedule runs on that; then the network is retrained on all training
        segments, along the epochs that led to the best one, and predicts the held-out fold once.
        If ``progress`` holds an epoch, training resumes after it, with the result that it has without an
        interruption (side by side with other networks than before: up to rounding).
        ``fit``: the network that is trained. ``name``: precedes what is printed.
        Returns the history (a row per epoch), probabilities (n, 3) float32 of the held-out segments in the table's
        order, and the values of the model's variables. If no fold is held out, nothing is predicted and the history has
        fold -1. If ``training.epochs`` is 0, the initial weights are used to predict, and the history is empty. Raises
        InputError if the training diverged.
        """
        if not self._training.epochs:
            fit.restore(fit.start(self._model))
            return pd.DataFrame(), (yield from self._predict(split.asked)), fit.values()
        kept = progress.read()
        rows = kept.rows if kept else []
        is_refitting = bool(rows) and rows[-1]["part"] == REFIT
        watch = None if is_refitting else (yield from self._train_by_schedule(fit, split, kept, progress, name))
        if split.inner is None:
            rows, probabilities = watch.rows, watch.best_probabilities
            fit.restore(watch.best_state)
        else:
            kept, rows = (kept, rows) if is_refitting else (None, watch.rows)
            rows = yield from self._train_anew(fit, split, kept, rows, progress, name)
        variables = fit.values()
        if split.inner is not None:
            if not all(np.isfinite(values).all() for values in variables):
                raise _diverged(split)
            probabilities = yield from self._predict(split.asked)
        history = pd.DataFrame(rows)
        history.insert(0, "fold", -1 if split.fold is None else split.fold)
        return history, probabilities, variables

    def _train_by_schedule(
        self, fit: NetworkInTraining, split: TrainingSplit, kept: Progress | None, progress: ProgressKeeper, name: str
    ) -> TrainingSteps:
        """Train until the schedule ends; each step starts from the best state: weights and Adam's moments."""
        training, validation = split.inner or (split.training, split.asked)
        schedule = TrainingSchedule(self._training, len(training))
        watch = Watch(schedule, self._batches(validation).classes, fit.state, progress, name)
        follows, state = REDUCE, fit.start(self._model)
        first = state
        if kept:
            follows = watch.go_on_after(kept)
            state = kept.state if follows == GO_ON else watch.best_state or first
        while follows in (GO_ON, REDUCE, GROW):
            if state is not None:
                fit.restore(state)
            step = schedule.learning_rate, schedule.batch_size
            scores = yield from self._train_epoch(fit, split, training, schedule.epoch + 1, *step)
            follows = watch.end_epoch(scores, (yield from self._predict(validation)))
            state = None if follows == GO_ON else watch.best_state or first
        if watch.best_state is None:
            raise _diverged(split)
        return watch

    def _train_anew(
        self,
        fit: NetworkInTraining,
        split: TrainingSplit,
        kept: Progress | None,
        rows: list[dict],
        progress: ProgressKeeper,
        name: str,
    ) -> TrainingSteps:
        """Train on all training segments along the path to the best epoch; return all rows of the history.

        ``kept``: progress on that path. ``rows``: the rows before the path, and the completed ones on it.
        """
        path = path_to_best(stopping_rows(rows))
        done = len(rows) - len(stopping_rows(rows))
        fit.restore(kept.state if kept else fit.start(self._model))
        if kept:
            print(f"{name}going on with all training segments after epoch {done}", flush=True)
        for number, step in enumerate(path[done:], start=done + 1):
            steps = {name: step[name] for name in ("learning_rate", "batch_size")}
            scores = yield from self._train_epoch(fit, split, split.training, number, **steps)
            unknown = {"val_loss": float("nan"), "val_accuracy": float("nan")}
            rows = [*rows, {"part": REFIT, "epoch": number, **scores, **unknown, **steps, "transition": GO_ON}]
            done_of = f"epoch {number} of {len(path)}"
            print(f"{name}all training segments, {done_of}: loss {scores['loss']:.4f}", flush=True)
            progress.keep(Progress(fit.state(), None, None, rows))
        return rows

    def _train_epoch(
        self,
        fit: NetworkInTraining,
        split: TrainingSplit,
        training: np.ndarray,
        epoch: int,
        learning_rate: float,
        batch_size: int,
    ) -> TrainingSteps:
        """Train on each segment once; return the mean loss and the accuracy, each before the segment's own step."""
        batches = self._batches(training, batch_size, [self._seed, *split.order])
        batches.start_epoch(epoch)
        weights, decay, steps = self._class_weights(training), self._training.learning_rate_decay, fit.steps
        for number, (features, classes) in enumerate(batches.read_ahead()):
            # The Keras of 2018 lowered the rate with the number of Adam's steps.
            yield Step(features, classes, weights, learning_rate / (1 + decay * (steps + number)))
        loss, found = fit.scores().tolist()
        return {"loss": loss / len(training), "accuracy": found / len(training)}

    def _predict(self, positions: np.ndarray) -> TrainingSteps:
        """Return the class probabilities of segments, (n, 3) float32."""
        found = [np.empty((0, len(CLASSES)), np.float32)]
        for features, _ in self._batches(positions).read_ahead():
            found.append((yield Prediction(features)))
        return np.concatenate(found)

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

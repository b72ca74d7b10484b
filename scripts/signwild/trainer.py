"""One network, trained and asked fold by fold, each fold as if it were the only one."""

import keras
import numpy as np
import pandas as pd

from signwild.batches import SegmentBatches, SegmentReader
from signwild.errors import InputError
from signwild.network import build_network, count_trainable
from signwild.parameters.experiment import TrainedExperiment
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
        self._first = [variable.numpy() for variable in self._variables]

    @property
    def trainable_parameters(self) -> int:
        """Trainable parameters of the network."""
        return count_trainable(self._model)

    def train_fold(self, fold: int) -> tuple[pd.DataFrame, np.ndarray, list[np.ndarray]]:
        """Train on the other folds, stop early by this one, and ask the best weights about it.

        Returns the history (a row per epoch), probabilities (n, 3) float32 of the fold's
        segments in the table's order, and the values of the model's variables.
        """
        for variable, value in zip(self._variables, self._first, strict=True):
            variable.assign(value)
        held_out = self._segments["fold"].to_numpy() == fold
        training, validation = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        size = self._training.batch_size
        validation_batches = SegmentBatches(self._reader, self._segments, validation, size)
        history = self._model.fit(
            SegmentBatches(self._reader, self._segments, training, size, order_seed=[self._seed, fold]),
            validation_data=validation_batches,
            epochs=self._training.epochs,
            shuffle=False,
            class_weight=self._class_weights(training),
            callbacks=[keras.callbacks.EarlyStopping(patience=self._training.patience, restore_best_weights=True)],
            verbose=2,
        )
        probabilities = self._model.predict(validation_batches, verbose=0).astype(np.float32)
        if not (np.isfinite(history.history["val_loss"]).any() and np.isfinite(probabilities).all()):
            raise InputError(f"fold {fold}: the training diverged; lower training.learning_rate")
        return self._history_table(fold, history), probabilities, [value.numpy() for value in self._model.variables]

    @property
    def _variables(self) -> list:
        # The model's variables hold the seeds of its dropout layers too.
        return [*self._model.variables, *self._model.optimizer.variables]

    def _class_weights(self, training: np.ndarray) -> dict[int, float] | None:
        if not self._training.class_weights:
            return None
        counts = self._segments["label"].iloc[training].value_counts()
        return {number: len(training) / (len(CLASSES) * counts[name]) for number, name in enumerate(CLASSES)}

    def _history_table(self, fold: int, history: keras.callbacks.History) -> pd.DataFrame:
        table = pd.DataFrame(history.history)
        table["fold"] = fold
        table["epoch"] = np.arange(1, len(table) + 1)
        table["learning_rate"] = self._training.learning_rate
        return table

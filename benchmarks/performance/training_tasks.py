"""Tasks on training: reading segments, and one epoch of the paper's network."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers

from performance import limits, materials
from performance.materials import LENGTH, Task
from signwild.base.classes import CLASSES
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Precision, Training
from signwild.stages.training.batches import SegmentReader
from signwild.stages.training.cells import hard_sigmoid
from signwild.stages.training.compiled import CompiledNetworks, Form, Step, compiled_networks
from signwild.stages.training.side_by_side import SideBySide
from signwild.stages.training.split import split_fold

BATCH = Training().batch_size

READERS = 3
"""Number of threads that read features in the authors' programs."""


class ArraySegments(keras.utils.PyDataset):
    """Batches of segments as the authors read them: one file per sample, again in each epoch, with three threads."""

    def __init__(self, folder: Path, segments: pd.DataFrame, batch_size: int) -> None:
        super().__init__(workers=READERS, use_multiprocessing=False)
        self._paths = [
            [folder / str(row.video_id) / f"{row.start_frame + 6 * k}.npy" for k in range(LENGTH)]
            for row in segments.itertuples()
        ]
        self._classes = np.array([CLASSES.index(label) for label in segments["label"]])
        self._order = np.random.default_rng(0).permutation(len(segments))
        self._batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        features = np.stack([[np.load(path) for path in self._paths[segment]] for segment in chosen])
        return features, self._classes[chosen]


def reads_ours(folder: Path, segments: int) -> Task:
    """Read the segments of one epoch, in batches, from the feature store."""
    from signwild.stages.training.batches import SegmentBatches

    table = materials.make_segments(folder, segments)
    batches = SegmentBatches(SegmentReader(table, LENGTH), table, np.arange(segments), BATCH, [1, 0])

    def work() -> float:
        return sum(len(batches[number][0]) for number in range(len(batches)))

    work()  # a first epoch, so the files are open and in the system's memory
    return work


def reads_procedure(folder: Path, segments: int) -> Task:
    """Read the segments of one epoch with three threads, one file per sample."""
    from concurrent.futures import ThreadPoolExecutor

    table = materials.make_segments(folder, segments).iloc[:segments]
    materials.make_arrays(folder, table)
    batches = ArraySegments(folder / "arrays", table, BATCH)

    def work() -> float:
        with ThreadPoolExecutor(READERS) as readers:
            return sum(readers.map(lambda number: len(batches[number][0]), range(len(batches))))

    work()
    return work


def reads_limit(folder: Path, segments: int) -> Task:
    """Read as many bytes from one file, in pieces of a segment, in the same kind of order."""
    piece = LENGTH * materials.FC1 * 2
    path = folder / f"plain_{segments}.bin"
    if not path.exists():
        with path.open("wb") as file:
            for number in range(segments):
                file.write(np.random.default_rng(number % 64).bytes(piece))
    limits.read(path, np.arange(segments), piece)
    order = np.random.default_rng(0).permutation(segments)
    return lambda: limits.read(path, order, piece)


def training_ours(folder: Path, segments: int, precision: Precision = "float32") -> Task:
    """Train the paper's network for one epoch with the workflow's loop; the held-out fold has some 30 segments."""
    table = _with_warm_up(materials.make_segments(folder, segments))
    trainer = _trainer(table, precision)
    _train(trainer, table, 2)
    for path in set(table["path"]):
        path.read_bytes()  # into the system's memory

    def work() -> float:
        _train(trainer, table, 0)
        return segments

    return work


def training_procedure(folder: Path, segments: int) -> Task:
    """Train Keras's layers for one epoch in Keras's loop, fed by three threads from one file per sample."""
    table = _with_warm_up(materials.make_segments(folder, segments))
    materials.make_arrays(folder, table)
    model = _compiled(_network_of_keras())

    def fit(fold: int) -> float:
        chosen = table[table["fold"] == fold]
        model.fit(ArraySegments(folder / "arrays", chosen, BATCH), epochs=1, verbose=0)
        return len(chosen)

    fit(2)
    for path in (folder / "arrays").glob("*/*.npy"):
        path.read_bytes()  # into the system's memory
    return lambda: fit(0)


def training_limit(folder: Path, segments: int, precision: Precision = "float32") -> Task:  # noqa: ARG001
    """Take as many training steps of our network on a batch in memory."""
    tf.config.experimental.enable_op_determinism()  # as in our training
    network = CompiledNetworks(Form(Network(), LENGTH, materials.FC1, precision, "float16"))
    features = np.random.default_rng(0).normal(size=(BATCH, LENGTH, materials.FC1)).astype(np.float16)
    classes, weights = np.arange(BATCH) % len(CLASSES), np.ones(len(CLASSES), np.float32)
    step = Step(features, classes, weights, Training().learning_rate)

    def fit(steps: int) -> float:
        for _ in range(steps):
            network.train({0: step})
        return steps * BATCH

    fit(2)
    return lambda: fit(segments // BATCH)


class _NothingKept:
    """Progress of a training that is not kept, so the measurement leaves out the disk."""

    def read(self) -> None:
        """Return None: nothing was kept."""

    def keep(self, progress: object) -> None:
        """Keep nothing."""


def _with_warm_up(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table, with two batches of it repeated as fold 2, on which everything is compiled."""
    return pd.concat([table, table.iloc[: 2 * BATCH].assign(fold=2)], ignore_index=True)


def _trainer(table: pd.DataFrame, precision: Precision):
    from signwild.stages.training.trainer import Trainer

    reader = SegmentReader(table, LENGTH)
    return Trainer(Network(), Training(epochs=1, schedule=None, precision=precision), table, reader, seed=1)


def _train(trainer, table: pd.DataFrame, fold: int) -> None:
    """Train on one fold, and evaluate the first."""
    networks = compiled_networks(trainer.form)
    alone = SideBySide(networks)
    fit, split = networks.fit(0, Network()), split_fold(table, 1, [fold], Training(), seed=1)
    alone.start(0, trainer.train_fold(fit, split, _NothingKept()))
    while not alone.ended:
        alone.advance()


def _network_of_keras() -> keras.Model:
    """Return the paper's network made of Keras's recurrent layers, like the authors'."""
    shape = Network()
    values = {"reset_after": False, "recurrent_activation": hard_sigmoid, "dropout": shape.cell_dropout}
    last = shape.layers - 1
    return keras.Sequential(
        [
            keras.Input((LENGTH, materials.FC1)),
            *(layers.GRU(shape.units, return_sequences=number < last, **values) for number in range(shape.layers)),
            layers.BatchNormalization(),
            layers.Dense(shape.dense_units, activation="relu"),
            layers.Dropout(shape.dropout),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )


def _compiled(model: keras.Model) -> keras.Model:
    """Return the network, ready for training."""
    model.compile(
        optimizer=keras.optimizers.Adam(Training().learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model

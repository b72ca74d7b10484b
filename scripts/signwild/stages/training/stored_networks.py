"""Trained networks of the store: training those that are missing, each stored as soon as it is done, and histories."""

from collections.abc import Iterable
from pathlib import Path

import h5py
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.locks import claimed, lock_path
from signwild.base.memory import is_out_of_memory
from signwild.base.store import new_store_file, store_path
from signwild.predictions.records import HISTORY_COLUMNS
from signwild.stages.training.path import REFIT, STOPPING
from signwild.stages.training.progress_file import ProgressFile
from signwild.stages.training.starting import starting_network
from signwild.stages.training.tasks import Fit, TrainingTask

TEXTS = ("part", "transition")
"""Columns of a history that contain text."""


class NetworkTraining:
    """Training of the networks that the store lacks.

    Each has a lock in the store, so that jobs that run at the same time share the work. ``keep_every``: see
    ``ProgressFile``. ``prepared_weights``: the receipt of VGG-16's weights, for trainings that start from a detector.
    """

    def __init__(self, store: Path, keep_every: float, prepared_weights: Path | None) -> None:
        self._store, self._keep_every, self._prepared_weights = store, keep_every, prepared_weights
        self._trainer, self._task = None, None
        self._trained = 0

    def train(self, task: TrainingTask, waiting: Iterable[TrainingTask] = (), fits: int = 1) -> None:
        """Train the task's missing networks; then others of those ``waiting``, up to ``fits`` in all.

        A network that another process is training is waited for at the end. If all of the task's networks are in the
        store nothing is done, and Keras is not started.
        """
        missing = [fit for fit in task.fits if not self._is_trained(fit)]
        if not missing:
            return
        others = [fit for fit in missing if not self._train_unclaimed(task, fit)]
        self._train_ahead(waiting, fits)
        for fit in others:
            print(f"waiting for another process that is training {task.split(fit).name}", flush=True)
            self._train_unclaimed(task, fit, wait=True)

    def _train_ahead(self, waiting: Iterable[TrainingTask], fits: int) -> None:
        """Train networks of other jobs; the first that cannot be trained ends that, and its own job will say why."""
        try:
            # Making a task reads its features' manifest and computes keys, so none is made beyond the limit.
            tasks = iter(waiting)
            while self._trained < fits and (task := next(tasks, None)):
                for fit in task.fits:
                    if self._trained < fits and not self._is_trained(fit):
                        self._train_unclaimed(task, fit)
        except Exception as error:
            if not (isinstance(error, InputError) or is_out_of_memory(error)):
                raise
            print(f"the rest is left to other jobs: {error}", flush=True)

    def _train_unclaimed(self, task: TrainingTask, fit: Fit, wait: bool = False) -> bool:
        """Train a network unless another process does; return whether it is in the store."""
        progress = store_path(self._store, "progress", fit.path.stem)
        with claimed(progress, wait) as is_held:
            try:
                if is_held and not self._is_trained(fit):
                    self._train(task, fit, progress)
            finally:
                if is_held:
                    lock_path(progress).unlink(missing_ok=True)
        return is_held

    def _is_trained(self, fit: Fit) -> bool:
        """Return whether a network is in the store; if it is, remove what is left of its progress."""
        if is_done := fit.path.exists():
            # A process killed between writing the result and removing the progress leaves this file.
            store_path(self._store, "progress", fit.path.stem).unlink(missing_ok=True)
        return is_done

    def _train(self, task: TrainingTask, fit: Fit, path: Path) -> None:
        split = task.split(fit)
        trainer = self._trainer_of(task)
        # Imported late like Keras, which it starts.
        from signwild.base.device import network_device

        experiment = task.experiment
        print(f"{split.name} of {experiment.stream or experiment.descriptor}, seed {task.seed}", flush=True)
        with ProgressFile(path, fit.sources, self._keep_every) as progress:
            history, probabilities, variables = trainer.train_fold(split, progress)
        with new_store_file(fit.path, fit.sources, progress.seconds) as file:
            file["probabilities"] = probabilities
            for name in history:
                file[f"history/{name}"] = history[name].to_numpy("S" if name in TEXTS else None)
            for number, values in enumerate(variables):
                file[f"variables/{number:03d}"] = values
            file.attrs.update(trainable_parameters=trainer.trainable_parameters, device=network_device())
        progress.remove()
        self._trained += 1

    def _trainer_of(self, task: TrainingTask):
        """Return the trainer of a task; the one of the last task is kept."""
        if self._task is not task:
            start = starting_network(task.experiment, self._prepared_weights)
            # Imported late: Keras takes seconds to start, and a job that finds everything in the store needs none.
            from signwild.stages.training.trainer import Trainer

            network, training = task.experiment.network, task.experiment.training
            if training.precision == "bfloat16" and self._trainer is None:
                from signwild.stages.training.products import warn_of_slow_products

                warn_of_slow_products()
            columns = task.experiment.columns
            self._trainer = Trainer(network, training, task.segments, task.length, task.seed, start, columns)
            self._task = task
        return self._trainer


def read_history(file: h5py.File) -> pd.DataFrame:
    """Read the history of a network's file of the store: HISTORY_COLUMNS; empty if it learned nothing by steps."""
    if "history" not in file:
        return pd.DataFrame(columns=HISTORY_COLUMNS)
    history = pd.DataFrame({name: column[()] for name, column in file["history"].items()})
    return history.assign(**{name: history[name].str.decode("ascii") for name in TEXTS})


def describe_history(history: pd.DataFrame) -> dict[str, int]:
    """Return a history's epochs until it stopped, the best of them from 0, and the epochs of the retraining."""
    stopping = history[history["part"] == STOPPING]
    return {
        "epochs": len(stopping),
        "best_epoch": int(stopping.loc[stopping["val_loss"].idxmin(), "epoch"]) if len(stopping) else 0,
        "refit_epochs": int((history["part"] == REFIT).sum()),
    }

"""Trained networks of the store: training those that are missing, each stored as soon as it is done, and histories."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.locks import claimed, lock_path
from signwild.base.memory import is_out_of_memory
from signwild.base.store import new_store_file, store_path
from signwild.predictions.records import HISTORY_COLUMNS
from signwild.stages.training.batches import SegmentReader
from signwild.stages.training.path import REFIT, STOPPING
from signwild.stages.training.progress_file import ProgressFile
from signwild.stages.training.side_by_side import SideBySide
from signwild.stages.training.starting import starting_network
from signwild.stages.training.tasks import Fit, TrainingTask

if TYPE_CHECKING:
    # Keras takes seconds to start, and a job that finds everything in the store needs none.
    from signwild.stages.training.trainer import Trainer

TEXTS = ("part", "transition")
"""Columns of a history that contain text."""


@dataclass(frozen=True)
class _Job:
    """A network to train; ``is_ahead``: for another job of the run."""

    task: TrainingTask
    fit: Fit
    is_ahead: bool = False
    wait: bool = False


@dataclass(frozen=True)
class _Run:
    """A job under way: its trainer and progress, and what has to be given back at its end, such as its lock."""

    job: _Job
    trainer: "Trainer"
    progress: ProgressFile
    held: ExitStack = field(default_factory=ExitStack)


class NetworkTraining:
    """Training of the networks that the store lacks.

    Each has a lock in the store, so that jobs that run at the same time share the work. ``keep_every``: see
    ``ProgressFile``. ``prepared_weights``: the receipt of VGG-16's weights, for trainings that start from a detector.
    ``side_by_side``: how many networks of one form are trained at the same time, in the same steps.
    """

    def __init__(self, store: Path, keep_every: float, prepared_weights: Path | None, side_by_side: int = 1) -> None:
        self._store, self._keep_every, self._prepared_weights = store, keep_every, prepared_weights
        self._side_by_side = side_by_side
        self._task, self._trainer, self._reader = None, None, None
        self._started, self._goes_ahead = 0, True
        self._jobs: Iterator[_Job] = iter(())
        self._others: list[_Job] = []
        self._next: _Run | None = None
        self._held = ExitStack()

    def train(self, task: TrainingTask, waiting: Iterable[TrainingTask] = (), fits: int = 1) -> None:
        """Train the task's missing networks, and others of those ``waiting``, up to ``fits`` in all.

        A network that another process is training is waited for at the end. If all of the task's networks are in the
        store nothing is done, and Keras is not started. The first of the others that cannot be trained ends that, and
        its own job will say why.
        """
        missing = [_Job(task, fit) for fit in task.fits if not self._is_trained(fit)]
        if not missing:
            return
        self._train_all(self._jobs_of(missing, waiting, fits))
        for job in self._others:
            print(f"waiting for another process that is training {task.split(job.fit).name}", flush=True)
            self._train_all(iter([_Job(task, job.fit, wait=True)]))

    def _jobs_of(self, missing: list[_Job], waiting: Iterable[TrainingTask], fits: int) -> Iterator[_Job]:
        """Iterate over the jobs: a task's own, then those of others."""
        yield from missing
        # Making a task reads its features' manifest and computes keys, so none is made beyond the limit.
        tasks = iter(waiting)
        while self._goes_ahead and self._started < fits and (task := self._next_task(tasks)):
            for fit in task.fits:
                if self._goes_ahead and self._started < fits and not self._is_trained(fit):
                    yield _Job(task, fit, is_ahead=True)

    def _next_task(self, tasks: Iterator[TrainingTask]) -> TrainingTask | None:
        try:
            return next(tasks, None)
        except Exception as error:
            if not _is_left(error):
                raise
            self._leave(error)
            return None

    def _train_all(self, jobs: Iterator[_Job]) -> None:
        """Train networks in groups of one form."""
        with ExitStack() as self._held:
            self._jobs = jobs
            while run := self._take():
                runs = [run]
                while len(runs) < self._side_by_side and (run := self._take(runs[0])):
                    runs.append(run)
                self._train_group(runs)

    def _train_group(self, runs: list[_Run]) -> None:
        """Train networks of one form side by side; each that ends makes place for another."""
        # Imported late like Keras, which it starts.
        from signwild.stages.training.compiled import compiled_networks

        try:
            networks = compiled_networks(runs[0].trainer.form, len(runs))
        except Exception as error:
            if not (is_out_of_memory(error) and all(run.job.is_ahead for run in runs)):
                raise
            self._leave(error)
            return
        together, running = SideBySide(networks), {}

        def start(number: int, run: _Run) -> None:
            job, running[number] = run.job, run
            split, experiment = job.task.split(job.fit), job.task.experiment
            name = f"{split.name} of {experiment.stream or experiment.descriptor}, seed {job.task.seed}"
            print(name, flush=True)
            fit = networks.fit(number, experiment.network)
            training = run.trainer.train_fold(fit, split, run.progress, f"{name}: " if networks.count > 1 else "")
            run.held.callback(training.close)
            together.start(number, training)

        for number, run in enumerate(runs):
            start(number, run)
        while running:
            began = monotonic()
            self._advance(together, running)
            for run in running.values():
                run.progress.add((monotonic() - began) / len(running))
            for number in list(together.ended):
                run = running.pop(number)
                self._finish(run, together.ended.pop(number))
                if following := self._take(run):
                    start(number, following)

    def _advance(self, together: SideBySide, running: dict[int, _Run]) -> None:
        """Compute the next step; if it fails for want of memory and only others' networks are trained, leave them."""
        try:
            together.advance()
        except Exception as error:
            if not (is_out_of_memory(error) and all(run.job.is_ahead for run in running.values())):
                raise
            self._leave(error)
            running.clear()
            together.ended.clear()

    def _take(self, like: _Run | None = None) -> _Run | None:
        """Claim the next network that no other process trains; None if there is none of the form of ``like``."""
        run = self._next or self._claim_next()
        is_other = run and like and run.trainer.form.compiled != like.trainer.form.compiled
        self._next = run if is_other else None
        return None if is_other else run

    def _claim_next(self) -> _Run | None:
        """Claim the next network that is missing and that no other process trains."""
        for job in self._jobs:
            with ExitStack() as held:
                path = store_path(self._store, "progress", job.fit.path.stem)
                if not held.enter_context(claimed(path, job.wait)):
                    self._others += [] if job.is_ahead else [job]
                    continue
                held.callback(lock_path(path).unlink, missing_ok=True)
                if self._is_trained(job.fit):
                    continue
                try:
                    trainer = self._trainer_of(job.task)
                except Exception as error:
                    if not (job.is_ahead and _is_left(error)):
                        raise
                    self._leave(error)
                    continue
                progress = held.enter_context(ProgressFile(path, job.fit.sources, self._keep_every))
                self._started += 1
                run = _Run(job, trainer, progress, held.pop_all())
                self._held.push(run.held)
                return run
        return None

    def _leave(self, error: Exception) -> None:
        print(f"the rest is left to other jobs: {error}", flush=True)
        self._goes_ahead = False

    def _is_trained(self, fit: Fit) -> bool:
        """Return whether a network is in the store; if it is, remove what is left of its progress."""
        if is_done := fit.path.exists():
            # A process killed between writing the result and removing the progress leaves this file.
            store_path(self._store, "progress", fit.path.stem).unlink(missing_ok=True)
        return is_done

    def _finish(self, run: _Run, result: tuple[pd.DataFrame, np.ndarray, list[np.ndarray]] | Exception) -> None:
        """Store what a training resulted in, and give back what it held."""
        if isinstance(result, Exception):
            if not (run.job.is_ahead and _is_left(result)):
                raise result
            self._leave(result)
        else:
            self._write(run, *result)
        run.held.close()

    def _write(self, run: _Run, history: pd.DataFrame, probabilities: np.ndarray, variables: list[np.ndarray]) -> None:
        from signwild.base.device import network_device

        fit = run.job.fit
        with new_store_file(fit.path, fit.sources, run.progress.seconds) as file:
            file["probabilities"] = probabilities
            for name in history:
                file[f"history/{name}"] = history[name].to_numpy("S" if name in TEXTS else None)
            for number, values in enumerate(variables):
                file[f"variables/{number:03d}"] = values
            file.attrs.update(trainable_parameters=run.trainer.trainable_parameters, device=network_device())
        run.progress.remove()

    def _trainer_of(self, task: TrainingTask) -> "Trainer":
        """Return the trainer of a task; the one of the last task is kept."""
        if self._task is not task:
            start = starting_network(task.experiment, self._prepared_weights)
            from signwild.stages.training.trainer import Trainer

            network, training = task.experiment.network, task.experiment.training
            if training.precision == "bfloat16" and self._trainer is None:
                from signwild.stages.training.products import warn_of_slow_products

                warn_of_slow_products()
            # Tasks that read the same features of the same segments share a reader, and with it the open files.
            wanted = task.segments, task.length, task.experiment.columns
            if self._reader is None or not self._reader.is_of(*wanted):
                self._reader = SegmentReader(*wanted)
            self._trainer = Trainer(network, training, task.segments, self._reader, task.seed, start)
            self._task = task
        return self._trainer


def _is_left(error: Exception) -> bool:
    """Return whether a network that is trained ahead is left to its own job, which meets the same or has more room."""
    return isinstance(error, InputError) or is_out_of_memory(error)


def read_history(file: h5py.File) -> pd.DataFrame:
    """Read the history of a network's file of the store: HISTORY_COLUMNS; empty if it learned nothing by steps."""
    if "history" not in file:
        return pd.DataFrame(columns=HISTORY_COLUMNS)
    history = pd.DataFrame({name: column[()] for name, column in file["history"].items()})
    return history.assign(**{name: history[name].str.decode("ascii") for name in TEXTS})


def describe_history(history: pd.DataFrame) -> dict[str, int]:
    """Return a history's epochs until it stopped, the best of them from 0, and the epochs of the retraining.

    ``epochs_without_loss``: those whose validation loss was no finite number, which never count as better.
    """
    stopping = history[history["part"] == STOPPING]
    return {
        "epochs": len(stopping),
        "best_epoch": int(stopping.loc[stopping["val_loss"].idxmin(), "epoch"]) if len(stopping) else 0,
        "epochs_without_loss": int((~np.isfinite(stopping["val_loss"].astype(float))).sum()),
        "refit_epochs": int((history["part"] == REFIT).sum()),
    }

"""Trained networks of the store: training those that are missing, each stored as soon as it is done, and histories."""

from pathlib import Path

import h5py
import pandas as pd

from signwild.base.store import new_store_file, store_path
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.predictions.records import HISTORY_COLUMNS
from signwild.stages.training.path import REFIT, STOPPING
from signwild.stages.training.progress_file import ProgressFile
from signwild.stages.training.split import TrainingSplit
from signwild.stages.training.starting import starting_network

TEXTS = ("part", "transition")
"""Columns of a history that contain text."""


def is_trained(path: Path, store: Path) -> bool:
    """Return whether a network is in the store; if it is, remove what is left of its progress."""
    if is_done := path.exists():
        # A process killed between writing the result and removing the progress leaves this file.
        store_path(store, "progress", path.stem).unlink(missing_ok=True)
    return is_done


def train_networks(
    missing: list[tuple[TrainingSplit, Path, pd.Series]],
    experiment: TrainedExperiment,
    segments: pd.DataFrame,
    length: int,
    seed: int,
    store: Path,
    keep_every: float,
    prepared_weights: Path | None,
) -> None:
    """Train networks, each on its split of the segments, and write each file, which depends on the features' keys."""
    if not missing:
        return
    start = starting_network(experiment, prepared_weights)
    # Imported late: Keras takes seconds to start, and a run that finds everything in the store does not need it.
    from signwild.base.device import network_device
    from signwild.stages.training.trainer import Trainer

    trainer = Trainer(experiment.network, experiment.training, segments, length, seed, start)
    for split, path, sources in missing:
        print(f"{split.name} of {experiment.stream or experiment.descriptor}, seed {seed}", flush=True)
        with ProgressFile(store_path(store, "progress", path.stem), sources, keep_every) as progress:
            history, probabilities, variables = trainer.train_fold(split, progress)
        with new_store_file(path, sources, progress.seconds) as file:
            file["probabilities"] = probabilities
            for name in history:
                file[f"history/{name}"] = history[name].to_numpy("S" if name in TEXTS else None)
            for number, values in enumerate(variables):
                file[f"variables/{number:03d}"] = values
            file.attrs.update(trainable_parameters=trainer.trainable_parameters, device=network_device())
        progress.remove()


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

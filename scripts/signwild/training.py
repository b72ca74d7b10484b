"""Training: an experiment's network on every fold, each fold kept in the store as soon as it is done."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.digests import result_key
from signwild.feature_files import with_features
from signwild.files import written_whole
from signwild.fold_keys import training_keys
from signwild.parameters.experiment import TrainedExperiment
from signwild.pooling import faceless_share
from signwild.progress_files import ProgressFile
from signwild.records import HISTORY_COLUMNS, flat_parameters, write_predictions, write_record
from signwild.store import new_store_file, store_path
from signwild.training_path import REFIT, STOPPING
from signwild.training_split import split_fold

TEXTS = ("part", "transition")
"""Columns of a history that hold words."""


def train_experiment(
    run: str,
    name: str,
    seed: int,
    experiment: TrainedExperiment,
    length: int,
    segments_file: Path,
    manifest: Path,
    store: Path,
    tags: dict[str, str],
    output_dir: Path,
    keep_every_s: float = 0.0,
) -> None:
    """Train an experiment with one seed on every fold; write predictions.parquet, history.csv and record.json.

    ``segments_file``: segments with folds. ``manifest``: that of the stream's features.
    Folds that the store holds from an earlier run, whole or broken off, are not trained again, and a fold that was
    broken off goes on from its last epoch, or from one ``keep_every_s`` seconds of work before it. The record's
    ``folds`` say which were held out, and by ``key`` which file of the store has the network that was asked.
    """
    segments = with_features(pd.read_parquet(segments_file), manifest, experiment.what, store)
    held_out, probabilities, histories, folds = [], [], [], []
    for fold, path in _train_missing_folds(experiment, segments, length, seed, store, keep_every_s):
        held_out.append(segments[segments["fold"] == fold])
        with h5py.File(path) as file:
            probabilities.append(file["probabilities"][()])
            histories.append(_read_history(file))
            trainable_parameters = int(file.attrs["trainable_parameters"])
        folds.append({"key": path.stem, **_describe_fold(fold, held_out[-1], histories[-1])})
    predicted = pd.concat(held_out)
    write_predictions(output_dir / "predictions.parquet", predicted, np.concatenate(probabilities), run, name, seed)
    with written_whole(output_dir / "history.csv") as temporary:
        pd.concat(histories)[HISTORY_COLUMNS].to_csv(temporary, index=False)
    write_record(
        output_dir / "record.json",
        run=run,
        experiment=name,
        seed=seed,
        kind="training",
        key=result_key([fold["key"] for fold in folds]),
        parameters=flat_parameters(experiment.model_dump()) | {"segments.length": length},
        tags=tags,
        trainable_parameters=trainable_parameters,
        folds=folds,
        **({"faceless": faceless_share(predicted, length)} if experiment.descriptor else {}),
    )


def _train_missing_folds(
    experiment: TrainedExperiment,
    segments: pd.DataFrame,
    length: int,
    seed: int,
    store: Path,
    keep_every_s: float,
) -> list[tuple[int, Path]]:
    """Train what the store does not hold; returns the file of each fold that is held out."""
    files = []
    for fold, (key, training_folds) in training_keys(experiment, segments, length, seed).items():
        used = segments[segments["fold"].isin([fold, *training_folds])]
        files.append((fold, training_folds, store_path(store, "training", key), used["key"]))
    for path in (split[2] for split in files if split[2].exists()):
        # Killed after the fold's file was there, before its progress was gone.
        store_path(store, "progress", path.stem).unlink(missing_ok=True)
    missing = [split for split in files if not split[2].exists()]
    if missing:
        stop_on = experiment.training.stop_on
        # Of all folds before any is trained: where one has too few groups, nothing is trained in vain.
        splits = {fold: split_fold(segments, fold, training, stop_on, seed) for fold, training, *_ in missing}
        # Imported late: Keras takes seconds to start, and a run that finds everything in the store needs none of it.
        from signwild.devices import network_device
        from signwild.trainer import Trainer

        trainer = Trainer(experiment, segments, length, seed)
        for fold, _, path, sources in missing:
            print(f"fold {fold} of {experiment.stream or experiment.descriptor}, seed {seed}", flush=True)
            with ProgressFile(store_path(store, "progress", path.stem), sources, keep_every_s) as progress:
                history, probabilities, variables = trainer.train_fold(splits[fold], progress)
            with new_store_file(path, sources, progress.seconds) as file:
                file["probabilities"] = probabilities
                for name in history:
                    file[f"history/{name}"] = history[name].to_numpy("S" if name in TEXTS else None)
                for number, values in enumerate(variables):
                    file[f"variables/{number:03d}"] = values
                file.attrs.update(trainable_parameters=trainer.trainable_parameters, device=network_device())
            progress.remove()
    return [(fold, path) for fold, _, path, _ in files]


def _read_history(file: h5py.File) -> pd.DataFrame:
    history = pd.DataFrame({name: column[()] for name, column in file["history"].items()})
    return history.assign(**{name: history[name].str.decode("ascii") for name in TEXTS})


def _describe_fold(fold: int, held_out: pd.DataFrame, history: pd.DataFrame) -> dict[str, int]:
    stopping = history[history["part"] == STOPPING]
    return {
        "fold": int(fold),
        "segments": len(held_out),
        "videos": held_out["video_id"].nunique(),
        "epochs": len(stopping),
        "best_epoch": int(stopping.loc[stopping["val_loss"].idxmin(), "epoch"]),
        "refit_epochs": int((history["part"] == REFIT).sum()),
    }

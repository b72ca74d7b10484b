"""Training: an experiment's network on every fold, and on all folds; each is stored as soon as it is done."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.base.digests import result_key
from signwild.base.files import written_whole
from signwild.base.store import new_store_file, store_path
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.keys.folds import final_key, training_keys
from signwild.predictions.records import HISTORY_COLUMNS, flat_parameters, write_predictions, write_record
from signwild.stages.features.pooling import empty_shares
from signwild.stages.features.stored_features import with_features
from signwild.stages.training.path import REFIT, STOPPING
from signwild.stages.training.progress_file import ProgressFile
from signwild.stages.training.split import TrainingSplit, split_everything, split_fold
from signwild.stages.training.starting import starting_network

TEXTS = ("part", "transition")
"""Columns of a history that contain text."""


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
    weights: Path | None = None,
) -> None:
    """Train an experiment with one seed on every fold; write predictions.parquet, history.csv and record.json.

    ``segments_file``: segments with folds. ``manifest``: manifest of the stream's features. ``weights``: the receipt of
    VGG-16's weights, needed if ``training.start_from`` names a detector.
    Folds that are already in the store are not trained again, whether or not the earlier run was completed. An
    interrupted fold resumes from its last epoch, or from one up to ``keep_every_s`` seconds of work before it. The
    record's ``folds`` list the held-out folds; ``key`` names the stored file of the network that predicted each.
    """
    segments = with_features(pd.read_parquet(segments_file), manifest, experiment.what, store)
    held_out, probabilities, histories, folds = [], [], [], []
    for fold, path in _train_missing_folds(experiment, segments, length, seed, store, keep_every_s, weights):
        held_out.append(segments[segments["fold"] == fold])
        with h5py.File(path) as file:
            probabilities.append(file["probabilities"][()])
            histories.append(_read_history(file))
            trainable_parameters = int(file.attrs["trainable_parameters"])
        counts = {"segments": len(held_out[-1]), "videos": held_out[-1]["video_id"].nunique()}
        folds.append({"key": path.stem, "fold": int(fold), **counts, **_describe_history(histories[-1])})
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
        **(empty_shares(predicted, length) if experiment.descriptor else {}),
    )


def train_final(
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
    weights: Path | None = None,
) -> None:
    """Train an experiment's network on all folds, for a detector; write record.json.

    An inner part of the folds decides when to stop, whatever the value of ``training.stop_on``; then the network is
    retrained on all folds. The arguments are the same as for ``train_experiment``. The record's ``key`` names the file
    in the store with the network, which predicted nothing.
    """
    segments = with_features(pd.read_parquet(segments_file), manifest, experiment.what, store)
    path = store_path(store, "training", final_key(experiment, segments, length, seed))
    if not _is_done(path, store):
        split = split_everything(segments, experiment.training, seed)
        _train([(split, path, segments["key"])], experiment, segments, length, seed, store, keep_every_s, weights)
    with h5py.File(path) as file:
        history, trainable_parameters = _read_history(file), int(file.attrs["trainable_parameters"])
    write_record(
        output_dir / "record.json",
        run=run,
        experiment=name,
        seed=seed,
        kind="final",
        key=path.stem,
        parameters=flat_parameters(experiment.model_dump()) | {"segments.length": length},
        tags=tags,
        trainable_parameters=trainable_parameters,
        segments=len(segments),
        videos=segments["video_id"].nunique(),
        **_describe_history(history),
        folds=[],
    )


def _train_missing_folds(
    experiment: TrainedExperiment,
    segments: pd.DataFrame,
    length: int,
    seed: int,
    store: Path,
    keep_every_s: float,
    weights: Path | None,
) -> list[tuple[int, Path]]:
    """Train the folds that are not in the store; return the file of each held-out fold."""
    files, missing = [], []
    for fold, (key, training_folds) in training_keys(experiment, segments, length, seed).items():
        files.append((fold, store_path(store, "training", key)))
        if not _is_done(files[-1][1], store):
            split = split_fold(segments, fold, training_folds, experiment.training, seed)
            used = segments["fold"].isin([fold, *training_folds])
            missing.append((split, files[-1][1], segments.loc[used, "key"]))
    _train(missing, experiment, segments, length, seed, store, keep_every_s, weights)
    return files


def _is_done(path: Path, store: Path) -> bool:
    """Return whether a network is in the store; if it is, remove what is left of its progress."""
    if is_done := path.exists():
        # A process killed between writing the result and removing the progress leaves this file.
        store_path(store, "progress", path.stem).unlink(missing_ok=True)
    return is_done


def _train(
    missing: list[tuple[TrainingSplit, Path, pd.Series]],
    experiment: TrainedExperiment,
    segments: pd.DataFrame,
    length: int,
    seed: int,
    store: Path,
    keep_every_s: float,
    weights: Path | None,
) -> None:
    """Train networks, each on its split of the segments, and write each file, which depends on the features' keys."""
    if not missing:
        return
    start = starting_network(experiment, weights)
    # Imported late: Keras takes seconds to start, and a run that finds everything in the store does not need it.
    from signwild.base.device import network_device
    from signwild.stages.training.trainer import Trainer

    trainer = Trainer(experiment.network, experiment.training, segments, length, seed, start)
    for split, path, sources in missing:
        print(f"{split.name} of {experiment.stream or experiment.descriptor}, seed {seed}", flush=True)
        with ProgressFile(store_path(store, "progress", path.stem), sources, keep_every_s) as progress:
            history, probabilities, variables = trainer.train_fold(split, progress)
        with new_store_file(path, sources, progress.seconds) as file:
            file["probabilities"] = probabilities
            for name in history:
                file[f"history/{name}"] = history[name].to_numpy("S" if name in TEXTS else None)
            for number, values in enumerate(variables):
                file[f"variables/{number:03d}"] = values
            file.attrs.update(trainable_parameters=trainer.trainable_parameters, device=network_device())
        progress.remove()


def _read_history(file: h5py.File) -> pd.DataFrame:
    if "history" not in file:
        return pd.DataFrame(columns=HISTORY_COLUMNS)
    history = pd.DataFrame({name: column[()] for name, column in file["history"].items()})
    return history.assign(**{name: history[name].str.decode("ascii") for name in TEXTS})


def _describe_history(history: pd.DataFrame) -> dict[str, int]:
    stopping = history[history["part"] == STOPPING]
    return {
        "epochs": len(stopping),
        "best_epoch": int(stopping.loc[stopping["val_loss"].idxmin(), "epoch"]) if len(stopping) else 0,
        "refit_epochs": int((history["part"] == REFIT).sum()),
    }

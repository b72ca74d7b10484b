"""Training: an experiment's network on every fold, each fold kept in the store as soon as it is done."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.digests import code_digest, result_key
from signwild.feature_files import with_features
from signwild.files import written_whole
from signwild.parameters.experiment import TrainedExperiment
from signwild.pooling import faceless_share
from signwild.records import HISTORY_COLUMNS, flat_parameters, write_predictions, write_record
from signwild.store import new_hdf5, store_path

KEY_COLUMNS = ["video_id", "start_frame", "label", "fold", "key"]


def train_experiment(
    run: str,
    name: str,
    seed: int,
    experiment: TrainedExperiment,
    length: int,
    segments_file: Path,
    manifests: list[Path],
    store: Path,
    tags: dict[str, str],
    output_dir: Path,
) -> None:
    """Train an experiment with one seed on every fold; write predictions.parquet, history.csv and record.json.

    ``segments_file``: segments with folds. ``manifests``: the feature manifests of the experiment's stream.
    Folds that the store holds from an earlier run, whole or broken off, are not trained again.
    """
    segments = with_features(pd.read_parquet(segments_file), manifests, experiment.what, store)
    key = result_key(
        code_digest("signwild.trainer"),
        experiment.model_dump(include={"network", "training"}),
        [seed, length],
        segments[KEY_COLUMNS].values.tolist(),
    )
    probabilities = np.empty((len(segments), 3), np.float32)
    histories, folds = [], []
    for fold, path in _train_missing_folds(experiment, segments, length, seed, key, store):
        held_out = segments["fold"] == fold
        with h5py.File(path) as file:
            probabilities[held_out] = file["probabilities"][()]
            histories.append(pd.DataFrame({name: column[()] for name, column in file["history"].items()}))
            trainable_parameters = int(file.attrs["trainable_parameters"])
        folds.append(_describe_fold(fold, segments[held_out], histories[-1]))
    write_predictions(output_dir / "predictions.parquet", segments, probabilities, run, name, seed)
    with written_whole(output_dir / "history.csv") as temporary:
        pd.concat(histories)[HISTORY_COLUMNS].to_csv(temporary, index=False)
    write_record(
        output_dir / "record.json",
        run=run,
        experiment=name,
        seed=seed,
        kind="training",
        key=key,
        parameters=flat_parameters(experiment.model_dump()) | {"segments.length": length},
        tags=tags,
        trainable_parameters=trainable_parameters,
        folds=folds,
        **({"faceless": faceless_share(segments, length)} if experiment.descriptor else {}),
    )


def _train_missing_folds(
    experiment: TrainedExperiment, segments: pd.DataFrame, length: int, seed: int, key: str, store: Path
) -> list[tuple[int, Path]]:
    """Train what the store does not hold; returns each fold's file."""
    files = [(fold, store_path(store, "training", result_key(key, fold))) for fold in sorted(set(segments["fold"]))]
    missing = [(fold, path) for fold, path in files if not path.exists()]
    if missing:
        # Imported late: Keras takes seconds to start, and a run that finds everything in the store needs none of it.
        from signwild.trainer import Trainer

        trainer = Trainer(experiment, segments, length, seed)
        for fold, path in missing:
            print(f"fold {fold} of {experiment.stream or experiment.descriptor}, seed {seed}", flush=True)
            history, probabilities, variables = trainer.train_fold(fold)
            with new_hdf5(path) as file:
                file["probabilities"] = probabilities
                for name in history:
                    file[f"history/{name}"] = history[name].to_numpy()
                for number, values in enumerate(variables):
                    file[f"variables/{number:03d}"] = values
                file.attrs["trainable_parameters"] = trainer.trainable_parameters
    return files


def _describe_fold(fold: int, held_out: pd.DataFrame, history: pd.DataFrame) -> dict[str, int]:
    return {
        "fold": int(fold),
        "segments": len(held_out),
        "videos": held_out["video_id"].nunique(),
        "epochs": len(history),
        "best_epoch": int(history.loc[history["val_loss"].idxmin(), "epoch"]),
    }

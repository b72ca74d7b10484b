"""Training: an experiment's network on every fold; each is stored as soon as it is done."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.base.digests import result_key
from signwild.base.files import written_whole
from signwild.base.keras_start import use_threads
from signwild.base.store import store_path
from signwild.cli.program import run_function
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.keys.folds import training_keys
from signwild.predictions.records import HISTORY_COLUMNS, flat_parameters, write_predictions, write_record
from signwild.stages.features.pooling import empty_shares
from signwild.stages.features.stored_features import with_features
from signwild.stages.training.split import split_fold
from signwild.stages.training.stored_networks import describe_history, is_trained, read_history, train_networks


def train_experiment(
    run: str,
    name: str,
    seed: int,
    experiment: TrainedExperiment,
    length: int,
    segments_file: Path,
    features: Path,
    store: Path,
    tags: dict[str, str],
    output_dir: Path,
    keep_every: float = 30.0,
    prepared_weights: Path | None = None,
    threads: int = 1,
) -> None:
    """Train an experiment with one seed on every fold; write predictions.parquet, history.csv and record.json.

    ``segments_file``: segments with folds. ``features``: manifest of the stream's features. ``prepared_weights``: the
    receipt of VGG-16's weights, needed if ``training.start_from`` names a detector.
    Folds that are already in the store are not trained again, whether or not the earlier run was completed. An
    interrupted fold resumes from its last epoch, or from one up to ``keep_every`` seconds of work before it. The
    record's ``folds`` list the held-out folds; ``key`` names the stored file of the network that predicted each.
    """
    use_threads(threads)
    segments = with_features(pd.read_parquet(segments_file), features, experiment.what, store)
    held_out, probabilities, histories, folds = [], [], [], []
    for fold, path in _train_missing_folds(experiment, segments, length, seed, store, keep_every, prepared_weights):
        held_out.append(segments[segments["fold"] == fold])
        with h5py.File(path) as file:
            probabilities.append(file["probabilities"][()])
            histories.append(read_history(file))
            trainable_parameters = int(file.attrs["trainable_parameters"])
        counts = {"segments": len(held_out[-1]), "videos": held_out[-1]["video_id"].nunique()}
        folds.append({"key": path.stem, "fold": int(fold), **counts, **describe_history(histories[-1])})
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


def _train_missing_folds(
    experiment: TrainedExperiment,
    segments: pd.DataFrame,
    length: int,
    seed: int,
    store: Path,
    keep_every: float,
    prepared_weights: Path | None,
) -> list[tuple[int, Path]]:
    """Train the folds that are not in the store; return the file of each held-out fold."""
    files, missing = [], []
    for fold, (key, training_folds) in training_keys(experiment, segments, length, seed).items():
        files.append((fold, store_path(store, "training", key)))
        if not is_trained(files[-1][1], store):
            split = split_fold(segments, fold, training_folds, experiment.training, seed)
            used = segments["fold"].isin([fold, *training_folds])
            missing.append((split, files[-1][1], segments.loc[used, "key"]))
    train_networks(
        missing,
        experiment=experiment,
        segments=segments,
        length=length,
        seed=seed,
        store=store,
        keep_every=keep_every,
        prepared_weights=prepared_weights,
    )
    return files


if __name__ == "__main__":
    run_function(train_experiment, lock="output_dir")

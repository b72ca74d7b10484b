"""Training: an experiment's network on all folds, for a detector; it is stored as soon as it is done."""

from pathlib import Path

import h5py
import pandas as pd

from signwild.base.keras_start import use_threads
from signwild.base.store import store_path
from signwild.cli.program import run_function
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.keys.folds import final_key
from signwild.predictions.records import flat_parameters, write_record
from signwild.stages.features.stored_features import with_features
from signwild.stages.training.split import split_everything
from signwild.stages.training.stored_networks import describe_history, is_trained, read_history, train_networks


def train_final(
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
    """Train an experiment's network on all folds, for a detector; write record.json.

    An inner part of the folds decides when to stop, whatever the value of ``training.stop_on``; then the network is
    retrained on all folds. The arguments are the same as for ``train_experiment``. The record's ``key`` names the file
    in the store with the network, which predicted nothing.
    """
    use_threads(threads)
    segments = with_features(pd.read_parquet(segments_file), features, experiment.what, store)
    path = store_path(store, "training", final_key(experiment, segments, length, seed))
    if not is_trained(path, store):
        split = split_everything(segments, experiment.training, seed)
        train_networks(
            [(split, path, segments["key"])],
            experiment=experiment,
            segments=segments,
            length=length,
            seed=seed,
            store=store,
            keep_every=keep_every,
            prepared_weights=prepared_weights,
        )
    with h5py.File(path) as file:
        history, trainable_parameters = read_history(file), int(file.attrs["trainable_parameters"])
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
        **describe_history(history),
        folds=[],
    )


if __name__ == "__main__":
    run_function(train_final, lock="output_dir")

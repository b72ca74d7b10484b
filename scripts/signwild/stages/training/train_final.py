"""Training: an experiment's network on all folds, for a detector; it is stored as soon as it is done."""

from pathlib import Path

import h5py
import pandas as pd

from signwild.base.keras_start import use_threads
from signwild.cli.program import run_function
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.predictions.records import flat_parameters, write_record
from signwild.stages.features.stored_features import with_features
from signwild.stages.training.stored_networks import NetworkTraining, describe_history, read_history
from signwild.stages.training.tasks import TrainingTask
from signwild.stages.training.waiting import waiting_tasks


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
    waiting: Path | None = None,
    fits: int = 1,
    side_by_side: int = 1,
    threads: int = 1,
) -> None:
    """Train an experiment's network on all folds, for a detector; write record.json.

    An inner part of the folds decides when to stop, whatever the value of ``training.stop_on``; then the network is
    retrained on all folds. The arguments are the same as for ``train_experiment``. The record's ``key`` names the file
    in the store with the network, which predicted nothing.
    """
    use_threads(threads)
    segments = with_features(pd.read_parquet(segments_file), features, experiment.what, store)
    task = TrainingTask.of_everything(experiment, segments, length, seed, store)
    others = waiting_tasks(waiting, experiment, segments_file, features, length, store) if waiting else ()
    NetworkTraining(store, keep_every, prepared_weights, side_by_side).train(task, others, fits)
    path = task.fits[0].path
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

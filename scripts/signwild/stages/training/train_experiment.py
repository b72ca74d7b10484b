"""Training: an experiment's network on every fold; each is stored as soon as it is done."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.base.digests import result_key
from signwild.base.files import written_whole
from signwild.base.keras_start import use_threads
from signwild.cli.program import run_function
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.predictions.records import HISTORY_COLUMNS, flat_parameters, write_predictions, write_record
from signwild.stages.features.pooling import empty_shares
from signwild.stages.features.stored_features import with_features
from signwild.stages.training.stored_networks import NetworkTraining, describe_history, read_history
from signwild.stages.training.tasks import TrainingTask
from signwild.stages.training.waiting import waiting_tasks


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
    waiting: Path | None = None,
    fits: int = 1,
    side_by_side: int = 1,
    threads: int = 1,
) -> None:
    """Train an experiment with one seed on every fold; write predictions.parquet, history.csv and record.json.

    ``segments_file``: segments with folds. ``features``: manifest of the stream's features. ``prepared_weights``: the
    receipt of VGG-16's weights, needed if ``training.start_from`` names a detector.
    Folds that are already in the store are not trained again, whether or not the earlier run was completed. An
    interrupted fold resumes from its last epoch, or from one up to ``keep_every`` seconds of work before it. If any is
    trained, others of ``waiting`` that read the same features are trained ahead, up to ``fits`` networks in all;
    ``side_by_side`` of one form are trained at the same time. The
    record's ``folds`` list the held-out folds; ``key`` names the stored file of the network that predicted each.
    """
    use_threads(threads)
    segments = with_features(pd.read_parquet(segments_file), features, experiment.what, store)
    task = TrainingTask.of_folds(experiment, segments, length, seed, store)
    others = waiting_tasks(waiting, experiment, segments_file, features, length, store) if waiting else ()
    NetworkTraining(store, keep_every, prepared_weights, side_by_side).train(task, others, fits)
    held_out, probabilities, histories, folds = [], [], [], []
    for fit in task.fits:
        held_out.append(segments[segments["fold"] == fit.fold])
        with h5py.File(fit.path) as file:
            probabilities.append(file["probabilities"][()])
            histories.append(read_history(file))
            trainable_parameters = int(file.attrs["trainable_parameters"])
        counts = {"segments": len(held_out[-1]), "videos": held_out[-1]["video_id"].nunique()}
        folds.append({"key": fit.path.stem, "fold": fit.fold, **counts, **describe_history(histories[-1])})
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


if __name__ == "__main__":
    run_function(train_experiment, lock="output_dir")

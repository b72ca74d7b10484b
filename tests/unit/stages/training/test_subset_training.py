"""Training on a share of the persons: as if the others were not there, and stopped by the chosen ones alone."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from made_features import LENGTH, Features, experiment

from signwild.configuration.sections.experiments.subset import Subset
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.keys.subsets import used_rows
from signwild.predictions.records import read_record
from signwild.stages.features.stored_features import with_features
from signwild.stages.training.tasks import TrainingTask


def on_half(training: dict) -> TrainedExperiment:
    return experiment(training).model_copy(update={"subset": Subset(share=0.5, draw=2)})


def test_the_network_of_a_share_is_that_of_a_data_set_without_the_other_persons(tmp_path: Path) -> None:
    made = Features(tmp_path / "whole").make(videos=24, folds=2)
    output = made.train(on_half({"epochs": 2, "stop_on": "inner"}))
    record = read_record(output / "record.json")
    segments = pd.read_parquet(made.segments)
    assert [entry["segments"] for entry in record["folds"]] == segments.groupby("fold").size().tolist()
    for fold, entry in enumerate(record["folds"]):
        less = Features(tmp_path / f"without {fold}").make(videos=24, folds=2)
        rows = used_rows(segments, fold, [1 - fold], Subset(share=0.5, draw=2))
        assert 0 < (~rows).sum() < len(rows) / 2
        segments[rows].to_parquet(less.segments, index=False)
        alone = read_record(less.train(experiment({"epochs": 2, "stop_on": "inner"})) / "record.json")
        assert alone["folds"][fold]["key"] == entry["key"]
        contents = []
        for store in (made.store, less.store):
            with h5py.File(store / "training" / f"{entry['key']}.h5") as file:
                contents.append([file["probabilities"][()], *(values[()] for values in file["variables"].values())])
        assert all(np.array_equal(one, other) for one, other in zip(*contents, strict=True))


def test_only_chosen_persons_are_trained_on_or_decide_when_to_stop(tmp_path: Path) -> None:
    made = Features(tmp_path).make(videos=36, folds=3)
    specification = on_half({"stop_on": "inner"})
    segments = with_features(pd.read_parquet(made.segments), made.manifest, "fc1", made.store)
    task = TrainingTask.of_folds(specification, segments, LENGTH, 1, made.store)
    for fit in task.fits:
        split = task.split(fit)
        used = np.flatnonzero(used_rows(segments, fit.fold, fit.training_folds, specification.subset))
        assert sorted([*split.training, *split.asked]) == used.tolist()
        assert sorted(np.concatenate(split.inner)) == split.training.tolist()
        assert (segments["fold"].iloc[split.asked] == fit.fold).all()
        assert (segments["fold"].iloc[split.training] != fit.fold).all()
        assert segments["group"].iloc[split.training].nunique() == 12
        assert [set(segments["label"].iloc[part]) for part in split.inner] == [{"signing", "speaking", "other"}] * 2
        assert fit.sources.tolist() == segments["key"].iloc[used].tolist()

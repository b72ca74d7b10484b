"""What a training job trains: the networks of an experiment with one seed, each a file of the store."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from signwild.base.store import store_path
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.keys.folds import final_key, training_keys
from signwild.keys.subsets import used_rows
from signwild.stages.training.split import TrainingSplit, split_everything, split_fold


@dataclass(frozen=True)
class Fit:
    """One network: its file, the keys of the features it is made from, and, for a fold, the folds that train for it."""

    path: Path
    sources: pd.Series
    fold: int | None = None
    training_folds: tuple[int, ...] = ()


@dataclass(frozen=True)
class TrainingTask:
    """The networks of an experiment with one seed.

    ``segments``: as ``with_features`` gives them. ``length``: samples of a segment.
    """

    experiment: TrainedExperiment
    segments: pd.DataFrame
    length: int
    seed: int
    fits: list[Fit]

    @classmethod
    def of_folds(
        cls, experiment: TrainedExperiment, segments: pd.DataFrame, length: int, seed: int, store: Path
    ) -> Self:
        """Return the task of one network for each held-out fold."""
        fits = []
        for fold, (key, folds) in training_keys(experiment, segments, length, seed).items():
            sources = segments.loc[used_rows(segments, fold, folds, experiment.subset), "key"]
            fits.append(Fit(store_path(store, "training", key), sources, int(fold), tuple(folds)))
        return cls(experiment, segments, length, seed, fits)

    @classmethod
    def of_everything(
        cls, experiment: TrainedExperiment, segments: pd.DataFrame, length: int, seed: int, store: Path
    ) -> Self:
        """Return the task of one network that is trained on all folds."""
        key = final_key(experiment, segments, length, seed)
        return cls(experiment, segments, length, seed, [Fit(store_path(store, "training", key), segments["key"])])

    def split(self, fit: Fit) -> TrainingSplit:
        """Return the split of the segments for one of the networks. Raises InputError."""
        if fit.fold is None:
            return split_everything(self.segments, self.experiment.training, self.seed)
        folds, subset = list(fit.training_folds), self.experiment.subset
        rows = np.flatnonzero(used_rows(self.segments, fit.fold, folds, subset))
        split = split_fold(self.segments.iloc[rows], fit.fold, folds, self.experiment.training, self.seed)
        inner = split.inner and (rows[split.inner[0]], rows[split.inner[1]])
        return replace(split, training=rows[split.training], asked=rows[split.asked], inner=inner)

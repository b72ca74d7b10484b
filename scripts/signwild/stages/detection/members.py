"""The members of an experiment: its trained networks (one, or several for a fusion), and the features they read."""

from pathlib import Path

import pandas as pd

from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.predictions.records import read_record
from signwild.stages.features.stored_features import with_features

FINAL = "final"
"""Name of a network that was trained on all folds."""


class Member(Parameters):
    """A trained experiment: its entry, the folder of its results with one seed, and its features' manifest.

    ``final``: the record of its network trained on all folds, if a detector has that one.
    """

    experiment: TrainedExperiment
    results: Path
    manifest: Path
    final: Path | None = None

    @property
    def record(self) -> dict:
        """Run record of its training."""
        return read_record(self.results / "record.json")

    @property
    def shipped(self) -> dict[str, str]:
        """Keys of its networks in a detector, by their names in the detector's folder."""
        if self.final:
            return {FINAL: read_record(self.final)["key"]}
        return {f"fold_{entry['fold']}": entry["key"] for entry in self.record["folds"]}

    def with_features(self, videos: pd.DataFrame, store: Path) -> pd.DataFrame:
        """Return rows that have a video_id, with ``key`` and ``path`` of that video's features added."""
        return with_features(videos, self.manifest, self.experiment.what, store)

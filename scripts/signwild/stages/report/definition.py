"""Definition of a report, from the plan of the run."""

from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.experiments.protocol import Protocol
from signwild.configuration.sections.segments import GroupBy
from signwild.configuration.sections.training import StopOn


class ReportedExperiment(Parameters):
    """An experiment that was computed.

    ``label``: its label in the first table that shows it, or its name. ``folder``: below the run's, with seed_1, ... in
    it. ``rows``: the rows of tables that show it, in words.
    """

    name: str
    label: str
    folder: str
    rows: list[str]


class ReportDefinition(Parameters):
    """A run and the names of its parts.

    ``dataset``: the kind of data set. ``weights``: VGG-16's: imagenet, packaged, random or a path; ``random_fc1``:
    whether an fc1 of random numbers is read on top of them. ``backbones``: the same of other networks, by their names.
    ``not_comparable``: why no number can be compared with the paper's.
    ``paper_dataset``: whether the videos are the paper's, or what is left of them. ``shown``: the experiment whose
    confusions the cards describe, if any.
    ``claims``: whether the paper's statements were checked against the run.
    ``signers``: whether experiments were compared person by person. ``learning_curve``: whether shares of the training
    persons were compared, and ``points``: the experiments that were computed for that alone.
    ``detectors``: experiments that were evaluated as detectors. ``pictures``: names of the PNG files in figures/.
    ``group_by``: what folds keep together. ``length``: samples of a segment. ``sample_rate``: samples per second.
    ``max_seconds``: the part of a video that is used. ``protocols``: the protocols under which experiments were run.
    ``stop_on``: the segments that decided when trainings stopped, ``detectors_stop_on``: the same for detectors.
    ``final``: experiments of which a network was trained on all folds.
    """

    run: str
    dataset: str
    weights: str
    random_fc1: bool
    backbones: dict[str, str]
    not_comparable: list[str]
    paper_dataset: bool
    seeds: list[int]
    shards: list[str]
    tables: list[str]
    claims: bool
    signers: bool
    learning_curve: bool
    points: list[str]
    detectors: list[str]
    experiments: list[ReportedExperiment]
    shown: str | None
    pictures: list[str]
    group_by: GroupBy
    length: int
    sample_rate: int
    max_seconds: float
    protocols: list[Protocol]
    stop_on: list[StopOn]
    detectors_stop_on: list[StopOn]
    final: list[str]

    @property
    def shown_label(self) -> str | None:
        """Label of the experiment ``shown``, if there is one."""
        return next((entry.label for entry in self.experiments if entry.name == self.shown), self.shown)

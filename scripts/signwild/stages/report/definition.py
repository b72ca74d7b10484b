"""What a report is about, as the plan of the run knows it."""

from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.experiments.trained import Protocol
from signwild.configuration.sections.segments import GroupBy
from signwild.configuration.sections.training import StopOn


class ReportedExperiment(Parameters):
    """An experiment that was computed.

    ``folder``: below the run's, with seed_1, ... in it. ``rows``: the rows of tables that show it, in words.
    """

    name: str
    folder: str
    rows: list[str]


class ReportDefinition(Parameters):
    """A run and the names of its parts.

    ``dataset``: the kind of data set. ``weights``: imagenet, packaged, random or a path; ``random_fc1``: whether an fc1
    of random numbers is read on top of them. ``not_comparable``: why no number can be held against the paper's.
    ``paper_dataset``: whether the videos are the paper's, or what is left of them. ``shown``: the experiment whose
    confusions the cards describe, if any.
    ``claims``: whether the paper's statements were held against the run.
    ``detectors``: experiments that were judged as detectors. ``pictures``: names of the PNG files in figures/.
    ``group_by``: what folds keep together. ``length``: samples of a segment. ``sample_rate``: samples a second.
    ``max_seconds``: what is looked at of a video. ``protocols``: those that some experiment was run under.
    ``stop_on``: by which segments trainings stopped, and ``detectors_stop_on`` those of detectors. ``final``:
    experiments of which a network was trained on all folds.
    """

    run: str
    dataset: str
    weights: str
    random_fc1: bool
    not_comparable: list[str]
    paper_dataset: bool
    seeds: list[int]
    shards: list[str]
    tables: list[str]
    claims: bool
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

"""The evaluation of detectors on held-out videos, and the decisions that are exported with them."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.bootstrap import Metrics, described, resample_metrics
from signwild.detection.decisions import describe_decision, write_decisions
from signwild.detection.learning import HeldOutVideo, Learner, held_out_videos
from signwild.detection.score_table import CAPTION, NOTE, lay_out
from signwild.detection.scores import detection_metrics
from signwild.parameters.detection import Decision, Detector
from signwild.parameters.training import StopOn
from signwild.stopping_notes import stopping_sentences
from signwild.table_layout import write_table_forms
from signwild.window_tables import fuse_windows


def evaluate_detection(
    detectors: list[Detector],
    windows: dict[str, Path],
    decisions_file: Path,
    output_stem: Path,
    stop_on: list[StopOn],
    progress: Callable[[list], Iterable] = iter,
) -> None:
    """Judge detectors on all held-out videos; write the table's three forms and, as JSON, each one's decision.

    ``windows``: by trained experiment, the table of its windows. ``stop_on``: by what their trainings stopped. The
    decision that is exported is learned on all videos; each fold is judged by what was learned on the others.
    """
    decisions, lines = {}, []
    for detector in detectors:
        videos = held_out_videos(fuse_windows([windows[name] for name in detector.members], detector.rule))
        learner = Learner(videos, progress)
        decisions[detector.name] = learner.learn(np.ones(len(videos), bool))
        for metric, values in _judge(learner, videos).items():
            lines.append({"experiment": detector.name, "metric": metric, **described(values)})
    numbers = pd.DataFrame(lines)
    notes = [NOTE, *stopping_sentences(stop_on)]
    notes += [f"Exported, {name}: {describe_decision(decision)}." for name, decision in decisions.items()]
    write_table_forms(numbers, lay_out(numbers), CAPTION, notes, output_stem)
    write_decisions(decisions, decisions_file)


def _judge(learner: Learner, videos: list[HeldOutVideo]) -> Metrics:
    """Each fold under what was learned on the others; under the plain decision where there are none."""
    folds, sums = np.array([video.fold for video in videos]), []
    for fold in np.unique(folds):
        own = folds == fold
        decision = Decision() if own.all() else learner.learn(~own)
        sums.append(learner.terms(decision, own)[None])
    return resample_metrics(sums, detection_metrics)

"""The evaluation of detectors on held-out videos, and the decisions that are exported with them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.table_forms import write_table_forms
from signwild.cli.program import run_function
from signwild.cli.progress import progress
from signwild.configuration.sections.detection import Decision, Detector
from signwild.configuration.sections.segments import GroupBy
from signwild.configuration.sections.training import StopOn
from signwild.predictions.bootstrap import Metrics, described, draw_weights, resample_metrics
from signwild.predictions.calibration import calibration_error
from signwild.predictions.stopping_notes import stopping_sentences
from signwild.stages.dataset.groups import folds_note
from signwild.stages.detection.detector_metrics import detection_metrics
from signwild.stages.detection.learning import HeldOutVideo, Learner, held_out_videos
from signwild.stages.detection.score_table import CAPTION, NOTE, lay_out
from signwild.stages.detection.window_tables import fuse_windows
from signwild.stages.detector.decisions import describe_decision, write_decisions


def evaluate_detection(
    detectors: list[Detector],
    windows_dir: Path,
    group_by: GroupBy,
    decisions_file: Path,
    output_stem: Path,
    stop_on: Sequence[StopOn] = (),
) -> None:
    """Evaluate detectors on all held-out videos; write the table's three forms and, as JSON, each detector's decision.

    ``windows_dir``: the folder of the tables of windows, one for each trained experiment. ``group_by``: what folds keep
    together. ``stop_on``: the segments that decided when trainings stopped. The exported decision is learned on all
    videos; each fold is evaluated with what was learned on the others.
    """
    decisions, lines = {}, []
    for detector in detectors:
        windows_files = [windows_dir / f"{name}.parquet" for name in detector.members]
        videos = held_out_videos(fuse_windows(windows_files, detector.rule))
        learner = Learner(videos, partial(progress, stage="evaluation"))
        decisions[detector.name] = learner.learn(np.ones(len(videos), bool))
        by_fold = _learn_by_fold(learner, videos)
        for metric, values in _judge(learner, by_fold).items():
            lines.append({"experiment": detector.name, "metric": metric, **described(values)})
        for metric, value in _judge_calibration(videos, by_fold).items():
            lines.append({"experiment": detector.name, "metric": metric, "value": value})
    numbers = pd.DataFrame(lines).assign(group_by=group_by)
    notes = [NOTE, folds_note(group_by), *stopping_sentences(stop_on)]
    notes += (f"Exported, {name}: {describe_decision(decision)}." for name, decision in decisions.items())
    write_table_forms(numbers, lay_out(numbers), CAPTION, notes, output_stem)
    write_decisions(decisions, decisions_file)


Judged = list[tuple[np.ndarray, Decision]]
"""For each fold, which videos belong to it, (n,) bool, and what was learned on the others."""


def _learn_by_fold(learner: Learner, videos: list[HeldOutVideo]) -> Judged:
    """Return what was learned on the other folds, or the default decision if there are none."""
    folds = np.array([video.fold for video in videos])
    own = [folds == fold for fold in np.unique(folds)]
    return [(one, Decision() if one.all() else learner.learn(~one)) for one in own]


def _judge(learner: Learner, by_fold: Judged) -> Metrics:
    sums = [learner.terms(decision, own)[None] for own, decision in by_fold]
    weights = draw_weights([own.shape[1] for own in sums])
    return resample_metrics(sums, weights, detection_metrics)


def _judge_calibration(videos: list[HeldOutVideo], by_fold: Judged) -> dict[str, float]:
    """Return calibration errors of windows, raw and calibrated: means over folds, without intervals as elsewhere."""
    errors = []
    for own, decision in by_fold:
        chosen = [video for video, is_own in zip(videos, own, strict=True) if is_own]
        forms = (chosen, [video.calibrated(decision.temperature) for video in chosen])
        errors.append([calibration_error(_as_predictions(form)) for form in forms])
    return dict(zip(("calibration_error", "calibrated_error"), np.mean(errors, axis=0).tolist(), strict=True))


def _as_predictions(videos: list[HeldOutVideo]) -> pd.DataFrame:
    truth, probabilities = (np.concatenate(parts) for parts in zip(*(one.labelled for one in videos), strict=True))
    return pd.DataFrame(probabilities, columns=list(PROBABILITIES)).assign(label=np.array(CLASSES)[truth])


if __name__ == "__main__":
    run_function(evaluate_detection, lock="decisions_file")

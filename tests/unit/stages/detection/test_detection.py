"""Detection: from probabilities to segments, their scores, and the decisions learned on held-out videos."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import rule_program

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.configuration.sections.detection import Decision, Detector
from signwild.stages.detection.detector_metrics import TERMS, UNLABELLED, detection_metrics, verdict_terms, video_terms
from signwild.stages.detection.evaluate_detection import evaluate_detection
from signwild.stages.detection.learning import Learner, held_out_videos
from signwild.stages.detection.score_table import METRICS, read_scores
from signwild.stages.detection.window_tables import WINDOW_COLUMNS
from signwild.stages.detector.decisions import read_decisions
from signwild.stages.detector.segmentation import (
    call_classes,
    list_segments,
    sample_borders,
    segment_stretch,
    signing_share,
    smooth_probabilities,
    tidy_classes,
)

LETTERS = {"S": 0, "P": 1, "n": 2, "?": UNLABELLED}


def codes(letters: str) -> np.ndarray:
    """Return the classes of samples from the authors' letters."""
    return np.array([LETTERS[letter] for letter in letters])


def letters(called: np.ndarray) -> str:
    return "".join("SPn"[code] for code in called)


def seconds(count: int) -> np.ndarray:
    """Return the borders of samples at 5 Hz."""
    return sample_borders(np.arange(count) / 5, count / 5)


def tidied(given: str, **values: float) -> str:
    return letters(tidy_classes(codes(given), seconds(len(given)), Decision(**values)))


def metrics(truth: str, called: str) -> dict[str, float]:
    """Return the metrics of one video."""
    terms = video_terms(codes(truth), codes(called), codes(called), seconds(len(truth)))
    return {name: float(value) for name, value in detection_metrics(terms).items()}


def test_a_short_pause_of_signing_is_closed_whatever_it_consists_of():
    assert tidied("SSPnSSPPPPS", merge_gap_s=0.4) == "SSSSSSPPPPS"
    assert tidied("PPSSPPnnSS", merge_gap_s=0.7) == "PPSSPPnnSS"
    assert tidied("PPSPPnSPP", merge_gap_s=0.6) == "PPSSSSSPP"


def test_a_short_stretch_goes_to_its_longer_neighbour():
    assert tidied("PPPPPSnnn", min_length_s=0.4) == "PPPPPPnnn"
    assert tidied("PPPSnnnnn", min_length_s=0.4) == "PPPnnnnnn"
    assert tidied("PPPSPPP", min_length_s=0.4) == "PPPPPPP"
    assert tidied("SPn", min_length_s=5) in {"SSS", "PPP", "nnn"}
    assert tidied("nSSSn", min_length_s=0.4) == "SSSSS"


def test_nothing_is_changed_where_nothing_is_wanted():
    assert tidied("SPnSPn") == "SPnSPn"


def test_signing_counts_from_its_threshold_on_and_else_the_more_probable_other():
    rows = np.array([[0.4, 0.35, 0.25], [0.39, 0.0, 0.61], [0.1, 0.5, 0.4], [0.3, 0.35, 0.35]])
    assert letters(call_classes(rows, 0.4)) == "SnPP"


def test_probabilities_are_averaged_over_the_samples_that_are_there():
    rows = np.eye(3)[[0, 1, 1, 1, 1]]
    times = np.array([0.0, 0.2, 0.4, 0.6, 5.0])
    smooth = smooth_probabilities(rows, times, 0.4)
    assert smooth[:, 0] == pytest.approx([1 / 2, 1 / 3, 0, 0, 0])
    assert smooth.sum(axis=1) == pytest.approx(np.ones(5))
    assert smooth_probabilities(rows, times, 0.0) == pytest.approx(rows)


def test_segments_fill_the_video_and_meet_halfway_between_samples():
    called, times = codes("SSPPP"), np.arange(5) / 5
    probabilities = np.full((5, 3), 0.1)
    probabilities[np.arange(5), called] = [0.6, 0.8, 0.5, 0.6, 0.7]
    borders = sample_borders(times, 1.0)
    table = list_segments(called, probabilities, borders)
    assert table["start_s"].tolist() == pytest.approx([0, 0.3])
    assert table["end_s"].tolist() == pytest.approx([0.3, 1.0])
    assert table["label"].tolist() == ["signing", "speaking"]
    assert table["probability"].tolist() == pytest.approx([0.7, 0.6])
    assert signing_share(called, np.diff(borders)) == pytest.approx(0.3)


def test_one_sample_is_a_video():
    borders, decision = sample_borders(np.zeros(1), 0.04), Decision(smoothing_s=2, min_length_s=2)
    called = segment_stretch(np.array([[0.2, 0.7, 0.1]]), np.zeros(1), borders, decision)
    assert letters(called) == "P"
    assert signing_share(called, np.zeros(1)) == 0.0


def test_a_right_answer_has_full_marks():
    found = metrics("PPPSSSSSPPPnn", "PPPSSSSSPPPnn")
    for name in METRICS:
        if name.startswith(("window", "accuracy", "f1", "segment")):
            assert found[name] == 1, name
    assert found["boundary_error_s"] == 0


def test_a_segment_counts_from_its_overlap_on():
    truth, called = "nnnnnnnnSSSSnnnn", "nnnnnnnnnnnSnnnn"
    found = metrics(truth, called)
    assert found["segment_f1_10"] == 1
    assert found["segment_f1_25"] == 1
    assert found["segment_f1_50"] == 0
    assert found["f1_signing"] == pytest.approx(2 / 5)


def test_a_true_segment_is_found_once():
    found = metrics("SSSSSSSSSS", "SSSSSPSSSS")
    # Both pieces overlap by more than a quarter; the second is one too many.
    assert found["segment_f1_25"] == pytest.approx(2 / 3)


def test_boundaries_at_the_ends_of_labels_are_none():
    # The true start is at 1.1 s and found at 1.5 s (between samples); the end is where the labels end.
    truth, called = "nnnnnnSSSSSSSS??", "nnnnnnnnSSSSSSnn"
    found = metrics(truth, called)
    assert found["boundary_error_s"] == pytest.approx(0.4)


def test_samples_without_a_label_count_for_nothing():
    found = metrics("SS??PP", "SSSSPP")
    assert found["accuracy"] == 1
    assert found["segment_f1_50"] == 1


def test_verdicts_are_about_whole_videos():
    totals = verdict_terms(*np.array([[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 1]], bool)).sum(axis=0)
    found = detection_metrics(totals)
    assert found["video_precision"] == found["video_recall"] == found["video_f1"] == 0.5
    assert found["unsure"] == 0.25
    assert found["sure_accuracy"] == pytest.approx(2 / 3)
    nothing = detection_metrics(np.zeros(TERMS))
    assert np.isnan([nothing[name] for name in ("video_recall", "unsure", "sure_accuracy", "loss")]).all()


def flickering(video: str, fold: int, truth: str, rng: np.random.Generator, sure: float) -> pd.DataFrame:
    """Windows of a video: right more often than not, and now and then wrong for one sample."""
    right = codes(truth)
    seen = np.where(rng.random(len(right)) < 0.2, rng.integers(0, 3, len(right)), right)
    probabilities = np.full((len(right), 3), (1 - sure) / 2)
    probabilities[np.arange(len(right)), seen] = sure
    table = pd.DataFrame({"video_id": video, "fold": fold, "frame": 6 * np.arange(len(right))})
    table["time_s"] = np.arange(len(right)) / 5
    table["label"] = np.array(CLASSES)[right]
    return table.assign(**dict(zip(PROBABILITIES, probabilities.astype(np.float32).T, strict=True)))[WINDOW_COLUMNS]


@pytest.fixture(scope="module")
def windows() -> pd.DataFrame:
    """Twelve videos in three folds, a third of them without signing, seen through noise."""
    rng = np.random.default_rng(3)
    patterns = ["n" * 30 + "S" * 50 + "n" * 30, "P" * 40 + "S" * 60, "P" * 50 + "n" * 40]
    parts = [flickering(f"video {k:02}", k % 3, patterns[k // 4], rng, 0.6) for k in range(12)]
    return pd.concat(parts, ignore_index=True)


def test_smoothing_is_learned_where_windows_flicker(windows: pd.DataFrame):
    videos = held_out_videos(windows)
    decision = Learner(videos).learn(np.ones(len(videos), bool))
    assert decision.smoothing_s >= 1 or decision.min_length_s >= 1
    chosen = np.array([video.fold == 0 for video in videos])
    plain = detection_metrics(Learner(videos).terms(Decision(), chosen).sum(axis=0))
    learned = detection_metrics(Learner(videos).terms(decision, chosen).sum(axis=0))
    assert learned["segment_f1_50"] > plain["segment_f1_50"] + 0.3


def test_the_plainest_decision_is_taken_where_all_are_as_good():
    sure = pd.concat(
        [
            flickering(f"v{k}", k % 2, "S" * 60 if k < 2 else "n" * 60, np.random.default_rng(0), 1.0).assign(
                **dict(zip(PROBABILITIES, np.tile([1.0, 0, 0] if k < 2 else [0, 0, 1.0], (60, 1)).T, strict=True))
            )
            for k in range(4)
        ]
    )
    videos = held_out_videos(sure)
    # What is in between was never seen to be right.
    expected = Decision(sure_signing_from=0.9, sure_rest_to=0.1)
    assert Learner(videos).learn(np.ones(4, bool)) == expected


def test_a_fold_is_judged_by_what_was_learned_on_the_others(windows: pd.DataFrame, tmp_path: Path):
    path = tmp_path / "rgb.parquet"
    windows.to_parquet(path)
    evaluate_detection(
        [Detector(name="rgb", members=["rgb"])],
        windows_dir=path.parent,
        group_by="source",
        decisions_file=tmp_path / "decisions.json",
        output_stem=tmp_path / "detection",
        stop_on=["inner"],
    )
    scores = read_scores(tmp_path / "detection.csv").set_index("metric")
    videos = held_out_videos(windows)
    learner, folds = Learner(videos), np.array([video.fold for video in videos])
    expected = [
        detection_metrics(learner.terms(learner.learn(folds != fold), folds == fold).sum(axis=0))["segment_f1_25"]
        for fold in range(3)
    ]
    row = scores.loc["segment_f1_25"]
    assert row["value"] == pytest.approx(np.mean(expected))
    assert row["low"] <= row["value"] <= row["high"]
    assert read_decisions(tmp_path / "decisions.json") == {"rgb": learner.learn(np.ones(12, bool))}
    # Four of five windows are right, and all say 60%: calibrated, they are surer.
    assert scores.loc["calibrated_loss", "value"] < scores.loc["loss", "value"]
    assert scores.loc["calibrated_error", "value"] < scores.loc["calibration_error", "value"] - 0.1
    assert np.isnan(scores.loc["calibrated_error", "low"])
    assert read_decisions(tmp_path / "decisions.json")["rgb"].temperature < 0.8
    text = (tmp_path / "detection.md").read_text()
    assert "Segments of signing, F1 at overlap 0.25" in text
    assert "Folds by source: groups stay whole" in text
    assert "Networks: training stops by a part of the training folds, split by groups of videos," in text
    assert set(scores.index) == set(METRICS)


def test_what_is_not_known_parts_what_is():
    letters = "n" * 20 + "S" * 50 + "?" * 200 + "S" * 50 + "n" * 20
    rng = np.random.default_rng(1)
    whole = pd.concat([flickering(f"v{k}", k % 2, letters.replace("?", "n"), rng, 0.9) for k in range(4)])
    hidden = np.tile(np.array(list(letters)) == "?", 4)
    unlabelled = whole.assign(label=np.where(hidden, "", whole["label"]))
    sums = []
    for table in (unlabelled, unlabelled[~hidden]):
        videos = held_out_videos(table)
        learner = Learner(videos)
        decision = Decision(smoothing_s=1, min_length_s=1)
        sums.append(detection_metrics(learner.terms(decision, np.ones(4, bool)).sum(axis=0)))
    assert sums[1]["segment_f1_50"] == sums[0]["segment_f1_50"] == 1
    assert sums[1]["boundary_error_s"] == pytest.approx(sums[0]["boundary_error_s"], abs=0.3)


def test_one_fold_alone_is_judged_by_the_plain_decision(windows: pd.DataFrame, tmp_path: Path):
    one = windows.assign(fold=1)
    one.to_parquet(tmp_path / "rgb.parquet")
    detectors = [Detector(name="rgb", members=["rgb"])]
    given = "person", tmp_path / "d.json", tmp_path / "detection"
    evaluate_detection(detectors, tmp_path, *given)
    scores = read_scores(tmp_path / "detection.csv").set_index("metric")["value"]
    assert scores["accuracy"] == pytest.approx(scores["window_accuracy"])


def test_the_program_judges_fusions_as_they_are_put_together(windows: pd.DataFrame, tmp_path: Path):
    windows.to_parquet(tmp_path / "rgb.parquet")
    other = windows.copy()
    other[list(PROBABILITIES)] = 1 / 3
    other.to_parquet(tmp_path / "flow.parquet")
    detectors = [{"name": "rgb", "members": ["rgb"]}, {"name": "both", "members": ["rgb", "flow"], "rule": "product"}]
    command = ["--detectors", json.dumps(detectors), "--windows-dir", tmp_path, "--decisions-file", tmp_path / "d.json"]
    command += ["--group-by", "source"]
    command += ["--stop-on", "inner", "held_out"]
    program = [*rule_program("detection.evaluate_detection"), *command, "--output-stem", tmp_path / "detection"]
    subprocess.run(program, check=True)
    scores = read_scores(tmp_path / "detection.csv").set_index(["experiment", "metric"])["value"]
    # A product with equal probabilities changes nothing.
    assert scores["both", "accuracy"] == pytest.approx(scores["rgb", "accuracy"])
    assert list(read_decisions(tmp_path / "d.json")) == ["rgb", "both"]

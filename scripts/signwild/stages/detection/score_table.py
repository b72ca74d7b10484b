"""The table of detectors' scores: its metrics, and its layout."""

from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.words import DASH

CAPTION = "Detectors slid over whole held-out videos"

METRICS = {
    "window_accuracy": ("Accuracy of single windows (%)", 100, 1),
    "loss": ("Log loss of single windows", 1, 3),
    "calibrated_loss": ("The same, calibrated", 1, 3),
    "calibration_error": ("Calibration error of single windows (%)", 100, 1),
    "calibrated_error": ("The same, calibrated (%)", 100, 1),
    "accuracy": ("Accuracy after smoothing (%)", 100, 1),
    "f1_signing": ("F1 signing", 1, 3),
    "f1_speaking": ("F1 speaking", 1, 3),
    "f1_other": ("F1 other", 1, 3),
    "segment_f1_10": ("Segments of signing, F1 at overlap 0.10", 1, 3),
    "segment_f1_25": ("Segments of signing, F1 at overlap 0.25", 1, 3),
    "segment_f1_50": ("Segments of signing, F1 at overlap 0.50", 1, 3),
    "boundary_error_s": ("Boundaries of signing, error (s)", 1, 2),
    "video_precision": ("Whole videos, precision of signing", 1, 3),
    "video_recall": ("Whole videos, recall of signing", 1, 3),
    "video_f1": ("Whole videos, F1 of signing", 1, 3),
    "unsure": ("Whole videos, unsure (%)", 100, 1),
    "sure_accuracy": ("Whole videos, right where sure (%)", 100, 1),
}
"""Metrics in the order of the table: title, factor, decimal places."""

NOTE = (
    "Every sample is predicted by the network that was trained without its video's fold. Calibration, smoothing, "
    "thresholds, and what is sure are learned on the other folds; in brackets, 95% intervals by bootstrap over videos, "
    "the mean over folds like the value. Precision, recall and F1 of whole videos count an unsure one as what it "
    "would be called. A dash: the labels contain nothing of the kind. If only one fold is held out, nothing is "
    "calibrated, smoothed or unsure."
)


def read_scores(path: Path) -> pd.DataFrame:
    """Read a table of scores: experiment, metric, value, low, high, group_by. Raises InputError."""
    try:
        return pd.read_csv(path)[["experiment", "metric", "value", "low", "high", "group_by"]]
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise InputError(f"{path}: is not a table of detectors' scores ({error}); start the workflow again") from None


def lay_out(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers as text, under two levels of titles: one row per metric, one column per detector."""
    rows = numbers.set_index(["experiment", "metric"])
    shown = {("", "On held-out videos"): [title for title, _, _ in METRICS.values()]}
    for name in numbers["experiment"].unique():
        shown["", name] = [_cell(rows.loc[(name, metric)], *METRICS[metric][1:]) for metric in METRICS]
    return pd.DataFrame(shown)


def _cell(row: pd.Series, scale: int, places: int) -> str:
    if pd.isna(row["value"]):
        return DASH
    value, low, high = (f"{scale * row[part]:.{places}f}" for part in ("value", "low", "high"))
    if pd.isna(row["low"]):
        return value
    return f"{value} [{low}, {high}]"

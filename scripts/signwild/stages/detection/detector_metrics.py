"""Metrics of a detector: by sample, by segment of signing, by boundary, and by whole video.

All metrics are functions of sums over videos (TERMS), so they can be bootstrapped, and searched, by adding rows.
"""

import numpy as np

from signwild.base.classes import CLASSES
from signwild.predictions.bootstrap import Metrics, share
from signwild.stages.detector.segmentation import SIGNING, find_runs

OVERLAPS = (0.10, 0.25, 0.50)
"""Minimum intersection over union of a found and a true segment of signing (F1@10,25,50; Lea et al., CVPR 2017)."""

BOUNDARY_OVERLAP = 0.50
"""Segments that overlap at least this much count as the same, and their boundaries are compared."""

ROUNDING = 1e-9
"""Tolerance, so two of eight samples are a quarter whatever the rounding of their times in seconds."""

UNLABELLED = -1

_CONFUSION = len(CLASSES) ** 2
_SEGMENTS = slice(_CONFUSION + 1, _CONFUSION + 1 + 3 * len(OVERLAPS))
_BOUNDARIES = slice(_SEGMENTS.stop, _SEGMENTS.stop + 2)
_VIDEO = slice(_BOUNDARIES.stop, _BOUNDARIES.stop + 4)
_SURE = slice(_VIDEO.stop, _VIDEO.stop + 2)
_LOSSES = slice(_SURE.stop, _SURE.stop + 2)
TERMS = _LOSSES.stop
"""Sums of a video: samples by truth and class; samples whose single window is right; at each overlap, segments found,
false and missed; seconds that boundaries are off, and their number; the four cells of signing against the rest; whether
it is unsure, and whether it is sure and right; and the log loss of its windows, raw and calibrated."""


def video_terms(truth: np.ndarray, single: np.ndarray, called: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """Return one video's sums, (TERMS,) float64, without verdict and losses (see ``verdict_terms``, ``loss_terms``).

    ``truth``: class of each sample, or UNLABELLED, (n,). ``single``: the most probable class of each sample's window.
    ``called``: its class after smoothing. ``borders``: (n + 1,) seconds. Samples without a label are not counted:
    segments end where labels do.
    """
    labelled = truth != UNLABELLED
    terms = np.zeros(TERMS)
    np.add.at(terms, len(CLASSES) * truth[labelled] + called[labelled], 1)
    terms[_CONFUSION] = (truth == single)[labelled].sum()
    masked = np.where(labelled, called, UNLABELLED)
    true, found = (_signing_runs(codes) for codes in (truth, masked))
    overlaps = _intersection_over_union(true, found, borders)
    matches = [_match(overlaps, least) for least in OVERLAPS]
    for place, pairs in enumerate(matches):
        counts = len(pairs), len(found) - len(pairs), len(true) - len(pairs)
        terms[_SEGMENTS][3 * place : 3 * place + 3] = counts
    errors = _boundary_errors(true, found, matches[OVERLAPS.index(BOUNDARY_OVERLAP)], truth, borders)
    terms[_BOUNDARIES] = sum(errors), len(errors)
    return terms


def verdict_terms(is_signing: np.ndarray, is_called: np.ndarray, is_sure: np.ndarray) -> np.ndarray:
    """Return verdicts of several videos, (n, TERMS): signing or not, called so or not, and whether that is sure."""
    terms = np.zeros((len(is_signing), TERMS))
    terms[:, _VIDEO] = np.eye(4)[2 * is_signing.astype(int) + is_called]
    terms[:, _SURE] = np.stack([~is_sure, is_sure & (is_signing == is_called)], axis=1)
    return terms


def loss_terms(raw: np.ndarray, calibrated: np.ndarray) -> np.ndarray:
    """Return log losses of several videos, (n, TERMS), summed over the windows of each, (n,), raw and calibrated."""
    terms = np.zeros((len(raw), TERMS))
    terms[:, _LOSSES] = np.stack([raw, calibrated], axis=1)
    return terms


def detection_metrics(totals: np.ndarray) -> Metrics:
    """Return the metrics of summed terms (..., TERMS), each (...): see docs/detection.md."""
    confusion = totals[..., :_CONFUSION].reshape(*totals.shape[:-1], len(CLASSES), len(CLASSES))
    hits, samples = np.diagonal(confusion, axis1=-2, axis2=-1), confusion.sum(axis=(-2, -1))
    sizes = confusion.sum(axis=-2) + confusion.sum(axis=-1)
    metrics = {
        "window_accuracy": share(totals[..., _CONFUSION], samples, np.nan),
        "accuracy": share(hits.sum(axis=-1), samples, np.nan),
    }
    # A class that neither occurs nor is predicted has no F1.
    metrics |= {f"f1_{name}": share(2 * hits[..., k], sizes[..., k], np.nan) for k, name in enumerate(CLASSES)}
    for place, least in enumerate(OVERLAPS):
        found, false, missed = np.moveaxis(totals[..., _SEGMENTS][..., 3 * place : 3 * place + 3], -1, 0)
        metrics[f"segment_f1_{round(100 * least)}"] = share(2 * found, 2 * found + false + missed, np.nan)
    seconds, count = np.moveaxis(totals[..., _BOUNDARIES], -1, 0)
    metrics["boundary_error_s"] = share(seconds, count, np.nan)
    _, false, missed, found = np.moveaxis(totals[..., _VIDEO], -1, 0)
    there = found + missed > 0
    metrics["loss"], metrics["calibrated_loss"] = (
        share(sums, samples, np.nan) for sums in np.moveaxis(totals[..., _LOSSES], -1, 0)
    )
    videos, (unsure, right) = totals[..., _VIDEO].sum(axis=-1), np.moveaxis(totals[..., _SURE], -1, 0)
    metrics["unsure"] = share(unsure, videos, np.nan)
    metrics["sure_accuracy"] = share(right, videos - unsure, np.nan)
    metrics["video_precision"] = np.where(there, share(found, found + false, 0), np.nan)
    metrics["video_recall"] = share(found, found + missed, np.nan)
    metrics["video_f1"] = np.where(there, share(2 * found, 2 * found + false + missed, 0), np.nan)
    return metrics


def _signing_runs(codes: np.ndarray) -> np.ndarray:
    """Return the first sample and the end of each run of signing, (runs, 2)."""
    runs = find_runs(codes)
    spans = np.stack([runs[:-1], runs[1:]], axis=1)
    return spans[codes[runs[:-1]] == SIGNING]


def _intersection_over_union(true: np.ndarray, found: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """Return the intersection over union of each found run with each true run, (found, true), measured in seconds."""
    (true_start, true_end), (start, end) = borders[true].T, borders[found].T
    both = np.minimum(end[:, None], true_end) - np.maximum(start[:, None], true_start)
    both = both.clip(min=0)
    return both / ((end - start)[:, None] + (true_end - true_start) - both)


def _match(overlaps: np.ndarray, least: float) -> list[tuple[int, int]]:
    """Pair each found run, in order of time, with the true run that overlaps it most; each true run is used once."""
    pairs, taken = [], set()
    for found, row in enumerate(overlaps):
        true = int(row.argmax()) if len(row) else -1
        if true >= 0 and row[true] >= least - ROUNDING and true not in taken:
            pairs.append((found, true))
            taken.add(true)
    return pairs


def _boundary_errors(
    true: np.ndarray, found: np.ndarray, pairs: list[tuple[int, int]], truth: np.ndarray, borders: np.ndarray
) -> list[float]:
    """Return seconds between found boundaries and true ones that have another label on the other side."""
    errors = []
    for place, match in pairs:
        first, end = true[match]
        if first > 0 and truth[first - 1] != UNLABELLED:
            errors.append(abs(borders[found[place][0]] - borders[first]))
        if end < len(truth) and truth[end] != UNLABELLED:
            errors.append(abs(borders[found[place][1]] - borders[end]))
    return errors

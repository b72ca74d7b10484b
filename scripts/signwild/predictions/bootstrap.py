"""Bootstrap intervals over videos: what the numbers of a table would be with other videos of the same kind.

Segments of one video are alike, so videos are drawn, not segments (Efron and Tibshirani, 1993: resample what is
independent). They are drawn within their folds, since each fold is evaluated by a different network. A metric is a
function of sums over videos, so a resample is a vector of weights, and all resamples are one matrix product.

Rows on other folds of the same videos are resampled with the same weights, so their difference is paired as well.

The calibration error has no interval: it grows in every resample, which has fewer distinct videos.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, Unit
from signwild.base.errors import InputError
from signwild.predictions.loss import cross_entropy
from signwild.predictions.metrics import codes, signing_codes

RESAMPLES = 2000
"""Resamples of the videos; the ends of a 95% interval then rest on 50 each."""

CONFIDENCE = 0.95

SEED = 0

Metrics = dict[str, np.ndarray]


def bootstrap(
    rows: dict[str, list[pd.DataFrame]],
    unit: Unit,
    references: Mapping[str, str] | None = None,
    across_folds: bool = False,
) -> pd.DataFrame:
    """Bootstrap the metrics of a table's rows, all with the same resampled videos.

    ``rows``: by experiment, the predictions of each seed, all of the same segments (or videos, one row each) in the
    same folds. With ``across_folds``, rows may differ in folds; videos are then drawn within the folds of the first. A
    metric's value is the mean over seeds and folds of the metric in ``metrics.per_fold``.

    Returns a row per experiment and metric: ``value``, and ``low`` and ``high``, the ends of its 95% percentile
    interval. An experiment in ``references`` also has ``versus``, ``versus_low`` and ``versus_high``: the difference
    from the experiment that it is mapped to, and its interval. Where a metric is undefined in a fold of a
    resample, such as the recall if no signing was drawn, the fold is left out of that mean. If every fold has a single
    video, all resamples are the original, which says nothing: then the ends are NaN.
    """
    _check_same_videos(rows, across_folds)
    strata = folds_of(next(iter(rows.values()))[0])
    draws = {name: _resampled(seeds, unit, strata) for name, seeds in rows.items()}
    lines = []
    for name, metrics in draws.items():
        for metric, values in metrics.items():
            line = {"experiment": name, "metric": metric, **described(values)}
            if references and name in references:
                line |= described(values - draws[references[name]][metric], "versus")
            lines.append(line)
    table = pd.DataFrame(lines).set_index(["experiment", "metric"])
    if max(Counter(strata.values()).values()) == 1:
        table[[name for name in table if name.endswith(("low", "high"))]] = np.nan
    return table


def _check_same_videos(rows: dict[str, list[pd.DataFrame]], across_folds: bool) -> None:
    """Raise InputError unless all predictions cover the same videos, in the same folds if not ``across_folds``."""
    expected = None
    for name, seeds in rows.items():
        own = folds_of(seeds[0])
        expected = own if expected is None else expected
        same = set(own) == set(expected) if across_folds else own == expected
        if not same or any(folds_of(predictions) != own for predictions in seeds):
            raise InputError(f"{name} and {next(iter(rows))} have different videos or folds; run both on the same")


def folds_of(predictions: pd.DataFrame) -> dict[str, int]:
    """Return the fold of each video, sorted by fold and video."""
    pairs = predictions[["fold", "video_id"]].drop_duplicates().sort_values(["fold", "video_id"])
    return dict(zip(pairs["video_id"], pairs["fold"], strict=True))


def described(values: np.ndarray, name: str | None = None) -> dict[str, float]:
    """Return value, low and high of a metric, or of a difference called ``name``.

    The first of ``values`` is the observed value; the others are from resamples.
    """
    defined = values[1:][~np.isnan(values[1:])]
    edge = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [edge, 1 - edge]) if len(defined) else (np.nan, np.nan)
    prefix = f"{name}_" if name else ""
    return {name or "value": float(values[0]), f"{prefix}low": float(low), f"{prefix}high": float(high)}


def _resampled(seeds: list[pd.DataFrame], unit: Unit, strata: dict[str, int]) -> Metrics:
    """Return each metric as ``resample_metrics`` does; ``strata``: the fold that each video is drawn within, sorted."""
    drawn = np.hstack(draw_weights(list(Counter(strata.values()).values())))
    place = {video: number for number, video in enumerate(strata)}
    folds, weights = [], []
    for fold in sorted(seeds[0]["fold"].unique()):
        own = [predictions[predictions["fold"] == fold] for predictions in seeds]
        videos = np.sort(own[0]["video_id"].unique())
        folds.append(np.stack([_video_sums(predictions, videos, unit) for predictions in own]))
        weights.append(np.take(drawn, [place[video] for video in videos], axis=1))
    return resample_metrics(folds, weights, _segment_metrics if unit == "segment" else _video_metrics)


def draw_weights(counts: list[int]) -> list[np.ndarray]:
    """Return how often each video of each fold counts in the original and in every resample, (1 + RESAMPLES, videos).

    ``counts``: the number of videos of each fold; as many are drawn.
    """
    rng = np.random.default_rng(SEED)
    drawn = [rng.multinomial(count, np.full(count, 1 / count), size=RESAMPLES) for count in counts]
    return [np.vstack([np.ones(count), weights]) for count, weights in zip(counts, drawn, strict=True)]


def resample_metrics(
    folds: list[np.ndarray], weights: list[np.ndarray], metrics: Callable[[np.ndarray], Metrics]
) -> Metrics:
    """Return each metric for the original videos and every resample, (1 + RESAMPLES,), averaged over seeds and folds.

    ``folds``: for each fold the sums of its videos, (seeds, videos, k), with the videos in a fixed order. ``weights``:
    for each fold how often its videos count, (1 + RESAMPLES, videos). ``metrics``: maps sums (..., k) to values (...).
    A fold of which a resample has no video is left out of that resample.
    """
    by_fold: list[Metrics] = []
    for sums, counts in zip(folds, weights, strict=True):
        with np.errstate(invalid="ignore"):
            found = metrics(np.einsum("rv,svk->rsk", counts, sums, optimize=True))
        is_empty = counts.sum(axis=1) == 0
        by_fold.append({name: np.where(is_empty[:, None], np.nan, values) for name, values in found.items()})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice")
        return {
            name: np.nanmean(np.concatenate([metrics[name] for metrics in by_fold], axis=1), axis=1)
            for name in by_fold[0]
        }


def _video_sums(predictions: pd.DataFrame, videos: np.ndarray, unit: Unit) -> np.ndarray:
    """Sum the terms that the metrics are computed from over each video, (videos, k) float64."""
    one_hot = _segment_terms(predictions) if unit == "segment" else _video_terms(predictions)
    sums = np.zeros((len(videos), one_hot.shape[1]))
    np.add.at(sums, np.searchsorted(videos, predictions["video_id"].to_numpy()), one_hot)
    return sums


def _segment_terms(predictions: pd.DataFrame) -> np.ndarray:
    """Return for each segment its cell of the confusion matrix (9), and its loss."""
    rows = np.arange(len(predictions))
    truth, probabilities, predicted = codes(predictions)
    terms = np.zeros((len(predictions), 10))
    terms[rows, 3 * truth + predicted] = 1
    terms[:, 9] = cross_entropy(probabilities, truth)
    return terms


def _segment_metrics(totals: np.ndarray) -> Metrics:
    """Compute the metrics from summed terms (..., 10)."""
    counts = totals[..., :9].reshape(*totals.shape[:-1], 3, 3)
    n = counts.sum(axis=(-2, -1))
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    predicted, true = counts.sum(axis=-2), counts.sum(axis=-1)
    signing = CLASSES.index("signing")
    f1 = share(2 * hits[..., signing], predicted[..., signing] + true[..., signing], 0)
    return {
        "loss": totals[..., 9] / n,
        "accuracy": hits.sum(axis=-1) / n,
        "precision_macro": share(hits, predicted, 0).mean(axis=-1),
        "f1_signing": np.where(true[..., signing] > 0, f1, np.nan),
    }


def _video_terms(predictions: pd.DataFrame) -> np.ndarray:
    """Return for each video its cell of the confusion matrix (4): whether it is signing, and called signing."""
    truth, called = signing_codes(predictions)
    return np.eye(4)[2 * truth + called]


def _video_metrics(totals: np.ndarray) -> Metrics:
    """Compute the metrics from summed terms (..., 4)."""
    rest_right, false, missed, found = np.moveaxis(totals, -1, 0)
    f1 = share(2 * found, 2 * found + false + missed, 0)
    return {
        "accuracy": (found + rest_right) / totals.sum(axis=-1),
        "precision_signing": share(found, found + false, 0),
        "recall_signing": share(found, found + missed, np.nan),
        "f1_signing": np.where(found + missed > 0, f1, np.nan),
    }


def share(part: np.ndarray, whole: np.ndarray, otherwise: float) -> np.ndarray:
    """Return ``part / whole``, or ``otherwise`` where ``whole`` is 0."""
    return np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, float(otherwise)), where=whole > 0)

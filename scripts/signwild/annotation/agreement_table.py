"""Figures of agreement: by file, and over all files with bootstrap intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from signwild.annotation.agreement import (
    ALL,
    CATEGORIES,
    NOTHING,
    Terms,
    cohens_kappa,
    krippendorffs_alpha,
    segment_f1,
)
from signwild.base.classes import CLASSES
from signwild.predictions.bootstrap import Metrics, described, draw_weights, share
from signwild.stages.detection.detector_metrics import OVERLAPS

MEDIAN = 0.5

QUANTILES = {"boundary_median_s": MEDIAN, "boundary_90_s": 0.9}
"""Quantiles of the distances of matched boundaries: the median, and what 90% do not exceed, which is one of them."""

METRICS = ("kappa", "alpha", "agreement", *(f"f1_{round(100 * least)}" for least in OVERLAPS), *QUANTILES)

MOST_DISTANCES = 2000
"""Distances that are told apart in resamples; of more, hundredths of a second are."""


def file_table(names: Sequence[str], terms: Sequence[Terms], step_ms: int, classes: Sequence[str]) -> pd.DataFrame:
    """Return a row for each file and class, and for all of them.

    Columns: file, class, seconds, METRICS, segments and matched boundaries.
    """
    metrics = _metrics(*_stacked(terms))
    rows = []
    for number, (name, own) in enumerate(zip(names, terms, strict=True)):
        for place, scope in _scopes(classes):
            segments, distances = _of_scope(own, place)
            matched, false, missed = segments[0]
            quantiles = {key: _quantile(distances, level) for key, level in QUANTILES.items()}
            rows.append(
                {
                    "file": name,
                    "class": scope,
                    "seconds": own.confusion.sum() * step_ms / 1000,
                    **{key: values[number, place] for key, values in metrics.items()},
                    # Where neither has an annotation they agree, on no frame.
                    **({} if own.confusion.any() else {"agreement": 1.0}),
                    **quantiles,
                    "segments_first": matched + missed,
                    "segments_second": matched + false,
                    "boundaries": len(distances),
                }
            )
    return pd.DataFrame(rows)


def total_table(terms: Sequence[Terms], classes: Sequence[str]) -> pd.DataFrame:
    """Return a row for each class, and for all, and metric over all files: class, metric, value, low, high.

    ``low``, ``high``: the ends of the 95% interval over files; NaN if fewer than two files have such a value.
    """
    (weights,) = draw_weights([len(terms)])
    single = _metrics(*_stacked(terms))
    drawn = _metrics(*(np.tensordot(weights, sums, 1) for sums in _stacked(terms)))
    rows = []
    for place, scope in _scopes(classes):
        by_file = [_of_scope(own, place)[1] for own in terms]
        values = {key: own[:, place] for key, own in drawn.items()}
        values |= {key: _drawn_quantiles(by_file, weights, level) for key, level in QUANTILES.items()}
        for metric, own in values.items():
            row = described(own)
            of_files = map(len, by_file) if metric in QUANTILES else np.isfinite(single[metric][:, place])
            if np.count_nonzero(list(of_files)) < 2:
                row |= {"low": np.nan, "high": np.nan}
            rows.append({"class": scope, "metric": metric, **row})
    return pd.DataFrame(rows)


def confusion_table(names: Sequence[str], terms: Sequence[Terms], step_ms: int, classes: Sequence[str]) -> pd.DataFrame:
    """Return a row for each file and cell of its confusion matrix: file, first, second, seconds."""
    known = {*classes, NOTHING}
    rows = [
        (name, first, second, own.confusion[i, j] * step_ms / 1000)
        for name, own in zip(names, terms, strict=True)
        for i, first in enumerate(CATEGORIES)
        for j, second in enumerate(CATEGORIES)
        if first in known and second in known
    ]
    return pd.DataFrame(rows, columns=["file", "first", "second", "seconds"])


def _scopes(classes: Sequence[str]) -> list[tuple[int, str]]:
    """Return what rows are about, with its place among the figures: the classes, and all."""
    return [(CLASSES.index(label), label) for label in classes] + [(len(CLASSES), ALL)]


def _stacked(terms: Sequence[Terms]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the sums of all files: confusion (n, 4, 4), binary (n, 3, 2, 2), segments (n, 3, overlaps, 3)."""
    return tuple(np.stack([getattr(own, name) for own in terms]) for name in ("confusion", "binary", "segments"))


def _metrics(confusion: np.ndarray, binary: np.ndarray, segments: np.ndarray) -> Metrics:
    """Return the metrics of sums (n, ...), each for every scope, (n, 4), without those of boundaries."""
    found = {
        "kappa": (cohens_kappa(binary), cohens_kappa(confusion)),
        "alpha": (krippendorffs_alpha(binary), krippendorffs_alpha(confusion)),
        "agreement": (_agreement(binary), _agreement(confusion)),
    }
    every = segments.sum(axis=1)
    for place, least in enumerate(OVERLAPS):
        found[f"f1_{round(100 * least)}"] = segment_f1(segments[:, :, place]), segment_f1(every[:, place])
    return {name: np.column_stack(parts) for name, parts in found.items()}


def _agreement(confusion: np.ndarray) -> np.ndarray:
    return share(np.trace(confusion, axis1=-2, axis2=-1), confusion.sum(axis=(-2, -1)), np.nan)


def _of_scope(terms: Terms, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the counts of segments, (overlaps, 3), and the distances of boundaries, of a class or of all."""
    if place < len(CLASSES):
        return terms.segments[place], terms.boundaries[place]
    return terms.segments.sum(axis=0), np.concatenate(terms.boundaries)


def _quantile(distances_ms: np.ndarray, level: float) -> float:
    """Return one of QUANTILES in seconds; NaN without any distance. Of an even number, the median is between two."""
    method = "linear" if level == MEDIAN else "inverted_cdf"
    return float(np.quantile(distances_ms, level, method=method)) / 1000 if len(distances_ms) else np.nan


def _drawn_quantiles(by_file: Sequence[np.ndarray], weights: np.ndarray, level: float) -> np.ndarray:
    """Return a quantile of all files and of every resample, in seconds; ``weights``: (1 + resamples, files)."""
    every = np.concatenate(by_file)
    if not len(every):
        return np.full(len(weights), np.nan)
    known, places = np.unique(every, return_inverse=True)
    if len(known) > MOST_DISTANCES:
        known, places = np.unique((every + 5) // 10 * 10, return_inverse=True)
    files = np.repeat(np.arange(len(by_file)), [len(own) for own in by_file])
    counts = np.bincount(len(known) * files + places, minlength=len(by_file) * len(known))
    below = np.cumsum(weights @ counts.reshape(len(by_file), len(known)).astype(np.float64), axis=1)
    wanted = level * below[:, -1:]
    found = known[(below >= wanted - 1e-6).argmax(axis=1)]
    if level == MEDIAN:
        found = (found + known[(below > wanted + 1e-6).argmax(axis=1)]) / 2
    drawn = np.where(below[:, -1] > 0, found / 1000, np.nan)
    drawn[0] = _quantile(every, level)
    return drawn


def shown_table(totals: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the totals as text, a row for each class and for all, under the ``titles`` of metrics."""
    texts = totals.assign(
        text=[_text(*row) for row in totals[["metric", "value", "low", "high"]].itertuples(index=False)]
    )
    wide = texts.pivot_table(index="class", columns="metric", values="text", aggfunc="first")
    shown = wide.loc[list(dict.fromkeys(totals["class"])), list(titles)].rename(columns=titles).reset_index()
    return shown.set_axis(pd.MultiIndex.from_tuples([("", str(name)) for name in shown.columns]), axis=1)


def _text(metric: str, value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "–"
    interval = "" if np.isnan(low) else f" ({low:.2f} to {high:.2f})"
    return f"{value:.2f}{' s' if metric in QUANTILES else ''}{interval}"

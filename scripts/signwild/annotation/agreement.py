"""Agreement of two annotations of a video: kappa, alpha, segments, boundaries, and the confusion of classes.

All moments are counted as frames of a given step, by the middle of each frame. No frame is made for it: between two
borders of either annotation nothing changes, so frames are counted by the interval. All figures but the quantiles of
boundaries are functions of sums over videos, so their intervals are bootstrapped by adding rows.

Cohen's kappa: Cohen (1960). Krippendorff's alpha for nominal data and two observers: Krippendorff (2011). Segments and
boundaries: as in ``stages.detection.detector_metrics``, with the first annotation in the place of the truth.
"""

from dataclasses import dataclass

import numpy as np

from signwild.annotation.spans_files import Spans
from signwild.base.classes import CLASSES
from signwild.predictions.bootstrap import share
from signwild.stages.detection.detector_metrics import BOUNDARY_OVERLAP, OVERLAPS, ROUNDING

NOTHING = "nothing"
CATEGORIES = (*CLASSES, NOTHING)
"""What a moment is; one with several classes is the first of them, as with ``dataset.overlap: signing_first``."""

ALL = "all"
"""What figures are about that are not of one class against everything else."""


@dataclass(frozen=True)
class Terms:
    """Sums of a video.

    ``confusion``: frames by category of the first and the second annotation, (4, 4) int64. ``binary``: of each class,
    frames with it or not in the first and in the second, (3, 2, 2) int64, whatever other classes a moment has.
    ``segments``: of each class and overlap: matched, of the second only, of the first only, (3, overlaps, 3) int64.
    ``boundaries``: of each class, the distances of matched boundaries in milliseconds, (n,) int64. ``both_ms``:
    milliseconds of moments with several classes in the first and in the second annotation.
    """

    confusion: np.ndarray
    binary: np.ndarray
    segments: np.ndarray
    boundaries: tuple[np.ndarray, ...]
    both_ms: tuple[int, int]


def compare_spans(first: Spans, second: Spans, end_ms: int, step_ms: int) -> Terms:
    """Return the sums of a video, of which everything before ``end_ms`` counts, in frames of ``step_ms``."""
    borders, is_class = intervals(first, second, end_ms)
    frames, lengths = np.diff(_frames_before(borders, step_ms)), np.diff(borders)
    codes = [np.where(one.any(axis=0), one.argmax(axis=0), len(CLASSES)) for one in is_class]
    size = len(CATEGORIES)
    confusion = np.bincount(size * codes[0] + codes[1], frames, size * size).reshape(size, size)
    binary = [np.bincount(2 * ~one + ~other, frames, 4).reshape(2, 2) for one, other in zip(*is_class, strict=True)]
    both = tuple(int(lengths[one.sum(axis=0) > 1].sum()) for one in is_class)
    segments, boundaries = zip(*(_segments(first[label], second[label], end_ms) for label in CLASSES), strict=True)
    whole = (np.rint(counts).astype(np.int64) for counts in (confusion, np.stack(binary)))
    return Terms(*whole, np.stack(segments), boundaries, both)


def intervals(first: Spans, second: Spans, end_ms: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return the borders between which nothing changes, (n + 1,), and which classes there are in each, twice (3, n)."""
    edges = [own.ravel() for spans in (first, second) for own in spans.values()]
    borders = np.unique(np.concatenate([[0, end_ms], *edges]).clip(0, end_ms))
    return borders, tuple(
        np.stack([_is_within(spans[label], borders[:-1]) for label in CLASSES]) for spans in (first, second)
    )


def cohens_kappa(confusion: np.ndarray) -> np.ndarray:
    """Return Cohen's kappa of counts (..., k, k): agreement beyond that of chance; NaN if chance leaves no room."""
    confusion = np.asarray(confusion, np.float64)
    total = confusion.sum(axis=(-2, -1))
    observed = np.trace(confusion, axis1=-2, axis2=-1) * total
    expected = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1)
    return share(observed - expected, total * total - expected, np.nan)


def krippendorffs_alpha(confusion: np.ndarray) -> np.ndarray:
    """Return Krippendorff's alpha, nominal, of two observers' counts (..., k, k); NaN if all is of one category."""
    confusion = np.asarray(confusion, np.float64)
    values = 2 * confusion.sum(axis=(-2, -1))
    marginal = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    observed = values - 2 * np.trace(confusion, axis1=-2, axis2=-1)
    expected = values * values - (marginal * marginal).sum(axis=-1)
    chance = share(observed * (values - 1), expected, np.nan)
    return 1 - chance


def segment_f1(segments: np.ndarray) -> np.ndarray:
    """Return F1 of counts (..., 3): matched, of the second only, of the first only; NaN without any segment."""
    found, false, missed = np.moveaxis(segments, -1, 0)
    return share(2 * found, 2 * found + false + missed, np.nan)


def match_spans(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each span of ``second`` the number of the one of ``first`` that it overlaps most, and by how much.

    ``first``, ``second``: (n, 2) and (m, 2), by time and without overlaps. Returns (m,) int64, -1 if it overlaps none,
    and the intersections over union, (m,) float64. Of equal overlaps the earlier one is taken.
    """
    low = np.searchsorted(first[:, 1], second[:, 0], side="right")
    high = np.searchsorted(first[:, 0], second[:, 1], side="left")
    counts = np.maximum(high - low, 0)
    own = np.repeat(np.arange(len(second)), counts)
    other = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)
    (start, end), (other_start, other_end) = second[own].T, first[other].T
    both = np.minimum(end, other_end) - np.maximum(start, other_start)
    overlaps = both / ((end - start) + (other_end - other_start) - both)
    best, most = np.full(len(second), -1), np.zeros(len(second))
    np.maximum.at(most, own, overlaps)
    # Backwards, so that of equal ones the first remains.
    is_best = np.flatnonzero(overlaps == most[own])[::-1]
    best[own[is_best]] = other[is_best]
    return best, most


def _segments(first: np.ndarray, second: np.ndarray, end_ms: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a class's counts of segments at each overlap, (overlaps, 3), and the distances of matched boundaries."""
    best, most = match_spans(first, second)
    counts, distances = [], np.zeros(0, np.int64)
    for least in OVERLAPS:
        matched = np.flatnonzero((best >= 0) & (most >= least - ROUNDING))
        # Each of the first is matched once, with the earliest of the second.
        partners, places = np.unique(best[matched], return_index=True)
        counts.append((len(partners), len(second) - len(partners), len(first) - len(partners)))
        if least == BOUNDARY_OVERLAP:
            one, other = first[partners], second[matched[places]]
            # Where both begin, or end, with the video is no boundary.
            apart = np.abs(one - other)
            distances = apart[(apart > 0) | ((one > 0) & (one < end_ms))]
    return np.array(counts, np.int64), distances


def _frames_before(times: np.ndarray, step_ms: int) -> np.ndarray:
    """Return how many frames have their middle before each time, (n,) int64."""
    return np.maximum(-((step_ms - 2 * times) // (2 * step_ms)), 0)


def _is_within(spans: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return whether each time is in one of the spans, which do not overlap: (n,) bool."""
    if not len(spans):
        return np.zeros(len(times), bool)
    place = np.searchsorted(spans[:, 0], times, side="right") - 1
    return (place >= 0) & (times < spans[place, 1])

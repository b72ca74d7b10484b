"""From class probabilities of windows to segments of a video, and a verdict on the whole video."""

from itertools import pairwise

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.configuration.sections.detection import Decision

SIGNING = CLASSES.index("signing")

UNSURE_BELOW = 0.6
"""Segments with a lower calibrated probability are unsure: two of five or more of them are wrong. Our choice."""

TIME_TOLERANCE_S = 1e-6
"""Guards against rounding errors such as 0.6 - 0.4 < 0.2."""


def segment_stretch(
    probabilities: np.ndarray, times: np.ndarray, borders: np.ndarray, decision: Decision
) -> np.ndarray:
    """Return the class of each sample, as a position in CLASSES, after smoothing, merging and dropping: (n,) int64.

    ``probabilities``: (n, 3), of the samples of a stretch without holes, at ``times`` (seconds, increasing, (n,)).
    ``borders``: from ``sample_borders``.
    """
    smooth = smooth_probabilities(probabilities, times, decision.smoothing_s)
    return tidy_classes(call_classes(smooth, decision.signing_threshold), borders, decision)


def smooth_probabilities(probabilities: np.ndarray, times: np.ndarray, seconds: float) -> np.ndarray:
    """Return the mean of the probabilities within ``seconds / 2`` of each sample, (n, 3) float64."""
    sums = np.concatenate([np.zeros((1, probabilities.shape[1])), np.cumsum(probabilities, axis=0, dtype=np.float64)])
    reach = seconds / 2 + TIME_TOLERANCE_S
    first, end = np.searchsorted(times, times - reach), np.searchsorted(times, times + reach, side="right")
    return (sums[end] - sums[first]) / (end - first)[:, None]


def call_classes(probabilities: np.ndarray, signing_threshold: float) -> np.ndarray:
    """Return the class of each row of (n, 3) probabilities: signing from the threshold up, else the likelier other."""
    others = np.argmax(np.delete(probabilities, SIGNING, axis=1), axis=1)
    others += others >= SIGNING
    return np.where(probabilities[:, SIGNING] >= signing_threshold, SIGNING, others)


def sample_borders(times: np.ndarray, end_s: float, start_s: float = 0.0) -> np.ndarray:
    """Return the borders of samples in seconds, (n + 1,): the start, halfway between neighbours, and the end."""
    return np.concatenate([[start_s], (times[:-1] + times[1:]) / 2, [max(end_s, times[-1])]])


def find_runs(codes: np.ndarray) -> np.ndarray:
    """Return the positions at which runs of equal codes begin, and the end: (runs + 1,) int64."""
    return np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1, [len(codes)]])


def tidy_classes(codes: np.ndarray, borders: np.ndarray, decision: Decision) -> np.ndarray:
    """Close short pauses of signing, then drop short stretches of any class; ``borders``: from ``sample_borders``."""
    closed = _close_pauses(codes, borders, decision.merge_gap_s) if decision.merge_gap_s else codes
    return _drop_short(closed, borders, decision.min_length_s) if decision.min_length_s else closed


def _close_pauses(codes: np.ndarray, borders: np.ndarray, longest_s: float) -> np.ndarray:
    runs, closed = find_runs(codes), codes.copy()
    signing = np.flatnonzero(codes[runs[:-1]] == SIGNING)
    for before, after in pairwise(signing):
        pause = slice(runs[before + 1], runs[after])
        if borders[pause.stop] - borders[pause.start] <= longest_s + TIME_TOLERANCE_S:
            closed[pause] = SIGNING
    return closed


def _drop_short(codes: np.ndarray, borders: np.ndarray, shortest_s: float) -> np.ndarray:
    """Drop short stretches, the shortest first; the longer neighbour absorbs it, of equally long ones the earlier."""
    starts = find_runs(codes).tolist()
    labels = codes[starts[:-1]].tolist()
    while len(labels) > 1:
        lengths = np.diff(borders[starts])
        short = int(np.argmin(lengths))
        if lengths[short] >= shortest_s - TIME_TOLERANCE_S:
            break
        before = lengths[short - 1] if short else -1.0
        after = lengths[short + 1] if short + 1 < len(labels) else -1.0
        del labels[short], starts[short if before >= after else short + 1]
        # The neighbours of the dropped stretch may now have the same class.
        if 0 < short < len(labels) and labels[short] == labels[short - 1]:
            del labels[short], starts[short]
    return np.repeat(labels, np.diff(starts))


def signing_share(codes: np.ndarray, lengths: np.ndarray) -> float:
    """Return the share of the time that is signing, 0 to 1; ``lengths``: of the samples, in seconds, (n,)."""
    return float(lengths[codes == SIGNING].sum() / lengths.sum()) if lengths.sum() > 0 else 0.0


def signing_evidence(probabilities: np.ndarray, lengths: np.ndarray) -> float:
    """Return the mean probability of signing over the time, 0 to 1: the expected share of signing."""
    own = probabilities[:, SIGNING]
    return float(lengths @ own / lengths.sum() if lengths.sum() > 0 else own.mean())


def are_sure(shares: np.ndarray, evidence: np.ndarray, decision: Decision) -> np.ndarray:
    """Return whether calls of whole videos, by their shares of signing, have enough evidence to be sure verdicts."""
    called = shares >= decision.verdict_share
    return np.where(called, evidence >= decision.sure_signing_from, evidence <= decision.sure_rest_to)


def give_verdict(share: float, evidence: float, decision: Decision) -> str:
    """Return the verdict on a video: signing, rest or unsure."""
    if not are_sure(np.array(share), np.array(evidence), decision):
        return "unsure"
    return "signing" if share >= decision.verdict_share else "rest"


def list_segments(codes: np.ndarray, probabilities: np.ndarray, borders: np.ndarray) -> pd.DataFrame:
    """Return the stretches of one class, which tile the time: start_s, end_s, label, probability (mean), unsure."""
    starts = find_runs(codes)
    labels = codes[starts[:-1]]
    means = [
        float(probabilities[first:end, label].mean(dtype=np.float64))
        for first, end, label in zip(starts[:-1], starts[1:], labels, strict=True)
    ]
    return pd.DataFrame(
        {
            "start_s": borders[starts[:-1]],
            "end_s": borders[starts[1:]],
            "label": np.array(CLASSES)[labels],
            "probability": means,
            "unsure": np.array(means) < UNSURE_BELOW,
        }
    )

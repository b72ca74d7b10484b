"""Learning which verdicts on whole videos a detector is sure of, on videos that its networks were not trained on.

A video is called signing or rest by its share of signing. Its evidence shows how far the call can be trusted: the
mean calibrated probability of signing over the video, which is the share of signing that the detector expects.
Calls with less evidence than a threshold are unsure. For each of the two calls, the threshold is the lowest one at
which RIGHT_SHARE of the calls above it are right. It equals the evidence of an actual call, so even if all calls
were right, a video with less evidence than any of them is unsure: with n calls that is one in n + 1 of their kind.
A call with more evidence for the other call is always unsure.
"""

import numpy as np

RIGHT_SHARE = 0.95
"""Target share of right calls among the sure ones, on the videos used for learning."""

MOST_UNSURE = 0.25
"""Largest share of calls that may become unsure; if RIGHT_SHARE cannot be reached, the share right is maximised."""

MOST_EVIDENCE = 0.9
"""Upper limit of a threshold, even if a few easy videos had more evidence."""

EVEN = 0.5
"""Evidence beyond which (and beyond the share that decides calls) the other call has more."""

STEP = 1000
"""Thresholds are multiples of 1 / STEP."""


def learn_sureness(
    evidence: np.ndarray, signing: np.ndarray, called: np.ndarray, verdict_share: float
) -> tuple[float, float]:
    """Return the evidence from which a call of signing is sure, and the evidence up to which a call of rest is sure.

    ``evidence``: of each video, (n,), 0 to 1. ``signing``, ``called``: whether it is signing, and is called so, (n,).
    ``verdict_share``: the share of signing that decides the call.
    """
    signing_from = _lowest_sure(evidence[called], signing[called], min(verdict_share, EVEN))
    rest_from = _lowest_sure(1 - evidence[~called], ~signing[~called], 1 - max(verdict_share, EVEN))
    return signing_from, round(1 - rest_from, 3)


def _lowest_sure(evidence: np.ndarray, right: np.ndarray, least: float) -> float:
    """Return the threshold of one call, at least ``least``; higher ``evidence`` means a surer call."""
    if not len(evidence):
        return MOST_EVIDENCE
    thresholds = np.unique(np.clip(np.floor(evidence * STEP) / STEP, least, MOST_EVIDENCE))
    sure = evidence >= thresholds[:, None]
    few = sure.mean(axis=1) < 1 - MOST_UNSURE
    right_shares = np.where(few, 0, (sure & right).sum(axis=1) / np.maximum(sure.sum(axis=1), 1))
    # Of equally right thresholds, take the lowest.
    return float(thresholds[np.argmax(np.minimum(right_shares, RIGHT_SHARE))])

"""Learning which verdicts on whole videos a detector is sure of, on videos that its networks were not trained on.

A video is called signing, or rest, by its share of signing. How far a call can be trusted, its evidence tells: the
mean calibrated probability of signing over the video, which is the share of signing that the detector expects.
Calls with less evidence than a threshold are unsure. The threshold of each of the two calls is the lowest from which
on RIGHT_SHARE of the calls are right. It lies at the evidence of a call that was made, so that even where all calls
were right, a video with less evidence than any of them is unsure: with n calls that is one in n + 1 of their kind.
What has more evidence for the other call is unsure in any case.
"""

import numpy as np

RIGHT_SHARE = 0.95
"""Of the calls that are sure, so many are right, on the videos that this was learned on."""

MOST_UNSURE = 0.25
"""No larger part of the calls becomes unsure: where RIGHT_SHARE is not reached by that, as many are right as can be."""

MOST_EVIDENCE = 0.9
"""More is never asked for, also where a few videos that are easy had more."""

EVEN = 0.5
"""Evidence beyond which, and beyond the share that calls are made by, the other call has more."""

STEP = 1000
"""Thresholds are whole parts of so many."""


def learn_sureness(
    evidence: np.ndarray, signing: np.ndarray, called: np.ndarray, verdict_share: float
) -> tuple[float, float]:
    """Evidence from which on a call of signing is sure, and that up to which a call of rest is.

    ``evidence``: of each video, (n,), 0 to 1. ``signing``, ``called``: whether it is signing, and is called so, (n,).
    ``verdict_share``: the share of signing that calls are made by.
    """
    signing_from = _lowest_sure(evidence[called], signing[called], min(verdict_share, EVEN))
    rest_from = _lowest_sure(1 - evidence[~called], ~signing[~called], 1 - max(verdict_share, EVEN))
    return signing_from, round(1 - rest_from, 3)


def _lowest_sure(evidence: np.ndarray, right: np.ndarray, least: float) -> float:
    """The threshold of one call, whose evidence is the higher the surer it is; it is ``least`` or more."""
    if not len(evidence):
        return MOST_EVIDENCE
    thresholds = np.unique(np.clip(np.floor(evidence * STEP) / STEP, least, MOST_EVIDENCE))
    sure = evidence >= thresholds[:, None]
    few = sure.mean(axis=1) < 1 - MOST_UNSURE
    right_shares = np.where(few, 0, (sure & right).sum(axis=1) / np.maximum(sure.sum(axis=1), 1))
    # Of what is as right, the lowest threshold.
    return float(thresholds[np.argmax(np.minimum(right_shares, RIGHT_SHARE))])

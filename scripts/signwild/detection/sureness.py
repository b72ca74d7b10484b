"""Learning which verdicts on whole videos a detector is sure of, on videos that its networks were not trained on.

A video is called signing, or rest, by its share of signing. How far a call can be trusted, its evidence tells: the
mean calibrated probability of signing over the video, which is the share of signing that the detector expects.
Calls with less evidence than a threshold are unsure. The threshold of each of the two calls is the lowest from which
on RIGHT_SHARE of the calls are right. It lies at the evidence of a call that was made, so that even where all calls
were right, a video with less evidence than any of them is unsure: with n calls that is one in n + 1 of their kind.
"""

import numpy as np

RIGHT_SHARE = 0.95
"""Of the calls that are sure, so many are right, on the videos that this was learned on."""

MOST_UNSURE = 0.25
"""No larger part of the calls becomes unsure: where RIGHT_SHARE is not reached by that, as many are right as can be."""

MOST_EVIDENCE = 0.9
"""More is never asked for, also where a few videos that are easy had more."""

STEP = 1000
"""Thresholds are whole parts of so many."""


def learn_sureness(evidence: np.ndarray, signing: np.ndarray, called: np.ndarray) -> tuple[float, float]:
    """Evidence from which on a call of signing is sure, and that up to which a call of rest is.

    ``evidence``: of each video, (n,), 0 to 1. ``signing``, ``called``: whether it is signing, and is called so, (n,).
    """
    signing_from = _lowest_sure(evidence[called], signing[called])
    rest_from = _lowest_sure(1 - evidence[~called], ~signing[~called])
    return signing_from, round(1 - rest_from, 3)


def _lowest_sure(evidence: np.ndarray, right: np.ndarray) -> float:
    """The threshold of one call, whose evidence is the higher the surer it is."""
    if not len(evidence):
        return MOST_EVIDENCE
    thresholds = np.unique(np.minimum(np.floor(evidence * STEP) / STEP, MOST_EVIDENCE))
    sure = evidence >= thresholds[:, None]
    right_shares = (sure & right).sum(axis=1) / sure.sum(axis=1)
    right_shares = right_shares[sure.mean(axis=1) >= 1 - MOST_UNSURE]
    # Of what is as right, the lowest threshold.
    return float(thresholds[np.argmax(np.minimum(right_shares, RIGHT_SHARE))])

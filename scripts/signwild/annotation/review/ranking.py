"""The order in which proposals are worth a look: by the seconds of each that are expected to be wrong.

A window of the detector with the calibrated probability p of a class is of another class with the probability 1 - p.
Their sum over a proposal, in seconds, is what a look at it is expected to mend: it is large where the detector is
unsure, where its streams disagree (which lowers their mean), and where much of a proposal lies near a boundary.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from signwild.annotation.proposals import SURE_FROM
from signwild.annotation.review.judgements import Proposal
from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.stages.detector.segmentation import UNSURE_BELOW

ASSUMED = {"sure": (1 + SURE_FROM) / 2, "likely": (SURE_FROM + UNSURE_BELOW) / 2, "unsure": UNSURE_BELOW / 2}
"""Probability of a proposal whose windows are not at hand, by its word: the middle of the range that it stands for."""

COLUMN = dict(zip(CLASSES, PROBABILITIES, strict=True))


def probability_of(proposal: Proposal, windows: pd.DataFrame | None, origin_ms: int = 0) -> float:
    """Return the mean probability of a proposal's class over its time, from 0 to 1.

    ``windows``: those of the video, with time_s in the video's seconds; None if they are not at hand. ``origin_ms``:
    the moment of the video that is time 0 of the file.
    """
    if windows is not None and len(windows):
        times = windows["time_s"].to_numpy()
        first, end = ((time + origin_ms) / 1000 for time in (proposal.start_ms, proposal.end_ms))
        inside = (times >= first) & (times < end)
        if not inside.any():
            inside[np.abs(times - (first + end) / 2).argmin()] = True
        return float(windows.loc[inside, COLUMN[proposal.label]].mean())
    return ASSUMED.get(proposal.text, ASSUMED["unsure"])


def wrong_seconds(proposal: Proposal, probability: float) -> float:
    """Return the seconds of a proposal that are expected to be of another class."""
    return (1 - probability) * (proposal.end_ms - proposal.start_ms) / 1000


def ranked(gains: Mapping[str, float]) -> list[str]:
    """Return names by their expected gain, the largest first; equal ones in their order."""
    return sorted(gains, key=lambda name: -gains[name])

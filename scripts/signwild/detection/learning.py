"""Learning how probabilities become segments and verdicts, on videos that the networks were not trained on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from signwild.bootstrap import share
from signwild.detection.scores import OVERLAPS, TERMS, UNLABELLED, detection_metrics, verdict_terms, video_terms
from signwild.detection.segmentation import (
    SIGNING,
    call_classes,
    sample_borders,
    signing_share,
    smooth_probabilities,
    tidy_classes,
)
from signwild.parameters.detection import Decision
from signwild.vocabulary import CLASSES, PROBABILITIES

SMOOTHING_S = (0.0, 1.0, 2.0, 4.0)
THRESHOLDS = (0.5, 0.4, 0.6, 0.3, 0.7)
PAUSES_S = (0.0, 1.0, 2.0, 4.0)
SHORTEST_S = (0.0, 1.0, 2.0, 4.0)
SHARES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9, 0.05)
"""What is tried, the plainest first: of what is as good, the first is taken. Our choice."""


GAP_STEPS = 1.5
"""Samples that are further apart than so many of a video's usual steps are no neighbours."""


@dataclass(frozen=True)
class Stretch:
    """Neighbouring samples of a video: seconds from the first, (n,), classes (or UNLABELLED), and probabilities."""

    times: np.ndarray
    borders: np.ndarray
    truth: np.ndarray
    probabilities: np.ndarray


@dataclass(frozen=True)
class HeldOutVideo:
    """A video that a fold held out, in stretches: where samples are left out, nothing is known of the time between."""

    fold: int
    stretches: list[Stretch]

    @property
    def is_signing(self) -> bool:
        """Whether most of its labelled samples are signing; of classes with as many, the first counts."""
        truth = np.concatenate([stretch.truth for stretch in self.stretches])
        counts = np.bincount(truth[truth != UNLABELLED], minlength=len(CLASSES))
        return int(counts.argmax()) == SIGNING


def held_out_videos(windows: pd.DataFrame) -> list[HeldOutVideo]:
    """The videos of a table of windows (``window_tables.WINDOW_COLUMNS``) that have a label, by id.

    A sample counts for as long as to the next one, the last of a stretch for as long as most do.
    """
    videos = []
    for _, own in windows.groupby("video_id", sort=True):
        truth = own["label"].map({name: code for code, name in enumerate(CLASSES)}).fillna(UNLABELLED).to_numpy(int)
        if (truth == UNLABELLED).all():
            continue
        times = own["time_s"].to_numpy()
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        gaps = np.flatnonzero(np.diff(times) > GAP_STEPS * step) + 1
        parts = (times, truth, own[list(PROBABILITIES)].to_numpy(np.float64))
        stretches = [_stretch(*pieces, step) for pieces in zip(*(np.split(part, gaps) for part in parts), strict=True)]
        videos.append(HeldOutVideo(int(own["fold"].iloc[0]), stretches))
    return videos


def _stretch(times: np.ndarray, truth: np.ndarray, probabilities: np.ndarray, step: float) -> Stretch:
    times = times - times[0]
    return Stretch(times, sample_borders(times, times[-1] + step), truth, probabilities)


class Learner:
    """Every decision's terms on some videos: what is best on any of them is then a sum away."""

    def __init__(self, videos: list[HeldOutVideo], progress: Callable[[list], Iterable] = iter) -> None:
        self._videos = videos
        self._signing = np.array([video.is_signing for video in videos])
        self._decisions = [
            Decision(smoothing_s=smoothing, signing_threshold=threshold, merge_gap_s=pause, min_length_s=shortest)
            for smoothing, threshold, pause, shortest in product(SMOOTHING_S, THRESHOLDS, PAUSES_S, SHORTEST_S)
        ]
        tried = [_try_all(video, self._decisions) for video in progress(videos)]
        self._terms = np.stack([terms for terms, _ in tried], axis=1)
        self._shares = np.stack([shares for _, shares in tried], axis=1)

    def learn(self, chosen: np.ndarray) -> Decision:
        """The best decision on the videos ``chosen``, (n,) bool, by ``objective``, and the best share for a verdict."""
        best = int(np.argmax(np.nan_to_num(objective(self._terms[:, chosen].sum(axis=1)), nan=-1.0)))
        shares, signing = self._shares[best, chosen], self._signing[chosen]
        f1 = [_verdict_f1(signing, shares >= least) for least in SHARES]
        return self._decisions[best].model_copy(update={"verdict_share": SHARES[int(np.argmax(f1))]})

    def terms(self, decision: Decision, chosen: np.ndarray) -> np.ndarray:
        """Sums of the videos ``chosen`` under a decision that was learned, verdicts included: (n, TERMS)."""
        place = self._decisions.index(decision.model_copy(update={"verdict_share": Decision().verdict_share}))
        verdicts = self._shares[place, chosen] >= decision.verdict_share
        return self._terms[place, chosen] + verdict_terms(self._signing[chosen], verdicts)


def objective(totals: np.ndarray) -> np.ndarray:
    """What is learned by, of sums (..., TERMS): mean of signing's F1 by sample and by segment at each overlap."""
    metrics = detection_metrics(totals)
    names = ["f1_signing", *(f"segment_f1_{round(100 * least)}" for least in OVERLAPS)]
    return np.mean([metrics[name] for name in names], axis=0)


def _try_all(video: HeldOutVideo, decisions: list[Decision]) -> tuple[np.ndarray, np.ndarray]:
    """Terms, (decisions, TERMS), and share of signing, (decisions,), of one video under each decision."""
    terms, signing = np.zeros((len(decisions), TERMS)), np.zeros(len(decisions))
    for stretch in video.stretches:
        own_terms, shares = _try_on_stretch(stretch, decisions)
        terms += own_terms
        signing += shares * stretch.borders[-1]
    length = sum(stretch.borders[-1] for stretch in video.stretches)
    return terms, signing / length if length else signing


def _try_on_stretch(stretch: Stretch, decisions: list[Decision]) -> tuple[np.ndarray, np.ndarray]:
    single = stretch.probabilities.argmax(axis=1)
    terms, shares = np.empty((len(decisions), TERMS)), np.empty(len(decisions))
    known: dict[bytes, tuple[np.ndarray, float]] = {}
    called: dict[tuple[float, float], np.ndarray] = {}
    for place, decision in enumerate(decisions):
        first = decision.smoothing_s, decision.signing_threshold
        if first not in called:
            called[first] = call_classes(smooth_probabilities(stretch.probabilities, stretch.times, first[0]), first[1])
        codes = tidy_classes(called[first], stretch.borders, decision)
        # Most decisions come to what another one came to.
        same = codes.tobytes()
        if same not in known:
            scored = video_terms(stretch.truth, single, codes, stretch.borders)
            known[same] = scored, signing_share(codes, stretch.borders)
        terms[place], shares[place] = known[same]
    return terms, shares


def _verdict_f1(signing: np.ndarray, called: np.ndarray) -> float:
    return float(share(2 * (signing & called).sum(), signing.sum() + called.sum(), 0.0))

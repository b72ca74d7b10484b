"""Learning how probabilities become segments and verdicts, on videos that the networks were not trained on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.configuration.sections.detection import Decision
from signwild.predictions.bootstrap import share
from signwild.stages.detection.detector_metrics import (
    OVERLAPS,
    TERMS,
    UNLABELLED,
    detection_metrics,
    loss_terms,
    verdict_terms,
    video_terms,
)
from signwild.stages.detector.segmentation import (
    SIGNING,
    are_sure,
    call_classes,
    sample_borders,
    signing_evidence,
    signing_share,
    smooth_probabilities,
    tidy_classes,
)
from signwild.stages.detector.sureness import learn_sureness
from signwild.stages.detector.temperature import TEMPERATURES, best_temperature, calibrate, temperature_losses

SMOOTHING_S = (0.0, 1.0, 2.0, 4.0)
THRESHOLDS = (0.5, 0.4, 0.6, 0.3, 0.7)
PAUSES_S = (0.0, 1.0, 2.0, 4.0)
SHORTEST_S = (0.0, 1.0, 2.0, 4.0)
SHARES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9, 0.05)
"""Candidates, the plainest first: of equally good ones the first is taken. Our choice."""

STEPS = {"smoothing_s", "signing_threshold", "merge_gap_s", "min_length_s"}
"""Parts of a decision that turn calibrated probabilities into segments."""

GAP_STEPS = 1.5
"""Samples further apart than this many of a video's usual steps are not neighbours."""


@dataclass(frozen=True)
class Stretch:
    """Neighbouring samples of a video: seconds from the first, (n,), classes (or UNLABELLED), and probabilities."""

    times: np.ndarray
    borders: np.ndarray
    truth: np.ndarray
    probabilities: np.ndarray


@dataclass(frozen=True)
class HeldOutVideo:
    """A held-out video, in stretches: nothing is known about the time for which samples are left out."""

    fold: int
    stretches: list[Stretch]

    @property
    def labelled(self) -> tuple[np.ndarray, np.ndarray]:
        """Classes, (n,), and probabilities, (n, 3), of the labelled samples."""
        truth = np.concatenate([stretch.truth for stretch in self.stretches])
        probabilities = np.concatenate([stretch.probabilities for stretch in self.stretches])
        return truth[truth != UNLABELLED], probabilities[truth != UNLABELLED]

    def calibrated(self, temperature: float) -> "HeldOutVideo":
        """Return the same video with calibrated probabilities."""
        stretches = [replace(one, probabilities=calibrate(one.probabilities, temperature)) for one in self.stretches]
        return replace(self, stretches=stretches)

    @property
    def is_signing(self) -> bool:
        """True if signing is the commonest class of the labelled samples; of equally common ones the first counts."""
        truth, _ = self.labelled
        counts = np.bincount(truth, minlength=len(CLASSES))
        return int(counts.argmax()) == SIGNING

    @property
    def length_s(self) -> float:
        """Total length of the stretches, in seconds."""
        return sum(stretch.borders[-1] for stretch in self.stretches)

    @property
    def evidence(self) -> float:
        """Mean probability of signing over the stretches."""
        means = [signing_evidence(stretch.probabilities, np.diff(stretch.borders)) for stretch in self.stretches]
        lengths = [stretch.borders[-1] for stretch in self.stretches]
        return float(np.average(means, weights=lengths if self.length_s else None))


def held_out_videos(windows: pd.DataFrame) -> list[HeldOutVideo]:
    """Return the labelled videos of a table of windows (``window_tables.WINDOW_COLUMNS``), sorted by id.

    A sample counts for the time to the next one, the last sample of a stretch for the usual step.
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


@dataclass(frozen=True)
class _Tried:
    """Results of every decision on all videos at one temperature.

    ``terms``: (decisions, videos, TERMS). ``shares`` of signing: (decisions, videos). ``evidence``: (videos,).
    """

    terms: np.ndarray
    shares: np.ndarray
    evidence: np.ndarray


class Learner:
    """Terms of every decision on some videos; the best decision on any subset of them then only needs a sum."""

    def __init__(self, videos: list[HeldOutVideo], progress: Callable[[list], Iterable] = iter) -> None:
        self._videos, self._progress = videos, progress
        self._signing = np.array([video.is_signing for video in videos])
        self._losses = np.array([temperature_losses(*reversed(video.labelled)) for video in videos])
        self._decisions = [
            Decision(smoothing_s=smoothing, signing_threshold=threshold, merge_gap_s=pause, min_length_s=shortest)
            for smoothing, threshold, pause, shortest in product(SMOOTHING_S, THRESHOLDS, PAUSES_S, SHORTEST_S)
        ]
        self._tried: dict[float, _Tried] = {}

    def learn(self, chosen: np.ndarray) -> Decision:
        """Return the best decision on the videos ``chosen``, (n,) bool.

        Its temperature is the best by the log loss of windows, its four steps by ``objective``, its share for a
        verdict by F1; its limits for sure verdicts are learned by ``sureness.learn_sureness``.
        """
        temperature = best_temperature(self._losses[chosen].sum(axis=0))
        tried, signing = self._try(temperature), self._signing[chosen]
        best = int(np.argmax(np.nan_to_num(objective(tried.terms[:, chosen].sum(axis=1)), nan=-1.0)))
        shares = tried.shares[best, chosen]
        least = SHARES[int(np.argmax([_verdict_f1(signing, shares >= least) for least in SHARES]))]
        signing_from, rest_to = learn_sureness(tried.evidence[chosen], signing, shares >= least, least)
        learned = {"temperature": temperature, "verdict_share": least}
        learned |= {"sure_signing_from": signing_from, "sure_rest_to": rest_to}
        return self._decisions[best].model_copy(update=learned)

    def terms(self, decision: Decision, chosen: np.ndarray) -> np.ndarray:
        """Return the sums of the videos ``chosen`` under a learned decision, with verdicts and losses: (n, TERMS)."""
        place = self._decisions.index(Decision(**decision.model_dump(include=STEPS)))
        tried, signing = self._try(decision.temperature), self._signing[chosen]
        shares, evidence = tried.shares[place, chosen], tried.evidence[chosen]
        sure = are_sure(shares, evidence, decision)
        losses = (self._losses[chosen, TEMPERATURES.index(one)] for one in (1.0, decision.temperature))
        verdicts = verdict_terms(signing, shares >= decision.verdict_share, sure)
        return tried.terms[place, chosen] + verdicts + loss_terms(*losses)

    def _try(self, temperature: float) -> _Tried:
        if temperature not in self._tried:
            videos = [video.calibrated(temperature) for video in self._videos]
            results = [_try_all(video, self._decisions) for video in self._progress(videos)]
            terms, shares = (np.stack(parts, axis=1) for parts in zip(*results, strict=True))
            self._tried[temperature] = _Tried(terms, shares, np.array([video.evidence for video in videos]))
        return self._tried[temperature]


def objective(totals: np.ndarray) -> np.ndarray:
    """Return the objective of learning, from sums (..., TERMS): mean F1 of signing by sample and by segment."""
    metrics = detection_metrics(totals)
    names = ["f1_signing", *(f"segment_f1_{round(100 * least)}" for least in OVERLAPS)]
    return np.mean([metrics[name] for name in names], axis=0)


def _try_all(video: HeldOutVideo, decisions: list[Decision]) -> tuple[np.ndarray, np.ndarray]:
    """Return terms, (decisions, TERMS), and share of signing, (decisions,), of one video under each decision."""
    terms, signing = np.zeros((len(decisions), TERMS)), np.zeros(len(decisions))
    for stretch in video.stretches:
        own_terms, shares = _try_on_stretch(stretch, decisions)
        terms += own_terms
        signing += shares * stretch.borders[-1]
    return terms, signing / video.length_s if video.length_s else signing


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
        # Most decisions have the same result as another one.
        same = codes.tobytes()
        if same not in known:
            scored = video_terms(stretch.truth, single, codes, stretch.borders)
            known[same] = scored, signing_share(codes, np.diff(stretch.borders))
        terms[place], shares[place] = known[same]
    return terms, shares


def _verdict_f1(signing: np.ndarray, called: np.ndarray) -> float:
    return float(share(2 * (signing & called).sum(), signing.sum() + called.sum(), 0.0))

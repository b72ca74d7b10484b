"""Quick pass over a long video: a first look at all of it, and all windows only where that may have seen signing.

A part that is looked at in full has the windows of a pass over the whole video, and grows until no signing is near its
ends.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from signwild.configuration.sections.detection import Decision
from signwild.exported.model import Detector, Variant
from signwild.stages.detector.blocks import Part, PassageMissing
from signwild.stages.detector.first_look import FirstLook, Look
from signwild.stages.detector.segmentation import SIGNING, find_runs
from signwild.stages.detector.temperature import calibrate
from signwild.stages.resample.decoding import chosen_samples
from signwild.video.frame_times import footage_times, stretch_numbers

if TYPE_CHECKING:
    from signwild.stages.detector.networks import VariantNetworks  # starts Keras, which takes seconds

SHORTEST_S = 60.0
"""Footage below which a video is looked at in full."""

MAYBE_SIGNING = 0.15
"""Calibrated probability of signing from which a first look asks for a full one: none of the signing that the full pass
finds in real clips is lost by it (docs/decisions.md)."""

UNSEEN_S = 1.5
"""A sample without a picture of the first look this near is looked at in full."""

AROUND_S = 3.0
"""Time around such a place that is looked at in full as well."""

GAP_S = 10.0
"""A gap between two parts of at most this length is looked at in full as well: a part costs a window more."""

GROWTH_S = 6.0
"""Time by which a part grows where signing is near its end; twice as much each time."""

MAY_MISS = 0.1
"""Share of a video's signing that a quick pass may have missed, for verdicts: twice what it may miss by its goal."""


@dataclass(frozen=True)
class QuickLook:
    """Probabilities of all samples, calibrated, (n, 3) float64, and which of these were looked at in full, (n,) bool.

    The others have those of the first look. ``samples``: their frames, (n,).
    """

    samples: np.ndarray
    probabilities: np.ndarray
    is_full: np.ndarray


def is_long(times: np.ndarray) -> bool:
    """Return whether a quick pass over a video is worth it; ``times``: of its frames, in seconds, (n,)."""
    return len(times) > 1 and footage_times(times)[-1] >= SHORTEST_S


class QuickPass:
    """A variant of a detector and a first look, ready to process one video after another. ``threads``: for decoding."""

    def __init__(
        self, detector: Detector, variant: Variant, networks: "VariantNetworks", first_look: FirstLook, threads: int
    ) -> None:
        self._detector, self._decision, self._networks = detector, variant.decision, networks
        self._first_look, self._threads = first_look, threads

    @property
    def first_variant(self) -> str:
        """Name of the variant of the first look."""
        return self._first_look.variant.name

    def look(
        self,
        path: Path,
        times: np.ndarray,
        key_frames: np.ndarray,
        call: Callable[[np.ndarray, np.ndarray], np.ndarray],
        progress: Callable[[Iterable, int], Iterable],
    ) -> QuickLook:
        """Look at a video; ``times``: of all its frames, ``key_frames``: of those, in seconds, (n,) and (k,).

        ``call(probabilities, samples)``: returns the classes of all samples, (n,), as positions in CLASSES. Raises
        PassageMissing if a part of it cannot be decoded by itself, or may look otherwise then.
        """
        model = self._detector.model
        samples = chosen_samples(times, model.resample, len(times))
        sample_times, stretch = times[samples], stretch_numbers(times)[samples]
        look = self._first_look.look(path, times, key_frames, progress)
        if look.size_changes:
            # What ffmpeg takes an unstated colour space for depends on the frames before a change.
            raise PassageMissing(f"{path}: the size or form of its pictures changes")
        probabilities, is_wanted = spread_look(look, sample_times, stretch, self._decision.signing_threshold)
        is_wanted = without_gaps(widened(is_wanted, sample_times, AROUND_S), sample_times)
        is_full, grow_s = np.zeros(len(samples), bool), GROWTH_S
        while parts := runs_of(is_wanted & ~is_full, stretch):
            found = self._predict(path, times, key_frames, stretch, parts, progress)
            for (first, end), own in zip(parts, found, strict=True):
                probabilities[first:end], is_full[first:end] = own, True
            is_signing = call(probabilities, samples) == SIGNING
            near = growth(is_signing, is_full, sample_times, self._decision, grow_s)
            is_wanted, grow_s = without_gaps(is_full | near, sample_times), 2 * grow_s
        return QuickLook(samples, probabilities, is_full)

    def _predict(
        self,
        path: Path,
        times: np.ndarray,
        key_frames: np.ndarray,
        stretch: np.ndarray,
        parts: list[tuple[int, int]],
        progress: Callable[[Iterable, int], Iterable],
    ) -> Iterator[np.ndarray]:
        """Yield the calibrated probabilities of the windows around the samples of each part, (n, 3)."""
        length = self._detector.model.length
        before, after = length // 2, length - length // 2 - 1
        wide = [(max(0, first - before), min(end + after, len(stretch))) for first, end in parts]
        blocks = chain.from_iterable(
            self._networks.blocks(path, times, self._detector, self._threads, Part(first, end, key_frames))
            for first, end in wide
        )
        # A part is to the networks a stretch of footage; only windows that lie within it as a whole are used.
        own = [stretch[first:end] + number * (stretch[-1] + 1) for number, (first, end) in enumerate(wide)]
        total = sum(map(len, own))
        found = self._networks.predict(progress(blocks, total), np.concatenate(own), stride=1)
        found = calibrate(found, self._decision.temperature)
        start = 0
        for (first, end), (wide_first, wide_end) in zip(parts, wide, strict=True):
            yield found[start + first - wide_first : start + end - wide_first]
            start += wide_end - wide_first


def spread_look(look: Look, times: np.ndarray, stretch: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return for each sample the probabilities of the nearest picture, (n, 3), and whether it asks for a full look.

    ``times``, ``stretch``: of the samples, in seconds, and the numbers of their stretches of footage, (n,).
    ``threshold``: the decision's for signing; what reaches it always asks.
    """
    probabilities, is_wanted = np.zeros((len(times), 3)), np.ones(len(times), bool)
    for number in np.unique(look.stretch):
        own, pictures = np.flatnonzero(stretch == number), np.flatnonzero(look.stretch == number)
        seen = look.times[pictures]
        nearest = np.searchsorted((seen[:-1] + seen[1:]) / 2, times[own])
        probabilities[own] = look.probabilities[pictures[nearest]]
        is_unseen = np.abs(seen[nearest] - times[own]) > UNSEEN_S
        is_wanted[own] = is_unseen | (probabilities[own, SIGNING] >= min(MAYBE_SIGNING, threshold))
    return probabilities, is_wanted


def widened(is_wanted: np.ndarray, times: np.ndarray, seconds: float) -> np.ndarray:
    """Return whether a wanted sample is within so many seconds of each sample, (n,) bool; ``times``: (n,), seconds."""
    wanted = np.concatenate([[0], np.cumsum(is_wanted)])
    first = np.searchsorted(times, times - seconds - 1e-6)
    end = np.searchsorted(times, times + seconds + 1e-6, side="right")
    return wanted[end] > wanted[first]


def without_gaps(is_wanted: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the wanted samples, (n,) bool, with those in gaps of at most GAP_S between them."""
    filled, wanted = is_wanted.copy(), np.flatnonzero(is_wanted)
    for before, after in pairwise(wanted):
        if after > before + 1 and times[after] - times[before] <= GAP_S:
            filled[before:after] = True
    return filled


def runs_of(is_wanted: np.ndarray, stretch: np.ndarray) -> list[tuple[int, int]]:
    """Return the first row and the end of each run of wanted samples, within one stretch of footage each."""
    edges = find_runs(2 * stretch + is_wanted)
    return [(int(first), int(end)) for first, end in pairwise(edges) if first < end and is_wanted[first]]


def growth(
    is_signing: np.ndarray, is_full: np.ndarray, times: np.ndarray, decision: Decision, seconds: float
) -> np.ndarray:
    """Return samples that were not looked at in full, but are to be, (n,) bool, as signing is near.

    Signing is near if smoothing, or a second more, reaches it. ``is_signing``: by the final classes. ``seconds``: more
    samples around those near to it.
    """
    near_s = decision.smoothing_s / 2 + 1.0
    near = widened(is_signing, times, near_s) & ~is_full
    return widened(near, times, seconds) & ~is_full if near.any() else near


def may_be_signing(share: float, decision: Decision) -> bool:
    """Return whether a video that a quick pass would not call signing might be called so by the full pass.

    ``share``: of signing, as the quick pass found it, 0 to 1.
    """
    return share < decision.verdict_share <= share / (1 - MAY_MISS)

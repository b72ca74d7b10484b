"""What a detector proposes for a video: stretches of each class in milliseconds, each with how sure it is."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from signwild.base.classes import CLASSES
from signwild.base.milliseconds import milliseconds
from signwild.stages.detector.kept_results import RESULT, read_json
from signwild.stages.detector.segmentation import UNSURE_BELOW

SURE_FROM = 0.9
"""Probability from which a stretch is sure: of ten such, nine or more should be right. Our choice."""

SURENESS = {
    "sure": f"a probability of {SURE_FROM:.0%} or more",
    "likely": f"a probability of {UNSURE_BELOW:.0%} or more",
    "unsure": f"a probability below {UNSURE_BELOW:.0%}",
}
"""The values of a proposal, and what they mean; what is unsure here is unsure in every other file of a detector."""

SEAL_LENGTH = 12
"""Digits of the digest by which a tier's annotations are known as unedited."""

Proposal = tuple[int, int, str]
"""Start and end in milliseconds, and one of SURENESS."""


@dataclass(frozen=True)
class Proposals:
    """What a detector proposes for a video.

    ``detector``: name of the detector and its variant. ``spans``: the proposals of each class, by time. ``start_ms``,
    ``end_ms``: where the video begins and ends.
    """

    detector: str
    spans: Mapping[str, list[Proposal]]
    end_ms: int
    start_ms: int = 0

    def shifted(self, origin_ms: int) -> "Proposals":
        """Return the proposals in times of a file in which the video begins at its ``origin_ms``.

        ELAN's time 0 is that moment of the video; what is before it is cut off.
        """
        spans = {
            label: [
                (max(0, start - origin_ms), end - origin_ms, sureness)
                for start, end, sureness in own
                if end > max(origin_ms, start)
            ]
            for label, own in self.spans.items()
        }
        return Proposals(self.detector, spans, self.end_ms - origin_ms, self.start_ms - origin_ms)


def read_proposals(folder: Path) -> Proposals:
    """Return the proposals in a folder of a video's results; raise InputError if these are damaged."""
    result = read_json(folder / RESULT, "segments", "duration_s", "detector", "variant")
    spans: dict[str, list[Proposal]] = {label: [] for label in CLASSES}
    for segment in result["segments"]:
        start, end = milliseconds(segment["start_s"]), milliseconds(segment["end_s"])
        if start < end:
            spans[segment["label"]].append((start, end, sureness(segment["probability"])))
    detector = f"{result['detector']}, {result['variant']}"
    return Proposals(detector, spans, milliseconds(result["duration_s"]))


def sureness(probability: float | None) -> str:
    """Return how sure a stretch of this probability is: one of SURENESS; unsure without a probability."""
    if probability is None or probability < UNSURE_BELOW:
        return "unsure"
    return "sure" if probability >= SURE_FROM else "likely"


def seal(label: str, annotations: Iterable[Proposal]) -> str:
    """Return a digest of a class's proposals by their times and texts, whatever their order and names."""
    lines = sorted(f"{start} {end} {text}" for start, end, text in annotations)
    return hashlib.sha256("\n".join([label, *lines]).encode()).hexdigest()[:SEAL_LENGTH]

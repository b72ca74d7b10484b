"""Spans of a video with a label: merged by class, and what becomes of moments with two classes."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.text import lines_below
from signwild.base.words import counted
from signwild.configuration.sections.dataset import Overlap


@dataclass(frozen=True, order=True)
class Span:
    """Part of a video with one label: start <= time < end, in one unit; ``end`` is infinite at the video's end.

    ``place``: the file and line, or tier, that it comes from, for messages.
    """

    start: float
    end: float
    label: str
    place: str = ""

    @property
    def seconds(self) -> str:
        """Text of the span in seconds, for messages."""
        return f"{shown(self.start)}-{shown(self.end)} s"


def shown(seconds: float) -> str:
    """Return a time in seconds as text, with at most three decimal places."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans of one label by time, with those that overlap merged; a merged one has the place of its first."""
    found: list[Span] = []
    for span in sorted(spans):
        if not found or found[-1].end <= span.start:
            found.append(span)
        elif found[-1].end < span.end:
            found[-1] = replace(found[-1], end=span.end)
    return found


def without_overlaps(videos: Mapping[str, list[Span]], overlap: Overlap, labels: Path) -> dict[str, list[Span]]:
    """Return the spans of each video by time, such that each moment has one label or none.

    Overlapping spans of one class are merged. ``overlap``: what becomes of a moment with two classes. It is labelled by
    the first of them in the order of CLASSES (``signing_first``), unlabelled, or refused by an InputError that lists
    the overlaps of all videos. ``labels``: the file or folder that they come from, for messages.
    """
    of_class = {
        video_id: {label: merged(span for span in spans if span.label == label) for label in CLASSES}
        for video_id, spans in videos.items()
    }
    if overlap == "refuse":
        _refuse_overlaps(of_class, labels)
    return {video_id: _cut(spans, overlap) for video_id, spans in of_class.items()}


def _refuse_overlaps(of_class: Mapping[str, dict[str, list[Span]]], labels: Path) -> None:
    found = [
        f'{later.place}: {later.label} {later.seconds} of video "{video_id}" overlaps {earlier.label} '
        f"{earlier.seconds} ({earlier.place})"
        for video_id, spans in of_class.items()
        for earlier, later in _overlaps([span for own in spans.values() for span in own])
    ]
    if found:
        raise InputError(
            f"{labels}: {counted(len(found), 'overlap')} of two classes, but a moment has one label: shorten one span "
            "of each, or set `dataset.overlap` to signing_first or unlabelled:" + lines_below(found)
        )


def _overlaps(spans: list[Span]) -> list[tuple[Span, Span]]:
    """Return the pairs of spans that overlap, the earlier one first; spans of one label do not overlap."""
    found, going_on = [], []
    for span in sorted(spans):
        going_on = [other for other in going_on if other.end > span.start]
        found += [(other, span) for other in going_on]
        going_on.append(span)
    return found


def _cut(of_class: Mapping[str, list[Span]], overlap: Overlap) -> list[Span]:
    """Return one video's spans by time, each without what belongs to another class."""
    kept = []
    for position, label in enumerate(CLASSES):
        stronger = CLASSES[:position] if overlap == "signing_first" else set(CLASSES) - {label}
        removed = merged(span for other in stronger for span in of_class[other])
        kept += [piece for span in of_class[label] for piece in _without(span, removed)]
    return sorted(kept)


def _without(span: Span, removed: list[Span]) -> list[Span]:
    """Return what is left of a span without others, which are sorted and do not overlap each other."""
    pieces, start = [], span.start
    first = bisect_right(removed, span.start, key=lambda one: one.end)
    for other in map(removed.__getitem__, range(first, len(removed))):
        if other.start >= span.end:
            break
        if start < other.start:
            pieces.append(replace(span, start=start, end=other.start))
        start = other.end
    return [*pieces, replace(span, start=start)] if start < span.end else pieces

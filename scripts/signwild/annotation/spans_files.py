"""Annotations of a video from a file of any form that is read: the spans of each class in whole milliseconds."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from webvtt import WebVTT
from webvtt.errors import MalformedCaptionError, MalformedFileError

from signwild.annotation.replacing import BACKUP
from signwild.annotation.targets import origin_of
from signwild.annotation.textgrid import read_text_grid
from signwild.base.classes import CLASSES
from signwild.base.collector import without_collector
from signwild.base.errors import InputError
from signwild.base.milliseconds import milliseconds
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.eaf_file import EafFile

Spans = Mapping[str, np.ndarray]
"""Start and end of each class's spans in milliseconds of the video, (n, 2) int64, by time and without overlaps."""

NO_SPANS = np.zeros((0, 2), np.int64)


@dataclass(frozen=True)
class Annotated:
    """A file and its spans; ``tiers``: those of ``Tiers`` that it has, or all classes in a form without tiers."""

    path: Path
    spans: Spans

    @property
    def end_ms(self) -> int:
        """Where its last span ends, 0 without any."""
        return max((int(own[-1, 1]) for own in self.spans.values() if len(own)), default=0)


def read_spans(path: Path, tiers: Tiers) -> Annotated:
    """Return a file's annotations of the classes that have tiers; raises InputError for a file that cannot be read."""
    reader = READERS.get(form_and_stem(path)[0])
    if reader is None:
        raise InputError(f"{path}: annotations are read from files with the suffixes {', '.join(READERS)}; convert it")
    with without_collector():
        found = reader(path, tiers)
    return Annotated(
        path, {label: merged_spans(own.clip(0)) if getattr(tiers, label) else NO_SPANS for label, own in found.items()}
    )


def form_and_stem(path: Path) -> tuple[str, str]:
    """Return a file's suffix, in small letters, and its name without it; of a backup, those of what it is of."""
    name = Path(re.sub(rf"{re.escape(BACKUP)}\d+$", "", path.name))
    return name.suffix.lower(), name.stem


def merged_spans(spans: np.ndarray) -> np.ndarray:
    """Return spans by time, with those that overlap merged and those that last no time left out, (n, 2) int64."""
    spans = spans[spans[:, 0] < spans[:, 1]]
    if not len(spans):
        return NO_SPANS
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    ends = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate([[True], spans[1:, 0] >= ends[:-1]])
    starts = np.flatnonzero(first)
    return np.stack([spans[starts, 0], ends[np.append(starts[1:], len(spans)) - 1]], axis=1)


def _read_eaf(path: Path, tiers: Tiers) -> dict[str, np.ndarray]:
    eaf = EafFile(path)
    classes = {tier: label for tier, label in tiers.classes().items() if tier in eaf.participants}
    if not classes:
        raise _no_tier(path, tiers, eaf.participants)
    origin = origin_of(path, eaf.media)
    found: dict[str, list[tuple[int, int]]] = {label: [] for label in CLASSES}
    for tier, label in classes.items():
        for number, (start, end) in enumerate(eaf.times(tier), start=1):
            found[label].append(_span(f'{path}: annotation {number} of tier "{tier}"', start, end, origin))
    return {label: np.array(own, np.int64).reshape(-1, 2) for label, own in found.items()}


def _read_csv(path: Path, _: Tiers) -> dict[str, np.ndarray]:
    """Read a table with the columns start_s, end_s and label, such as a detector's segments.csv."""
    try:
        table = pd.read_csv(path, usecols=["start_s", "end_s", "label"], dtype={"label": str})
        table = table.astype({"start_s": float, "end_s": float})
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is no table with the columns start_s, end_s and label ({error})") from None
    found: dict[str, list[tuple[int, int]]] = {label: [] for label in CLASSES}
    for line, (start, end, label) in enumerate(table[["start_s", "end_s", "label"]].itertuples(index=False), start=2):
        if label not in CLASSES:
            raise InputError(f'{path}, line {line}: label "{label}" is none of {", ".join(CLASSES)}; correct it')
        found[label].append(_span(f"{path}, line {line}:", *(1000 * time for time in (start, end))))
    return {label: np.array(own, np.int64).reshape(-1, 2) for label, own in found.items()}


def _read_text_grid(path: Path, tiers: Tiers) -> dict[str, np.ndarray]:
    grid = read_text_grid(path)
    classes = {tier: label for tier, label in tiers.classes().items() if tier in grid}
    if not classes:
        raise _no_tier(path, tiers, grid)
    found: dict[str, list[tuple[int, int]]] = {label: [] for label in CLASSES}
    for tier, label in classes.items():
        for start, end, _ in grid[tier]:
            found[label].append(_span(f'{path}: an interval of tier "{tier}"', 1000 * start, 1000 * end))
    return {label: np.array(own, np.int64).reshape(-1, 2) for label, own in found.items()}


def _read_vtt(path: Path, _: Tiers) -> dict[str, np.ndarray]:
    """Read subtitles whose cues begin with the name of a class, such as "signing (93%)"; other cues are left out."""
    try:
        cues = WebVTT.read(str(path))
    except (OSError, ValueError, MalformedFileError, MalformedCaptionError) as error:
        raise InputError(f"{path}: is no file of WebVTT ({error}); write it again") from None
    found: dict[str, list[tuple[int, int]]] = {label: [] for label in CLASSES}
    for number, cue in enumerate(cues, start=1):
        label = (cue.text.split() or [""])[0]
        if label in CLASSES:
            times = (_clock_ms(text) for text in (cue.start, cue.end))
            found[label].append(_span(f"{path}: cue {number}", *times))
    return {label: np.array(own, np.int64).reshape(-1, 2) for label, own in found.items()}


def _clock_ms(text: str) -> float:
    """Return the milliseconds of a time such as 00:01:02.500."""
    hours, minutes, seconds = text.split(":")
    return 3_600_000 * int(hours) + 60_000 * int(minutes) + 1000 * float(seconds)


def _no_tier(path: Path, tiers: Tiers, names: Iterable[str]) -> InputError:
    return InputError(
        f"{path}: has none of the tiers {', '.join(tiers.classes())}; it has {', '.join(names) or 'no tier'}; name "
        "those to read, such as --tiers signing=RH-gloss"
    )


def _span(which: str, start_ms: float, end_ms: float, origin_ms: int = 0) -> tuple[int, int]:
    if not start_ms <= end_ms < np.inf:
        raise InputError(f"{which} is at {start_ms / 1000}-{end_ms / 1000} s, which is no span of time; correct it")
    return _whole(start_ms) + origin_ms, _whole(end_ms) + origin_ms


def _whole(time_ms: float) -> int:
    return int(time_ms) if time_ms == int(time_ms) else milliseconds(time_ms / 1000)


READERS: dict[str, Callable[[Path, Tiers], dict[str, np.ndarray]]] = {
    ".eaf": _read_eaf,
    ".textgrid": _read_text_grid,
    ".csv": _read_csv,
    ".vtt": _read_vtt,
}
"""Readers of annotations by the suffix of their files, in small letters."""

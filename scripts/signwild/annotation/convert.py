"""Annotations written in other programs' forms, and clips of what is signing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from webvtt import Caption, WebVTT
from webvtt.models import Timestamp

from signwild.annotation.edit_list import write_edit_list
from signwild.annotation.spans_files import READERS, Annotated, read_spans
from signwild.annotation.targets import find_targets
from signwild.annotation.textgrid import write_text_grid
from signwild.base.classes import CLASSES
from signwild.base.errors import InputError, UnusableVideo
from signwild.base.files import write_text, written_whole
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.elan_reader import SUFFIX
from signwild.stages.dataset.elan_writer import write_eaf
from signwild.video.clips import ClipCutter
from signwild.video.files import files_under, is_shown_video
from signwild.video.key_frames import TIME_TOLERANCE_S

Form = Literal["csv", "vtt", "textgrid", "edl", "eaf", "clips"]

SIGNING = CLASSES[0]

CLIP_COLUMNS = ["clip", "video", "signing_start_s", "signing_end_s", "start_s", "end_s", "frames", "note"]
"""Columns of the table of clips: where the signing is in the video, what of the video the clip has, and a note."""

LATE = "begins after the signing, as the video has no key frame before it"


@dataclass(frozen=True)
class Source:
    """A file of annotations, and the file of its video if that is known."""

    annotated: Annotated
    video: Path | None

    def needed_video(self, purpose: str) -> Path:
        """Return the video; raise InputError that names the ``purpose`` for which it is needed if it is not known."""
        if self.video is None:
            raise InputError(
                f"{self.annotated.path}: {purpose} needs its video, which is neither linked nor beside it under the "
                "same name; put it there"
            )
        return self.video


def find_annotations(names: Sequence[Path]) -> list[Path]:
    """Return files of annotations, and those in folders and below, each once; raise InputError for a name without any.

    Of two files with the same name but for the suffix, such as a detector's, only the first form of READERS is taken.
    """
    found: dict[Path, None] = {}
    for name in names:
        files = sorted(files_under(name)) if name.is_dir() else [name] if name.exists() else []
        own = [path for path in files if path.suffix.lower() in READERS and not path.name.startswith(".")]
        if not own:
            raise InputError(f"{name}: there is no file with one of the suffixes {', '.join(READERS)}")
        if name.is_dir():
            first = next(suffix for suffix in READERS if any(path.suffix.lower() == suffix for path in own))
            own = [path for path in own if path.suffix.lower() == first]
        found |= dict.fromkeys(own)
    return list(found)


def read_source(path: Path, tiers: Tiers) -> Source:
    """Return a file's annotations and its video: the linked one, or one beside the file with the same name."""
    annotated = read_spans(path, tiers)
    if path.suffix.lower() == SUFFIX:
        targets = find_targets([str(path)], path.parent / "no results", lambda _: None)
        if targets:
            return Source(annotated, targets[0].video)
    beside = [other for other in sorted(path.parent.glob("*")) if other.stem == path.stem and is_shown_video(other)]
    return Source(annotated, beside[0] if len(beside) == 1 else None)


def write_form(source: Source, form: Form, rate: int, out: Path) -> list[str]:
    """Write annotations in a form into a folder, and return a message for each part that could not be written.

    ``rate``: frames of a second in timecodes. Raises InputError if the file cannot be written, or is there already.
    """
    suffix, write = WRITERS[form]
    path = out / f"{source.annotated.path.stem}{suffix}"
    if path.exists():
        raise InputError(f"{path}: is there already; remove it, or give another folder with --out")
    return write(path, source, rate) or []


def _write_clips(path: Path, source: Source, _: int) -> list[str]:
    """Cut what is signing out of a video into a folder, and write a table of it (CLIP_COLUMNS) beside that."""
    video = source.needed_video("cutting clips")
    instead = "cut it in an editing program, by the list that --to edl writes"
    try:
        cutter = ClipCutter(video)
    except UnusableVideo as error:
        raise InputError(f"{video}: {error.reason}; {instead}") from None
    rows, faults = [], []
    folder = path.with_name(path.name.removesuffix(".csv"))
    for number, (start, end) in enumerate(source.annotated.spans[SIGNING].tolist(), start=1):
        file = folder / f"{source.annotated.path.stem}_{number:03}{video.suffix}"
        try:
            clip = cutter.cut(start / 1000, end / 1000, file)
        except UnusableVideo as error:
            faults.append(f"{video}: {error.reason}; {instead}")
            continue
        own = (str(file.relative_to(path.parent)), str(video), start / 1000, end / 1000)
        note = LATE if clip.start_s > start / 1000 + TIME_TOLERANCE_S else ""
        rows.append((*own, clip.start_s, clip.end_s, clip.frames, note))
    with written_whole(path) as temporary:
        pd.DataFrame(rows, columns=CLIP_COLUMNS).to_csv(temporary, index=False, lineterminator="\n")
    return faults


def _table(annotated: Annotated) -> pd.DataFrame:
    """Return the spans of all classes by time: start_s, end_s and label."""
    rows = [(start / 1000, end / 1000, label) for label in CLASSES for start, end in annotated.spans[label].tolist()]
    return pd.DataFrame(sorted(rows), columns=["start_s", "end_s", "label"])


def _write_csv(path: Path, source: Source, _: int) -> None:
    with written_whole(path) as temporary:
        _table(source.annotated).to_csv(temporary, index=False, float_format="%.3f", lineterminator="\n")


def _write_vtt(path: Path, source: Source, _: int) -> None:
    rows = _table(source.annotated).itertuples(index=False)
    captions = [
        Caption(*(str(Timestamp.from_seconds(time)) for time in (row.start_s, row.end_s)), row.label) for row in rows
    ]
    write_text(path, WebVTT(captions=captions).content + "\n")


def _write_text_grid(path: Path, source: Source, _: int) -> None:
    spans = source.annotated.spans
    tiers = {label: [(start / 1000, end / 1000, label) for start, end in spans[label].tolist()] for label in CLASSES}
    write_text_grid(path, tiers, source.annotated.end_ms / 1000)


def _write_edl(path: Path, source: Source, rate: int) -> None:
    clip = source.video.name if source.video else source.annotated.path.stem
    spans = [tuple(span) for span in source.annotated.spans[SIGNING].tolist()]
    write_edit_list(path, source.annotated.path.stem, clip, spans, rate)


def _write_eaf(path: Path, source: Source, _: int) -> None:
    write_eaf(path, source.needed_video("an .eaf file"), _table(source.annotated), author="")


WRITERS: dict[Form, tuple[str, Callable[[Path, Source, int], list[str] | None]]] = {
    "csv": (".csv", _write_csv),
    "vtt": (".vtt", _write_vtt),
    "textgrid": (".TextGrid", _write_text_grid),
    "edl": (".edl", _write_edl),
    "eaf": (".eaf", _write_eaf),
    "clips": (".clips.csv", _write_clips),
}
"""Suffix and writer of each form."""

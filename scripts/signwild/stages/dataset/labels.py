"""Label files: a user's ``labels.csv`` and the authors' ``groundtruth.txt``, read and checked as one kind of table."""

import csv
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.text import NOT_TEXT, lines_of, suggestion, text_fault
from signwild.stages.dataset.authors_labels import FrameLabels, read_frame_labels

WHOLE_COLUMNS = ("video_id", "file", "label")
SPAN_COLUMNS = ("video_id", "file", "start", "end", "label")
OF_VIDEO = ("person", "source")
"""Optional columns of a label table: the person seen, and the repository, channel or studio that a video is from."""

VIDEO_COLUMNS = ["video_id", "file", *OF_VIDEO, "place", "step", "last"]
SPAN_TABLE_COLUMNS = ["video_id", "unit", "start", "end", "label"]
CSV_HELP = (
    f"the header is {','.join(WHOLE_COLUMNS)} or {','.join(SPAN_COLUMNS)}, and may have {' and '.join(OF_VIDEO)}, "
    "with commas"
)


@dataclass(frozen=True)
class Labels:
    """Labels of a data set.

    ``videos``: video_id, file (as written; empty in the authors' format), person and source (empty if not given),
    place (file and line of the video's first row, or its label file), and for labels by frame their step and the last
    listed frame, labelled or not (0 for labels in seconds).
    ``spans``: video_id, unit, start, end, label. Unit ``seconds``: start <= time < end, and an empty end is the
    video's end. Unit ``frame``: start <= frame <= end.
    Both are sorted by video_id, spans also by start.
    """

    videos: pd.DataFrame
    spans: pd.DataFrame


@dataclass(frozen=True)
class _Span:
    """One row of a label table: times in seconds, and its line; ``end`` is infinite for a whole video."""

    start: float
    end: float
    label: str
    line: int


def read_labels(path: Path) -> Labels:
    """Read a label file: a table if the name ends in ``.csv``, the authors' format otherwise."""
    if not path.is_file():
        raise InputError(f"{path}: no such file of labels; check `dataset.labels`")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file of labels is empty; fill it, or name another as `dataset.labels`")
    if path.suffix.lower() == ".csv":
        return labels_of(path, *_read_csv(path))
    frames = read_frame_labels(path)
    frames.check_every_row(path)
    return labels_of_frames(path, frames)


def labels_of_frames(path: Path, frames: FrameLabels) -> Labels:
    """Return the labels given by sorted rows in the authors' format; raises InputError if they label no video."""
    listed = frames.extents()
    videos = [(row.Index, "", "", "", f"{path}:{row.line}", row.step, row.last) for row in listed.itertuples()]
    return labels_of(path, videos, frames.spans())


def labels_of(path: Path, videos: list[tuple], spans: list[tuple]) -> Labels:
    """Return labels from rows in the order of their columns; raises InputError if they label no video."""
    if not spans:
        raise InputError(f"{path}: contains no labels; add rows with one of the classes {', '.join(CLASSES)}")
    return Labels(
        videos=pd.DataFrame(sorted(videos), columns=VIDEO_COLUMNS),
        spans=pd.DataFrame(spans, columns=SPAN_TABLE_COLUMNS),
    )


def _read_csv(path: Path) -> tuple[list[tuple], list[tuple]]:
    """Return the rows of ``Labels.videos`` and ``Labels.spans`` of a ``labels.csv``."""
    videos: dict[str, tuple[dict[str, str], int]] = {}
    spans: dict[str, list[_Span]] = {}
    for line, row in _csv_rows(path):
        where, video_id = f"{path}:{line}", row["video_id"]
        facts = {name: row.get(name, "") for name in ("file", *OF_VIDEO)}
        first, first_line = videos.setdefault(video_id, (facts, line))
        if line != first_line and "start" not in row:
            raise InputError(f'{where}: video id "{video_id}" is on line {first_line} already; remove one of the two')
        for name, value in facts.items():
            if value != first[name]:
                raise InputError(
                    f'{where}: video "{video_id}" has {name} "{value}", but "{first[name]}" on line {first_line}; '
                    "give each video one id, one file, one person and one source"
                )
        spans.setdefault(video_id, []).append(_span(row, line, where))
    listed = []
    for video_id in sorted(spans):
        ordered = sorted(spans[video_id], key=lambda span: (span.start, span.line))
        _check_overlap(path, video_id, ordered)
        for span in ordered:
            end = "" if math.isinf(span.end) else repr(span.end)
            listed.append((video_id, "seconds", repr(span.start), end, span.label))
    rows = [(video_id, *facts.values(), f"{path}:{line}", 0, 0) for video_id, (facts, line) in videos.items()]
    return rows, listed


def _text_lines(path: Path) -> Iterator[str]:
    for number, text in lines_of(path):
        if text is None:
            raise InputError(f"{path}:{number}: {NOT_TEXT}")
        yield text


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a ``labels.csv`` as (line, cells by column), with the header and every cell's text checked."""
    reader = csv.reader(_text_lines(path), strict=True)
    columns: list[str] = []
    try:
        for cells in reader:
            where = f"{path}:{reader.line_num}"
            if not cells:
                continue
            if not columns:
                columns = cells
                _check_columns(columns, where)
                continue
            if len(cells) != len(columns):
                raise InputError(f"{where}: {len(cells)} cells where the header has {len(columns)}; {CSV_HELP}")
            row = dict(zip(columns, cells, strict=True))
            for name, value in row.items():
                if fault := text_fault(name, value):
                    raise InputError(f"{where}: {fault}")
                if not value and name not in OF_VIDEO:
                    raise InputError(f"{where}: {name} is empty; fill it in, or remove the row")
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: {error}; correct the quotes or commas of this row") from error


def _check_columns(columns: list[str], where: str) -> None:
    needed = SPAN_COLUMNS if {"start", "end"} & set(columns) else WHOLE_COLUMNS
    for name in columns:
        if name not in (*SPAN_COLUMNS, *OF_VIDEO):
            hint = suggestion(name, (*SPAN_COLUMNS, *OF_VIDEO))
            raise InputError(f'{where}: unknown column "{name}"{hint}; {CSV_HELP}')
        if columns.count(name) > 1:
            raise InputError(f'{where}: column "{name}" appears twice; {CSV_HELP}')
    for name in needed:
        if name not in columns:
            raise InputError(f'{where}: column "{name}" is missing; {CSV_HELP}')


def _span(row: dict[str, str], line: int, where: str) -> _Span:
    """Check the label and the times of one row; a whole video is a span without an end."""
    label = row["label"]
    if label not in CLASSES:
        raise InputError(
            f'{where}: unknown class "{label}"{suggestion(label, CLASSES)}; label is one of {", ".join(CLASSES)}'
        )
    if "start" not in row:
        return _Span(0.0, math.inf, label, line)
    start, end = (_seconds(name, row[name], where) for name in ("start", "end"))
    if start < 0:
        raise InputError(f"{where}: start {row['start']} is negative; times count from 0, the start of the video")
    if end <= start:
        raise InputError(f"{where}: end {row['end']} is not after start {row['start']}; a span ends after it starts")
    return _Span(start, end, label, line)


def _seconds(name: str, text: str, where: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise InputError(f'{where}: {name} "{text}" is not a number; give seconds, such as 12.5')
    return seconds


def _check_overlap(path: Path, video_id: str, ordered: list[_Span]) -> None:
    """Raise InputError if spans of a video overlap; ``ordered`` is sorted by start, so neighbours suffice."""
    for before, after in itertools.pairwise(ordered):
        if after.start < before.end:
            raise InputError(
                f'{path}:{after.line}: the span {after.start:g}-{after.end:g} s of video "{video_id}" overlaps '
                f"{before.start:g}-{before.end:g} s on line {before.line}; a moment has one label, so shorten one"
            )

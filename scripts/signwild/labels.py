"""Label files: a user's ``labels.csv`` and the authors' ``groundtruth.txt``, read and checked as one kind of table."""

import codecs
import csv
import difflib
import itertools
import math
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from signwild.errors import InputError
from signwild.vocabulary import AUTHORS_LABELS, CLASSES

WHOLE_COLUMNS = ("video_id", "file", "label")
SPAN_COLUMNS = ("video_id", "file", "start", "end", "label")
PERSON = "person"
CSV_HELP = f"the header is {','.join(WHOLE_COLUMNS)}[,{PERSON}] or {','.join(SPAN_COLUMNS)}[,{PERSON}], with commas"
WIDEST_STEP = 3
"""Rows of one label further apart than this many of the video's smallest steps are two spans, not one."""

AUTHORS_HELP = f"a row is `video_id frame label`, one space between, label one of {' '.join(AUTHORS_LABELS)}"


@dataclass(frozen=True)
class Labels:
    """What a label file says.

    ``videos``: video_id, file (as written; empty in the authors' format), group (the person if given, else the
    video_id), line (of the video's first row).
    ``spans``: video_id, unit, start, end, label. Unit ``seconds``: start <= time < end, and an empty end is the
    video's end. Unit ``frame``: start <= frame <= end.
    Both are sorted by video_id, spans by start too.
    """

    videos: pd.DataFrame
    spans: pd.DataFrame


@dataclass(frozen=True)
class _Span:
    """One row of a table of labels: seconds, and the line it stands on; ``end`` is infinite for a whole video."""

    start: float
    end: float
    label: str
    line: int


def read_labels(path: Path) -> Labels:
    """Read a label file: a table where the name ends in ``.csv``, the authors' format otherwise."""
    if not path.is_file():
        raise InputError(f"{path}: no such file of labels; check `dataset.labels`")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file of labels is empty; fill it, or name another as `dataset.labels`")
    videos, spans = _read_csv(path) if path.suffix.lower() == ".csv" else _read_authors(path)
    if not spans:
        raise InputError(f"{path}: labels no video; add rows with one of the classes {', '.join(CLASSES)}")
    return Labels(
        videos=pd.DataFrame(sorted(videos), columns=["video_id", "file", "group", "line"]),
        spans=pd.DataFrame(spans, columns=["video_id", "unit", "start", "end", "label"]),
    )


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean "..."?)`` for the word of ``known`` nearest to ``word``, or nothing if none is near."""
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return f' (did you mean "{by_folded[near[0]]}"?)' if near else ""


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every line with its number (from 1), decoded one by one so that an error knows its line."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                yield number, (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).decode("utf-8")
            except UnicodeDecodeError as error:
                raise InputError(f"{path}:{number}: not UTF-8 text; save the file as UTF-8") from error


def _check_text(name: str, value: str, where: str) -> None:
    """Refuse text that would be lost to sight in a table or a log."""
    if value != value.strip():
        raise InputError(f'{where}: {name} "{value}" begins or ends with a blank; remove it')
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise InputError(f"{where}: {name} {value!r} holds a tab, newline or other control character; rename it")


def _read_csv(path: Path) -> tuple[list[tuple], list[tuple]]:
    """Return the rows of ``Labels.videos`` and ``Labels.spans`` of a ``labels.csv``."""
    videos: dict[str, tuple[str, str, int]] = {}
    spans: dict[str, list[_Span]] = {}
    for line, row in _csv_rows(path):
        where = f"{path}:{line}"
        video_id, file, person = row["video_id"], row["file"], row.get(PERSON, "")
        first_file, first_person, first_line = videos.setdefault(video_id, (file, person, line))
        if line != first_line and "start" not in row:
            raise InputError(f'{where}: video id "{video_id}" is on line {first_line} already; remove one of the two')
        for name, value, first in (("file", file, first_file), (PERSON, person, first_person)):
            if value != first:
                raise InputError(
                    f'{where}: video "{video_id}" has {name} "{value}", but "{first}" on line {first_line}; '
                    "give each video one id, one file and one person"
                )
        spans.setdefault(video_id, []).append(_span(row, line, where))
    listed = []
    for video_id in sorted(spans):
        ordered = sorted(spans[video_id], key=lambda span: (span.start, span.line))
        _check_overlap(path, video_id, ordered)
        for span in ordered:
            end = "" if math.isinf(span.end) else repr(span.end)
            listed.append((video_id, "seconds", repr(span.start), end, span.label))
    return [(video_id, file, person or video_id, line) for video_id, (file, person, line) in videos.items()], listed


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a ``labels.csv`` as (line, cells by column), the header and every cell's text checked."""
    reader = csv.reader((text for _, text in _lines(path)), strict=True)
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
                _check_text(name, value, where)
                if not value and name != PERSON:
                    raise InputError(f"{where}: {name} is empty; fill it in, or remove the row")
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: {error}; mend the quotes or commas of this row") from error


def _check_columns(columns: list[str], where: str) -> None:
    needed = SPAN_COLUMNS if {"start", "end"} & set(columns) else WHOLE_COLUMNS
    for name in columns:
        if name not in (*SPAN_COLUMNS, PERSON):
            raise InputError(f'{where}: unknown column "{name}"{suggestion(name, (*SPAN_COLUMNS, PERSON))}; {CSV_HELP}')
        if columns.count(name) > 1:
            raise InputError(f'{where}: column "{name}" is there twice; {CSV_HELP}')
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
    """Refuse overlapping spans of a video; ``ordered`` by start, so that neighbours tell."""
    for before, after in itertools.pairwise(ordered):
        if after.start < before.end:
            raise InputError(
                f'{path}:{after.line}: the span {after.start:g}-{after.end:g} s of video "{video_id}" overlaps '
                f"{before.start:g}-{before.end:g} s on line {before.line}; a moment has one label, so shorten one"
            )


def _read_authors(path: Path) -> tuple[list[tuple], list[tuple]]:
    """Return the rows of ``Labels.videos`` and ``Labels.spans`` of the authors' ``groundtruth.txt``.

    Listed frames of a video that follow each other with the same label make one span; ``?`` makes none.
    A plain loop in one pass: only the spans are kept, and they are few beside the 1.45 million rows.
    """
    lines: dict[str, int] = {}
    runs: dict[str, list[list]] = {}
    steps: dict[str, int] = {}
    for line, text in _lines(path):
        parts = text.rstrip().rsplit(" ", 2)
        if parts == [""]:
            continue
        if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdecimal()) or parts[2] not in AUTHORS_LABELS:
            raise _malformed(f"{path}:{line}", parts)
        video_id, frame, label = parts[0], int(parts[1]), parts[2]
        if video_id not in runs:
            if not video_id:
                raise InputError(f"{path}:{line}: the video id is empty; {AUTHORS_HELP}")
            _check_text("video id", video_id, f"{path}:{line}")
            lines[video_id] = line
            runs[video_id] = [[frame, frame, label]]
            continue
        run = runs[video_id][-1]
        if frame <= run[1]:
            fault = "is listed twice" if frame == run[1] else f"comes after frame {run[1]}"
            raise InputError(f'{path}:{line}: frame {frame} of video "{video_id}" {fault}; sort frames, each once')
        # A gap in the rows is not labelled. Rows stand at about one step, which varies where the frame rate does.
        gap = frame - run[1]
        steps[video_id] = min(gap, steps.get(video_id, gap))
        if label == run[2] and gap <= WIDEST_STEP * steps[video_id]:
            run[1] = frame
        else:
            runs[video_id].append([frame, frame, label])
    spans = [
        (video_id, "frame", str(first), str(last), AUTHORS_LABELS[label])
        for video_id in sorted(runs)
        for first, last, label in runs[video_id]
        if AUTHORS_LABELS[label]
    ]
    return [(video_id, "", video_id, line) for video_id, line in lines.items()], spans


def _malformed(where: str, parts: list[str]) -> InputError:
    """Say what is wrong with a row of the authors' file that was split into ``parts``."""
    if len(parts) != 3:
        return InputError(f"{where}: {len(parts)} fields instead of 3; {AUTHORS_HELP}")
    _, frame, label = parts
    if label not in AUTHORS_LABELS:
        return InputError(f'{where}: unknown class "{label}"{suggestion(label, AUTHORS_LABELS)}; {AUTHORS_HELP}')
    return InputError(f'{where}: frame "{frame}" is not a whole number; {AUTHORS_HELP}')

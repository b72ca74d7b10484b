"""Label files: a user's ``labels.csv`` and the authors' ``groundtruth.txt``, read and checked as one kind of table."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.notes import Note
from signwild.base.text import NOT_TEXT, decimal, lines_of, suggestion, text_fault
from signwild.configuration.sections.dataset import Overlap
from signwild.stages.dataset.authors_labels import FrameLabels, read_frame_labels
from signwild.stages.dataset.spans import Span, without_overlaps

WHOLE_COLUMNS = ("video_id", "file", "label")
SPAN_COLUMNS = ("video_id", "file", "start", "end", "label")
OF_VIDEO = ("person", "source")
"""Optional columns of a label table: the person seen, and the repository, channel or studio that a video is from."""

VIDEO_COLUMNS = ["video_id", "file", *OF_VIDEO, "place", "step", "last"]
SPAN_TABLE_COLUMNS = ["video_id", "unit", "start", "end", "label"]
"""Columns of the tables of labels between stages; ``Labels.spans`` has a place besides."""
CSV_HELP = (
    f"the header is {','.join(WHOLE_COLUMNS)} or {','.join(SPAN_COLUMNS)}, and may have {' and '.join(OF_VIDEO)}, "
    "with commas"
)

OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}
"""What spreadsheets put between the cells of a CSV file in countries whose decimal sign is a comma, or if asked to.

Such a table is not read, as "1,500" may be one and a half seconds there or fifteen hundred.
"""


@dataclass(frozen=True)
class Labels:
    """Labels of a data set.

    ``videos``: video_id, file (as written; empty in the authors' format), person and source (empty if not given),
    place (file and line of the video's first row, or its label file), and for labels by frame their step and the last
    listed frame, labelled or not (0 for labels in seconds).
    ``spans``: video_id, unit, start, end, label, place (file with line or tier; empty for labels by frame). Unit
    ``seconds``: start <= time < end, and an empty end is the video's end. Unit ``frame``: start <= frame <= end.
    Both are sorted by video_id, spans also by start; spans of one video do not overlap.
    ``notes``: what a user should know of.
    """

    videos: pd.DataFrame
    spans: pd.DataFrame
    notes: tuple[Note, ...] = ()


def read_labels(path: Path, overlap: Overlap) -> Labels:
    """Read a label file: a table if the name ends in ``.csv``, the authors' format otherwise.

    ``overlap``: what becomes of moments with two classes, see ``without_overlaps``; frames have one each.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file of labels; check `dataset.labels`")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file of labels is empty; fill it, or name another as `dataset.labels`")
    if path.suffix.lower() == ".csv":
        return labels_of(path, *_read_csv(path, overlap))
    frames = read_frame_labels(path)
    frames.check_every_row(path)
    return labels_of_frames(path, frames)


def labels_of_frames(path: Path, frames: FrameLabels) -> Labels:
    """Return the labels given by sorted rows in the authors' format; raises InputError if they label no video."""
    listed = frames.extents()
    videos = [(row.Index, "", "", "", f"{path}:{row.line}", row.step, row.last) for row in listed.itertuples()]
    return labels_of(path, videos, [(*span, "") for span in frames.spans()])


def labels_of(path: Path, videos: list[tuple], spans: list[tuple], notes: Iterable[Note] = ()) -> Labels:
    """Return labels from rows in the order of their columns; raises InputError if they label no video."""
    if not spans:
        raise InputError(f"{path}: contains no labels; add rows with one of the classes {', '.join(CLASSES)}")
    return Labels(
        videos=pd.DataFrame(sorted(videos), columns=VIDEO_COLUMNS),
        spans=pd.DataFrame(spans, columns=[*SPAN_TABLE_COLUMNS, "place"]),
        notes=tuple(notes),
    )


def _read_csv(path: Path, overlap: Overlap) -> tuple[list[tuple], list[tuple]]:
    """Return the rows of ``Labels.videos`` and ``Labels.spans`` of a ``labels.csv``."""
    videos: dict[str, tuple[dict[str, str], int]] = {}
    spans: dict[str, list[Span]] = {}
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
        spans.setdefault(video_id, []).append(_span(row, where))
    rows = [(video_id, *facts.values(), f"{path}:{line}", 0, 0) for video_id, (facts, line) in videos.items()]
    return rows, second_rows(without_overlaps(dict(sorted(spans.items())), overlap, path))


def second_rows(videos: Mapping[str, list[Span]]) -> list[tuple[str, str, str, str, str, str]]:
    """Return rows of ``Labels.spans`` for the spans of each video, in seconds."""
    return [
        (video_id, "seconds", repr(span.start), "" if math.isinf(span.end) else repr(span.end), span.label, span.place)
        for video_id, spans in videos.items()
        for span in spans
    ]


def _text_lines(path: Path) -> Iterator[str]:
    for number, text in lines_of(path):
        if text is None:
            raise InputError(f"{path}:{number}: {NOT_TEXT}")
        yield text


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a ``labels.csv`` as (line, cells by column), with the header and every cell's text checked.

    Rows without text are passed over: spreadsheets write them as commas.
    """
    _check_separator(path)
    reader = csv.reader(_text_lines(path), strict=True)
    columns: list[str] = []
    try:
        for cells in reader:
            where = f"{path}:{reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = cells
                _check_columns([name for name in columns if name], where)
                continue
            row = _named_cells(columns, cells, where)
            for name, value in row.items():
                if fault := text_fault(name, value):
                    raise InputError(f"{where}: {fault}")
                if not value and name not in OF_VIDEO:
                    raise InputError(f"{where}: {name} is empty; fill it in, or remove the row")
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: {error}; correct the quotes or commas of this row") from error


def _check_separator(path: Path) -> None:
    """Raise InputError if a header's columns are separated by something else than commas."""
    for number, text in lines_of(path):
        for separator, name in OTHER_SEPARATORS.items():
            columns = [part.strip(' "\r\n') for part in (text or "").split(separator)]
            if len({*columns} & {*SPAN_COLUMNS, *OF_VIDEO}) > 1:
                raise InputError(
                    f"{path}:{number}: the columns are separated by {name}, but commas are expected; save the table "
                    f"again as CSV with commas as field delimiters, and with times such as 12.5 (LibreOffice asks for "
                    'the delimiter if "Edit filter settings" is ticked; Excel takes the list separator of the '
                    "system's regional settings)"
                )
        if text is None or text.strip(" ,;\t\r\n"):
            return


def _named_cells(columns: list[str], cells: list[str], where: str) -> dict[str, str]:
    """Return a row's cells by column; as in spreadsheets, empty cells may be too many or missing at the row's end."""
    written = max((number for number, cell in enumerate(cells, start=1) if cell), default=0)
    if written > len(columns) or set(columns[len(cells) :]) - {"", *OF_VIDEO}:
        raise InputError(f"{where}: {max(written, len(cells))} cells where the header has {len(columns)}; {CSV_HELP}")
    for number, (name, cell) in enumerate(zip(columns, cells, strict=False), start=1):
        if cell and not name:
            raise InputError(
                f'{where}: "{cell}" is in column {number}, which has no name in the header; remove it, or put a cell '
                "that contains a comma in quotes"
            )
    return {name: cell for name, cell in zip_longest(columns, cells[: len(columns)], fillvalue="") if name}


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


def _span(row: dict[str, str], where: str) -> Span:
    """Check the label and the times of one row; a whole video is a span without an end."""
    label = row["label"]
    if label not in CLASSES:
        raise InputError(
            f'{where}: unknown class "{label}"{suggestion(label, CLASSES)}; label is one of {", ".join(CLASSES)}'
        )
    if "start" not in row:
        return Span(0.0, math.inf, label, where)
    start, end = (_seconds(name, row[name], where) for name in ("start", "end"))
    if start < 0:
        raise InputError(f"{where}: start {row['start']} is negative; times count from 0, the start of the video")
    if end <= start:
        raise InputError(f"{where}: end {row['end']} is not after start {row['start']}; a span ends after it starts")
    return Span(start, end, label, where)


def _seconds(name: str, text: str, where: str) -> float:
    try:
        seconds = decimal(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise InputError(f'{where}: {name} "{text}" is not a number; give seconds, such as 12.5')
    return seconds

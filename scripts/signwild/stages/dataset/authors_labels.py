"""Labels in the authors' format: one row per sampled frame, ``video_id frame label``, separated by spaces."""

import json
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from signwild.base.authors_letters import AUTHORS_LABELS
from signwild.base.digests import computing_digest, file_sha256
from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.base.text import NOT_TEXT, lines_of, suggestion, text_fault

LETTERS = list(AUTHORS_LABELS)
NO_LABEL = LETTERS.index("?")

WIDEST_STEP = 3
"""Rows with the same label form two spans if they are more than this many of the video's steps apart."""

AUTHORS_HELP = f"a row is `video_id frame label`, one space between, label one of {' '.join(LETTERS)}"
SORT_HELP = "sort frames, each once"

FAULT_COLUMNS = ["line", "fault"]

MAX_FRAME = 10**8
"""Upper bound of frame numbers: a month of video."""


@dataclass(frozen=True)
class FrameLabels:
    """Rows of a label file, in file order.

    ``rows``: video (position in ``video_ids``), frame, label (position in LETTERS), line; all int32.
    ``faults``: line and fault of each row that cannot be read.
    """

    video_ids: list[str]
    rows: pd.DataFrame
    faults: pd.DataFrame

    def sorted(self) -> "FrameLabels":
        """Return the rows by video and frame, each frame once; a frame with two labels is unlabelled and a fault."""
        rows = self.rows.sort_values(["video", "frame"], kind="stable", ignore_index=True)
        again = rows.duplicated(["video", "frame"])
        of_two = again & ~rows.duplicated(["video", "frame", "label"])
        listed = [
            (row.line, f'frame {row.frame} of video "{self.video_ids[row.video]}" has two labels; taken as unlabelled')
            for row in rows[of_two].itertuples()
        ]
        frames = pd.MultiIndex.from_frame(rows[["video", "frame"]])
        rows.loc[frames.isin(frames[of_two]), "label"] = NO_LABEL
        faults = pd.concat([self.faults, pd.DataFrame(listed, columns=FAULT_COLUMNS)], ignore_index=True)
        return FrameLabels(self.video_ids, rows[~again].reset_index(drop=True), faults.sort_values("line"))

    def check_every_row(self, path: Path) -> None:
        """Raise InputError for the first row that is faulty or out of order."""
        before = self.rows.groupby("video")["frame"].shift(fill_value=-1)
        wrong = self.rows[self.rows["frame"] <= before]
        faults = list(self.faults.itertuples(index=False, name=None))
        for row in wrong[:1].itertuples():
            fault = f"comes after frame {before[row.Index]}" if row.frame < before[row.Index] else "is listed twice"
            faults.append((row.line, f'frame {row.frame} of video "{self.video_ids[row.video]}" {fault}; {SORT_HELP}'))
        if faults:
            line, fault = min(faults)
            raise InputError(f"{path}:{line}: {fault}")

    def check_share(self, path: Path, max_share: float) -> None:
        """Raise InputError if more than ``max_share`` of the rows are faulty."""
        count, total = len(self.faults), len(self.faults) + len(self.rows)
        if count > max_share * total:
            first = self.faults.iloc[0]
            raise InputError(
                f"{path}: {count:,} of {total:,} rows are faulty, more than dataset.max_malformed_share {max_share} "
                f"allows; the first is line {first['line']}: {first['fault']}"
            )

    def spans(self) -> list[tuple[str, str, str, str, str]]:
        """Return the stretches of one label in sorted rows: video_id, "frame", first, last, class.

        Consecutive rows of a video with the same label form a span; ``?`` forms none. A gap in the rows is not
        labelled, so it ends a span. Rows are about one step apart; the step varies if the frame rate does.
        """
        video, frame, label = (self.rows[name].to_numpy() for name in ("video", "frame", "label"))
        if len(video) == 0:
            return []
        gap = np.diff(frame, prepend=frame[0])
        widest = WIDEST_STEP * self._steps().reindex(video, fill_value=0).to_numpy()
        same = (np.diff(video, prepend=-1) == 0) & (np.diff(label, prepend=-1) == 0) & (gap <= widest)
        first = np.flatnonzero(~same)
        last = np.append(first[1:], len(video)) - 1
        found = [
            (self.video_ids[video[start]], "frame", str(frame[start]), str(frame[end]), AUTHORS_LABELS[LETTERS[letter]])
            for start, end, letter in zip(first, last, label[first], strict=True)
            if letter != NO_LABEL
        ]
        return sorted(found, key=lambda span: (span[0], int(span[2])))

    def extents(self) -> pd.DataFrame:
        """Return line (of the first row), step (see ``_steps``) and last frame of each video, indexed by video_id.

        The rows must be sorted. The step is 0 for a video with one row.
        """
        groups = self.rows.groupby("video")
        table = pd.DataFrame({"line": groups["line"].min(), "step": self._steps(), "last": groups["frame"].max()})
        return table.fillna(0).astype("int64").set_axis([self.video_ids[code] for code in table.index])

    def _steps(self) -> pd.Series:
        """Return the most common gap between rows of each video with several rows; the smaller one if tied."""
        gaps = self.rows.assign(gap=self.rows.groupby("video")["frame"].diff()).dropna()
        counted = gaps.groupby(["video", "gap"]).size().reset_index(name="rows")
        counted = counted.sort_values(["rows", "gap"], ascending=[True, False])
        return counted.drop_duplicates("video", keep="last").set_index("video")["gap"]


def read_frame_labels(path: Path, cache: Path | None = None) -> FrameLabels:
    """Read a label file; ``cache`` is a parquet copy that is read instead while the file has the same bytes."""
    if cache is None:
        return _parse(path)
    made_from = f"{file_sha256(path)} {computing_digest('signwild.stages.dataset.authors_labels')}"
    if (kept := _read_cache(cache, made_from)) is not None:
        return kept
    labels = _parse(path)
    _write_cache(cache, made_from, labels)
    return labels


def _parse(path: Path) -> FrameLabels:
    """Parse a label file in one plain loop that keeps four small numbers per row."""
    codes: dict[str, int] = {}
    letters = {letter: position for position, letter in enumerate(LETTERS)}
    video, frame, label, lines = (array("i") for _ in range(4))
    faults: list[tuple[int, str]] = []
    for line, text in lines_of(path):
        parts = text.rstrip().rsplit(" ", 2) if text is not None else []
        if parts == [""]:
            continue
        try:
            video_id, number, letter = parts
            plain = number.isascii() and number.isdecimal() and int(number) <= MAX_FRAME
            if (video_id not in codes or not plain) and _fault(parts):
                raise ValueError("faulty")
            row = codes.setdefault(video_id, len(codes)), int(number), letters[letter], line
        except (ValueError, KeyError):
            faults.append((line, _fault(parts) if text is not None else NOT_TEXT))
            if not (row := _unlabelled(parts, codes, line)):
                continue
        for column, value in zip((video, frame, label, lines), row, strict=True):
            column.append(value)
    table = {"video": video, "frame": frame, "label": label, "line": lines}
    rows = pd.DataFrame({name: np.frombuffer(values, np.int32) for name, values in table.items()})
    return FrameLabels(list(codes), rows, pd.DataFrame(faults, columns=FAULT_COLUMNS))


def _unlabelled(parts: list[str], codes: dict[str, int], line: int) -> tuple[int, int, int, int] | None:
    """Return the row of a frame if only its label is unreadable; without it, its neighbours' label would span it."""
    if len(parts) == 3 and parts[0] in codes and not _fault([parts[0], parts[1], "?"]):
        return codes[parts[0]], int(parts[1]), NO_LABEL, line
    return None


def _fault(parts: list[str]) -> str:
    """Return what is wrong with a row that was split into ``parts``; empty if nothing is."""
    if len(parts) != 3:
        return f"{len(parts)} fields instead of 3; {AUTHORS_HELP}"
    video_id, frame, label = parts
    if label not in AUTHORS_LABELS:
        return f'unknown class "{label}"{suggestion(label, AUTHORS_LABELS)}; {AUTHORS_HELP}'
    if not (frame.isascii() and frame.isdecimal()):
        return f'frame "{frame}" is not a whole number; {AUTHORS_HELP}'
    if int(frame) > MAX_FRAME:
        return f"frame {frame} is larger than any frame number; {AUTHORS_HELP}"
    if not video_id:
        return f"the video id is empty; {AUTHORS_HELP}"
    return text_fault("video id", video_id)


def _write_cache(cache: Path, made_from: str, labels: FrameLabels) -> None:
    described = {"made_from": made_from, "video_ids": labels.video_ids, "faults": labels.faults.to_numpy().tolist()}
    table = pa.Table.from_pandas(labels.rows, preserve_index=False)
    with written_whole(cache) as temporary:
        pq.write_table(table.replace_schema_metadata({"signwild": json.dumps(described)}), temporary)


def _read_cache(cache: Path, made_from: str) -> FrameLabels | None:
    """Return the cached labels; None if other code or another file made the cache, or if it cannot be read."""
    try:
        table = pq.read_table(cache)
        described = json.loads(table.schema.metadata[b"signwild"])
        if described["made_from"] != made_from:
            return None
        rows = table.replace_schema_metadata(None).to_pandas()
        return FrameLabels(described["video_ids"], rows, pd.DataFrame(described["faults"], columns=FAULT_COLUMNS))
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None

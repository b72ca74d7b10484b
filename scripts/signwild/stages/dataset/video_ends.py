"""Check that labels in seconds lie within their videos, whose ends are known by the times of their frames."""

import logging
import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from signwild.base.digests import computing_digest
from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.text import lines_below
from signwild.base.words import counted
from signwild.stages.dataset.spans import shown
from signwild.stages.dataset.video_end import End, read_end
from signwild.video.duration import stated_durations
from signwild.video.files import HASH_THREADS

TOLERANCE_S = 5.0
"""Seconds that a span may pass the last frame by: sound often ends later, and annotations with it."""

LEAST_SHARE = 0.25
"""Share of a video that its labels must reach in another unit, if that unit is to be guessed."""

UNKNOWN = End(math.inf, math.inf)
"""What is written of a video whose end cannot be read, so that it is not tried again."""

END_COLUMNS = ["sha256", "seconds", "rate", "code"]

logger = logging.getLogger(__name__)


def check_ends(
    labels: Path, spans: pd.DataFrame, files: Mapping[str, Path], hashes: Mapping[Path, tuple[str, int]], known: Path
) -> None:
    """Raise InputError that lists the videos with a span that begins after their end, or passes it by some seconds.

    ``labels``: their file or folder, for messages. ``spans``: as in ``Labels``; only those with an end in seconds
    count. ``files``, ``hashes``: the path of each video, and the sha256 and size of those that can be read. A video
    that cannot be used is passed over. ``known``: the table of ends that were read before, by sha256, which is updated:
    to read the times of all frames, a file must be read as a whole.
    """
    timed = _timed(spans)
    paths = {files[video_id]: video_id for video_id in timed["video_id"].unique() if files[video_id] in hashes}
    ends = _ends({path: hashes[path][0] for path in paths}, known)
    _refuse_past(labels, timed, files, {paths[path]: end for path, end in ends.items()})


def check_stated_ends(labels: Path, spans: pd.DataFrame, files: Mapping[str, Path]) -> None:
    """Raise the error of ``check_ends`` quickly: only what seems to lie past a video's end is looked at closely.

    The length that each file states decides which videos are read as a whole, so a video that ends before its stated
    length, or that states none, is passed over. ``files``: the path of each video that has a file. Nothing is written.
    """
    timed = _timed(spans[spans["video_id"].isin(files.keys())])
    videos = list(timed["video_id"].unique())
    lengths = zip(videos, stated_durations(files[video_id] for video_id in videos), strict=True)
    stated = {video_id: End(seconds, math.nan) for video_id, seconds in lengths if seconds is not None}
    doubtful = [video_id for video_id, _ in _past(timed, stated)]
    with ThreadPoolExecutor(HASH_THREADS) as pool:
        read = zip(doubtful, pool.map(read_end, (files[video_id] for video_id in doubtful)), strict=True)
        _refuse_past(labels, timed, files, {video_id: end for video_id, end in read if end})


def _timed(spans: pd.DataFrame) -> pd.DataFrame:
    """Return the spans with an end in seconds, as numbers."""
    timed = spans[(spans["unit"] == "seconds") & (spans["end"] != "")]
    return timed.assign(start=timed["start"].astype(float), end=timed["end"].astype(float))


def _past(timed: pd.DataFrame, ends: Mapping[str, End]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the videos with spans past their ends, and these spans."""
    for video_id, own in timed[timed["video_id"].isin(ends.keys())].groupby("video_id"):
        end = ends[video_id].seconds
        past = own[(own["start"] >= end) | (own["end"] > end + TOLERANCE_S)]
        if len(past):
            yield video_id, past


def _refuse_past(labels: Path, timed: pd.DataFrame, files: Mapping[str, Path], ends: Mapping[str, End]) -> None:
    faults = []
    for video_id, past in _past(timed, ends):
        end, first = ends[video_id], past.iloc[0]
        more = f" (and {counted(len(past) - 1, 'more span')})" if len(past) > 1 else ""
        guess = _guess(timed.loc[timed["video_id"] == video_id, "end"], end)
        faults.append(
            f"{first['place']}: {first['label']} {shown(first['start'])}-{shown(first['end'])} s{more}, but video "
            f'"{video_id}" ({files[video_id]}) ends at {shown(end.seconds)} s: {guess}'
        )
    if faults:
        raise InputError(
            f"{labels}: labels lie past the end of {counted(len(faults), 'video')}; give seconds of the video that is "
            f"named:{lines_below(faults)}"
        )


def _guess(times: pd.Series, end: End) -> str:
    """Return what the times of a video may be instead of its seconds, as a question."""
    units = {"frame numbers?": end.rate, "milliseconds?": 1000.0}
    for guess, per_second in units.items():
        reached = times.max() / per_second
        if (times % 1 == 0).all() and LEAST_SHARE * end.seconds <= reached <= end.seconds + TOLERANCE_S:
            return guess
    return "labels of another video, or of a longer cut?"


def _ends(hashes: Mapping[Path, str], known: Path) -> dict[Path, End]:
    """Return the end of each usable video; ``hashes``: the sha256 of each file."""
    code = computing_digest("signwild.stages.dataset.video_end")
    table = _read_known(known)
    table = table[table["code"] == code]
    ends = {row.sha256: End(row.seconds, row.rate) for row in table.itertuples()}
    new = {sha256: path for path, sha256 in hashes.items() if sha256 not in ends}
    with ThreadPoolExecutor(HASH_THREADS) as pool:
        read = dict(zip(new, pool.map(read_end, new.values()), strict=True))
    if read:
        ends |= {sha256: end or UNKNOWN for sha256, end in read.items()}
        rows = [(sha256, repr(end.seconds), repr(end.rate), code) for sha256, end in sorted(ends.items())]
        write_table(known, pd.DataFrame(rows, columns=END_COLUMNS))
    return {path: ends[sha256] for path, sha256 in hashes.items() if math.isfinite(ends[sha256].seconds)}


def _read_known(known: Path) -> pd.DataFrame:
    if known.exists():
        try:
            return read_table(known, {"seconds": float, "rate": float})[END_COLUMNS]
        except (ValueError, KeyError) as error:
            logger.warning("%s: damaged (%s); the ends of all videos are read again", known, error)
    return pd.DataFrame(columns=END_COLUMNS)

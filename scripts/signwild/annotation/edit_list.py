"""Edit decision lists in the form CMX 3600, which editing programs read: the parts of a video to cut, by timecode."""

import re
from collections.abc import Sequence
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import write_text

REEL = "AX"
"""The usual name of a reel for a source that is a file; its name stands in a comment."""

MOST_EVENTS = 999
"""Events that the form has numbers for."""

SECONDS_A_DAY = 24 * 3600


def write_edit_list(path: Path, title: str, clip: str, spans_ms: Sequence[tuple[int, int]], rate: int) -> None:
    """Write spans of a video as events that follow one another in the cut.

    ``clip``: name of the video's file. ``rate``: frames of a second in timecodes, which are not drop-frame. Starts and
    ends are rounded to frames, and events without a frame left out. Raises InputError for more events, or longer
    videos, than the form has room for.
    """
    frames = [tuple((time * rate + 500) // 1000 for time in span) for span in spans_ms]
    frames = [(start, end) for start, end in frames if start < end]
    if len(frames) > MOST_EVENTS:
        raise InputError(f"{path}: {len(frames):,} parts are more than the {MOST_EVENTS} that an edit list can have")
    if any(end >= SECONDS_A_DAY * rate for _, end in frames):
        raise InputError(f"{path}: the video is longer than the day that timecodes have")
    lines, place = [f"TITLE: {_printable(title)}", "FCM: NON-DROP FRAME", ""], 0
    for number, (start, end) in enumerate(frames, start=1):
        times = (start, end, place, place + end - start)
        codes = " ".join(_timecode(time, rate) for time in times)
        lines += [f"{number:03}  {REEL:<8} V     C        {codes}", f"* FROM CLIP NAME: {_printable(clip)}"]
        place += end - start
    write_text(path, "\r\n".join(lines) + "\r\n")


def _timecode(frames: int, rate: int) -> str:
    seconds, rest = divmod(frames, rate)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{rest:02}"


def _printable(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)

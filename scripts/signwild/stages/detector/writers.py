"""Results for other programs: tables, JSON and subtitles."""

import json
import math
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
from webvtt import Caption, WebVTT
from webvtt.models import Timestamp

from signwild.base.classes import PROBABILITIES
from signwild.base.files import write_text, written_whole
from signwild.base.milliseconds import milliseconds
from signwild.stages.detector.detected_video import (
    DETECTED_SEGMENT_COLUMNS,
    FIRST_LOOK_COLUMNS,
    WINDOW_COLUMNS,
    DetectedVideo,
)

RATE_PLACES, PROBABILITY_PLACES = 3, 4


def write_windows(detected: DetectedVideo, stem: Path) -> None:
    """Write the windows as ``stem`` with ``.csv`` (rounded, for reading) and with ``.parquet`` (unchanged)."""
    windows = detected.windows[WINDOW_COLUMNS]
    with written_whole(stem.with_name(f"{stem.name}.parquet")) as temporary:
        windows.to_parquet(temporary, index=False)
    _write_csv(stem.with_name(f"{stem.name}.csv"), windows, ("time_s",), PROBABILITIES)


def write_segments(detected: DetectedVideo, path: Path) -> None:
    """Write the segments as a CSV file with the columns DETECTED_SEGMENT_COLUMNS."""
    _write_csv(path, detected.segments[DETECTED_SEGMENT_COLUMNS], ("start_s", "end_s"), ("probability",))


def write_first_look(detected: DetectedVideo, path: Path) -> None:
    """Write what a quick pass has not looked at in full as a CSV file; of another pass remove such a file."""
    if detected.first_look_only is None:
        path.unlink(missing_ok=True)
        return
    parts = detected.first_look_only.parts[FIRST_LOOK_COLUMNS]
    _write_csv(path, parts, ("start_s", "end_s"), ("signing_probability",))


def write_json(detected: DetectedVideo, path: Path) -> None:
    """Write what ``as_json`` returns for a video."""
    write_text(path, json.dumps(as_json(detected), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def as_json(detected: DetectedVideo) -> dict:
    """Return everything except the windows as JSON values; a NaN or infinite number becomes None."""
    segments = [
        {
            "start_s": _time(segment.start_s),
            "end_s": _time(segment.end_s),
            "label": segment.label,
            "probability": _rounded(segment.probability, PROBABILITY_PLACES),
            "unsure": bool(segment.unsure),
        }
        for segment in detected.segments.itertuples()
    ]
    return {
        "file": detected.name,
        "duration_s": _time(detected.duration_s),
        "footage_s": _time(detected.footage_s),
        "width": int(detected.width),
        "height": int(detected.height),
        "fps": _rounded(detected.fps, RATE_PLACES),
        "verdict": detected.verdict,
        "signing_share": _rounded(detected.signing_share, PROBABILITY_PLACES),
        "signing_s": _time(detected.signing_s),
        "signing_probability": _rounded(detected.signing_probability, PROBABILITY_PLACES),
        "flags": detected.flags,
        "decision": detected.decision.model_dump(),
        "detector": detected.detector,
        "variant": detected.variant,
        "segments": segments,
        **_quick_json(detected),
    }


def _quick_json(detected: DetectedVideo) -> dict:
    """Return what a quick pass has not looked at in full, as JSON values; nothing of another pass."""
    if detected.first_look_only is None:
        return {}
    parts = [
        {
            "start_s": _time(part.start_s),
            "end_s": _time(part.end_s),
            "signing_probability": _rounded(part.signing_probability, PROBABILITY_PLACES),
        }
        for part in detected.first_look_only.parts.itertuples()
    ]
    variant, seconds = detected.first_look_only.variant, _time(detected.first_look_only.seconds)
    return {"quick": {"first_look_variant": variant, "first_look_only_s": seconds, "first_look_only": parts}}


def write_vtt(detected: DetectedVideo, path: Path) -> None:
    """Write the segments as WebVTT subtitles, one cue each: "signing (93%)"."""
    captions = []
    for segment in detected.segments.itertuples():
        start, end = (Timestamp.from_seconds(_time(seconds)) for seconds in (segment.start_s, segment.end_s))
        if start < end:  # required of a cue, in whole milliseconds
            captions.append(Caption(str(start), str(end), _cue_text(segment.label, segment.probability)))
    # A note must be one paragraph without an arrow.
    note = f"Signing in the Wild, detector {detected.detector}, {detected.variant}"
    note += "; parts without a cue had a first look only" if detected.first_look_only else ""
    words = note.replace("-->", "→").split()
    write_text(path, WebVTT(captions=captions, header_comments=[" ".join(words)]).content + "\n")


def _write_csv(path: Path, table: pd.DataFrame, times: Iterable[str], probabilities: Iterable[str]) -> None:
    """Write a table, rounding the columns with these names: times to milliseconds, probabilities to four places."""
    rounded = {name: table[name].map(lambda seconds: f"{_time(seconds):.3f}") for name in times}
    form = f"{{:.{PROBABILITY_PLACES}f}}".format
    rounded |= {name: table[name].map(form, na_action="ignore") for name in probabilities}
    with written_whole(path) as temporary:
        table.assign(**rounded).to_csv(temporary, index=False, lineterminator="\n")


def _time(seconds: float) -> float | None:
    """Return a time in seconds, rounded to milliseconds as in the files for ELAN."""
    return milliseconds(seconds) / 1000 if math.isfinite(seconds) else None


def _rounded(number: float, places: int) -> float | None:
    return round(float(number), places) if math.isfinite(number) else None


def _cue_text(label: str, probability: float) -> str:
    return label if math.isnan(probability) else f"{label} ({100 * probability:.0f}%)"

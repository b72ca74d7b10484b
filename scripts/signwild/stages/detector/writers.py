"""Results for other programs: tables, JSON and subtitles."""

import json
import math
from pathlib import Path

import pandas as pd
from webvtt import Caption, WebVTT
from webvtt.models import Timestamp

from signwild.base.classes import PROBABILITIES
from signwild.base.files import write_text, written_whole
from signwild.stages.detector.detected_video import DETECTED_SEGMENT_COLUMNS, WINDOW_COLUMNS, DetectedVideo

TIME_PLACES, PROBABILITY_PLACES = 3, 4


def write_windows(detected: DetectedVideo, stem: Path) -> None:
    """Write the windows as ``stem`` with ``.csv`` (rounded, for reading) and with ``.parquet`` (unchanged)."""
    windows = detected.windows[WINDOW_COLUMNS]
    with written_whole(stem.with_name(f"{stem.name}.parquet")) as temporary:
        windows.to_parquet(temporary, index=False)
    places = {"time_s": TIME_PLACES} | dict.fromkeys(PROBABILITIES, PROBABILITY_PLACES)
    _write_csv(stem.with_name(f"{stem.name}.csv"), windows, places)


def write_segments(detected: DetectedVideo, path: Path) -> None:
    """Write the segments as a CSV file with the columns DETECTED_SEGMENT_COLUMNS."""
    places = {"start_s": TIME_PLACES, "end_s": TIME_PLACES, "probability": PROBABILITY_PLACES}
    _write_csv(path, detected.segments[DETECTED_SEGMENT_COLUMNS], places)


def write_json(detected: DetectedVideo, path: Path) -> None:
    """Write what ``as_json`` returns for a video."""
    write_text(path, json.dumps(as_json(detected), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def as_json(detected: DetectedVideo) -> dict:
    """Return everything except the windows as JSON values; a NaN or infinite number becomes None."""
    segments = [
        {
            "start_s": _rounded(segment.start_s, TIME_PLACES),
            "end_s": _rounded(segment.end_s, TIME_PLACES),
            "label": segment.label,
            "probability": _rounded(segment.probability, PROBABILITY_PLACES),
            "unsure": bool(segment.unsure),
        }
        for segment in detected.segments.itertuples()
    ]
    return {
        "file": detected.name,
        "duration_s": _rounded(detected.duration_s, TIME_PLACES),
        "footage_s": _rounded(detected.footage_s, TIME_PLACES),
        "width": int(detected.width),
        "height": int(detected.height),
        "fps": _rounded(detected.fps, TIME_PLACES),
        "verdict": detected.verdict,
        "signing_share": _rounded(detected.signing_share, PROBABILITY_PLACES),
        "signing_s": _rounded(detected.signing_s, TIME_PLACES),
        "signing_probability": _rounded(detected.signing_probability, PROBABILITY_PLACES),
        "flags": detected.flags,
        "decision": detected.decision.model_dump(),
        "detector": detected.detector,
        "variant": detected.variant,
        "segments": segments,
    }


def write_vtt(detected: DetectedVideo, path: Path) -> None:
    """Write the segments as WebVTT subtitles, one cue each: "signing (93%)"."""
    captions = []
    for segment in detected.segments.itertuples():
        start, end = (Timestamp.from_seconds(float(seconds)) for seconds in (segment.start_s, segment.end_s))
        if start < end:  # required of a cue, in whole milliseconds
            captions.append(Caption(str(start), str(end), _cue_text(segment.label, segment.probability)))
    # A note must be one paragraph without an arrow.
    words = f"Signing in the Wild, detector {detected.detector}, {detected.variant}".replace("-->", "→").split()
    write_text(path, WebVTT(captions=captions, header_comments=[" ".join(words)]).content + "\n")


def _write_csv(path: Path, table: pd.DataFrame, places: dict[str, int]) -> None:
    """Write a table, rounding the columns in ``places`` to that many decimal places."""
    rounded = {name: table[name].map(f"{{:.{count}f}}".format, na_action="ignore") for name, count in places.items()}
    with written_whole(path) as temporary:
        table.assign(**rounded).to_csv(temporary, index=False, lineterminator="\n")


def _rounded(number: float, places: int) -> float | None:
    return round(float(number), places) if math.isfinite(number) else None


def _cue_text(label: str, probability: float) -> str:
    return label if math.isnan(probability) else f"{label} ({100 * probability:.0f}%)"

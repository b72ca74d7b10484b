"""The results of a video, as one line for the terminal."""

from pathlib import Path

from signwild.base.words import percent
from signwild.stages.detector.detected_video import VERDICTS, readable_path
from signwild.stages.detector.timeline import clock

MOST_SEGMENTS = 10
"""Stretches of signing listed in the line, at most."""


def tell_result(result: dict, page: Path) -> str:
    """Return a line with the verdict, the stretches of signing, and the path of the video's page.

    Shares and times have as many digits as on the page, so that both read the same.
    ``result``: the content of result.json (see ``writers.as_json``).
    """
    share, footage = result["signing_share"] or 0.0, result["footage_s"] or 0.0
    parts = [f"{VERDICTS[result['verdict']]} ({percent(share)} of {clock(footage)})"]
    signing = [segment for segment in result["segments"] if segment["label"] == "signing"]
    parts += [_stretch(segment) for segment in signing[:MOST_SEGMENTS]]
    if len(signing) > MOST_SEGMENTS:
        parts.append(f"and {len(signing) - MOST_SEGMENTS} more: segments.csv")
    if "quick" in result:
        parts.append(f"{clock(result['quick']['first_look_only_s'])} of it by a first look only")
    return f"{result['file']}: {', '.join(parts)}; page: {readable_path(page)}"


def _stretch(segment: dict) -> str:
    span = f"{clock(segment['start_s'], 1)}-{clock(segment['end_s'], 1)}"
    probability = segment["probability"]
    return span if probability is None else f"{span} ({100 * probability:.0f}%)"

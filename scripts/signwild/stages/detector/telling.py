"""The results of a video, as one line for the terminal."""

import os
from pathlib import Path

from signwild.stages.detector.detected_video import VERDICTS
from signwild.stages.detector.timeline import clock

MOST_SEGMENTS = 10
"""Stretches of signing listed in the line, at most."""


def tell_result(result: dict, page: Path) -> str:
    """Return a line with the verdict, the stretches of signing, and the path of the video's page.

    ``result``: the content of result.json (see ``writers.as_json``).
    """
    share, duration = result["signing_share"] or 0.0, result["duration_s"] or 0.0
    parts = [f"{VERDICTS[result['verdict']]} ({100 * share:.0f}% of {clock(duration)})"]
    signing = [segment for segment in result["segments"] if segment["label"] == "signing"]
    parts += [_stretch(segment) for segment in signing[:MOST_SEGMENTS]]
    if len(signing) > MOST_SEGMENTS:
        parts.append(f"and {len(signing) - MOST_SEGMENTS} more: segments.csv")
    return f"{result['file']}: {', '.join(parts)}; page: {os.path.relpath(page)}"


def _stretch(segment: dict) -> str:
    span = f"{clock(segment['start_s'])}-{clock(segment['end_s'])}"
    probability = segment["probability"]
    return span if probability is None else f"{span} ({100 * probability:.0f}%)"

"""Result pages: one per video, with a player and its timeline, and one that lists many videos."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.files import write_text, written_whole
from signwild.base.templates import render
from signwild.configuration.sections.detection import Decision
from signwild.drawing.colors import CLASS_COLORS
from signwild.stages.detector.detected_video import VERDICTS, DetectedVideo, shown
from signwild.stages.detector.timeline import clock, thinned, tick_times

TEMPLATES = Path(__file__).parent / "templates"

WIDTH, LANE, CURVE = 1000, 10, 40
"""Width of the timeline's drawing, and height of a lane and of the curve, in drawing units."""


@dataclass(frozen=True)
class SummaryRow:
    """One video in the list of many.

    ``file``: its path as shown to the user. ``page_href``: path of its page relative to the list's folder, or None.
    ``verdict`` and the numbers are None if ``error`` states why the video could not be used.
    """

    file: Path | str
    page_href: Path | str | None = None
    verdict: str | None = None
    signing_share: float | None = None
    signing_s: float | None = None
    duration_s: float | None = None
    signing_probability: float | None = None
    flags: list[str] = field(default_factory=list)
    error: str | None = None


def write_video_page(detected: DetectedVideo, path: Path, video_href: Path | str, files: Sequence[str] = ()) -> None:
    """Write a page that plays one video above its timeline, as one HTML file that loads nothing from the internet.

    ``video_href``: path of the video relative to the page's folder, not encoded; it is encoded for the link here.
    ``files``: names of files beside the page to link to; the list of all videos is one folder above.
    """
    page = render(
        "video.html.j2",
        TEMPLATES,
        detected=detected,
        source=_href(video_href),
        files=[(name, _href(name)) for name in files],
        verdict=VERDICTS[detected.verdict],
        colors=CLASS_COLORS,
        rows=_table_rows(detected),
        lanes={name: _lane(detected, number) for number, name in enumerate(CLASSES)},
        veils=_veils(detected),
        curve=_curve(detected),
        ticks=[(_across(detected, tick), clock(tick)) for tick in tick_times(detected.duration_s, 5)],
        threshold=_height_of(detected.decision.signing_threshold),
        height=len(CLASSES) * LANE + CURVE,
        curve_height=CURVE,
        width=WIDTH,
        clock=clock,
    )
    write_text(path, page)


def write_summary(rows: list[SummaryRow], folder: Path, detector: str, variant: str, decision: Decision) -> None:
    """Write summary.csv and index.html about many videos.

    Unsure videos come first, the most doubtful at the top, then videos of signing and the rest, each by share of
    signing; failed videos come last.
    """
    rows = sorted(rows, key=lambda row: _place_in_list(row, decision))
    table = pd.DataFrame(
        {
            "file": [shown(row.file) for row in rows],
            "verdict": [row.verdict for row in rows],
            "signing_share": pd.Series([row.signing_share for row in rows], dtype=float).round(4),
            "signing_s": pd.Series([row.signing_s for row in rows], dtype=float).round(3),
            "duration_s": pd.Series([row.duration_s for row in rows], dtype=float).round(3),
            "signing_probability": pd.Series([row.signing_probability for row in rows], dtype=float).round(4),
            "flags": [" ".join(row.flags) for row in rows],
            "error": [row.error for row in rows],
        }
    )
    with written_whole(folder / "summary.csv") as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    page = render(
        "summary.html.j2",
        TEMPLATES,
        rows=rows,
        detector=detector,
        variant=variant,
        verdicts=VERDICTS,
        colors=CLASS_COLORS,
        href=_href,
        shown=shown,
        clock=clock,
    )
    write_text(folder / "index.html", page)


def _place_in_list(row: SummaryRow, decision: Decision) -> tuple:
    """Return the sort key of a row in the list of many videos."""
    if row.error is not None:
        return len(VERDICTS), 0.0, shown(row.file)
    middle = (decision.sure_signing_from + decision.sure_rest_to) / 2
    within = abs((row.signing_probability or 0) - middle) if row.verdict == "unsure" else -(row.signing_share or 0)
    return list(VERDICTS).index(row.verdict), within, shown(row.file)


def _href(path: Path | str) -> str:
    """Return a path as a link, whatever its bytes."""
    return quote(os.fsencode(path))


def _table_rows(detected: DetectedVideo) -> list[dict]:
    """Return the rows of the page's table: the segments, and what a quick pass has not looked at in full."""
    rows = [{**row, "is_segment": True} for row in detected.segments.to_dict("records")]
    if detected.first_look_only:
        for part in detected.first_look_only.parts.itertuples():
            rows.append({"start_s": part.start_s, "end_s": part.end_s, "is_segment": False})
    return sorted(rows, key=lambda row: row["start_s"])


def _veils(detected: DetectedVideo) -> list[tuple[float, float]]:
    """Return left edge and width, in drawing units, of each part that a quick pass has not looked at in full."""
    if detected.first_look_only is None:
        return []
    scale, parts = WIDTH / max(detected.duration_s, 1e-9), detected.first_look_only.parts.itertuples()
    return [(part.start_s * scale, (part.end_s - part.start_s) * scale) for part in parts]


def _across(detected: DetectedVideo, seconds: float) -> float:
    """Return the position of a time on the timeline, in percent of its width."""
    return round(100 * seconds / detected.duration_s, 3) if detected.duration_s else 0.0


def _lane(detected: DetectedVideo, number: int) -> str:
    """Return the SVG path of the segments of the class with this number: bars in its lane."""
    top, scale = number * LANE + 1, WIDTH / max(detected.duration_s, 1e-9)
    own = detected.segments[detected.segments["label"] == CLASSES[number]]
    bars = zip(own["start_s"] * scale, (own["end_s"] - own["start_s"]) * scale, strict=True)
    return "".join(f"M{left:.2f} {top}h{length:.2f}v{LANE - 2}h-{length:.2f}z" for left, length in bars)


def _curve(detected: DetectedVideo) -> str:
    """Return the SVG path of the probability of signing, below the lanes."""
    scale = WIDTH / max(detected.duration_s, 1e-9)
    lines = []
    for curve in thinned(detected.windows):
        points = zip(curve["time_s"] * scale, _height_of(curve["p_signing"]), strict=True)
        lines.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points))
    return "".join(lines)


def _height_of(probability: pd.Series | float) -> pd.Series | float:
    """Return the height of a probability below the lanes, in drawing units from the top."""
    return len(CLASSES) * LANE + CURVE - 1 - (CURVE - 2) * probability

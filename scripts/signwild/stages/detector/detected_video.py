"""The results of a video, in the form that every writer of results takes."""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from signwild.base.classes import PROBABILITIES
from signwild.configuration.sections.detection import Decision

WINDOW_COLUMNS = ["frame", "time_s", *PROBABILITIES, "label"]
DETECTED_SEGMENT_COLUMNS = ["start_s", "end_s", "label", "probability", "unsure"]
FIRST_LOOK_COLUMNS = ["start_s", "end_s", "signing_probability"]

VERDICTS = {
    "unsure": "unsure whether a video of signing",
    "signing": "a video of signing",
    "rest": "not a video of signing",
}
"""Description of each verdict, in the order in which a user should review them."""


@dataclass(frozen=True)
class FirstLookOnly:
    """What a quick pass has not looked at in full.

    ``variant``: that of the first look. ``parts``: start_s, end_s float64, and signing_probability float64, the mean by
    the first look. They lie between the segments, and have no class and no windows.
    """

    variant: str
    parts: pd.DataFrame

    @property
    def seconds(self) -> float:
        """Seconds of all parts."""
        return float((self.parts["end_s"] - self.parts["start_s"]).sum())


@dataclass(frozen=True)
class DetectedVideo:
    """Results of one video.

    ``video``: the file, as it was given. ``duration_s``: the time at which the processed part ends. ``width``,
    ``height``: upright, in pixels. ``fps``: nominal.
    ``windows``: one row per window: frame int64, time_s float64 (of the sample in its middle), p_signing, p_speaking,
    p_other float32 (calibrated), label str (the class after smoothing).
    ``segments``: start_s, end_s float64, label str, probability float64 (mean of its class), unsure bool: they tile the
    footage in order, with no overlap: from 0 to ``duration_s``, except for holes, where there are no pictures, and for
    what a quick pass has not looked at in full.
    ``verdict``: one of VERDICTS. ``signing_share``: of the footage, 0 to 1. ``signing_probability``: the mean over the
    footage, 0 to 1; it determines whether the verdict is sure. ``flags``: sentences for the user.
    ``decision``: how segments and verdict are derived from the probabilities.
    ``detector``: name of the model folder's run and its identity, "demo 1f2e3d4c". ``variant``: "rgb_flow".
    ``first_look_only``: of a quick pass, else None: parts without signing by a first look. In ``signing_share`` they
    count as footage without signing, and in ``signing_probability`` by what the first look gives.
    """

    video: Path
    duration_s: float
    width: int
    height: int
    fps: float
    windows: pd.DataFrame
    segments: pd.DataFrame
    verdict: str
    signing_share: float
    signing_probability: float
    flags: list[str]
    decision: Decision
    detector: str
    variant: str
    first_look_only: FirstLookOnly | None = None

    @property
    def name(self) -> str:
        """Name of the file, as shown to the user."""
        return shown(self.video.name)

    @property
    def footage_s(self) -> float:
        """Seconds that are shown: the duration without holes."""
        in_full = float((self.segments["end_s"] - self.segments["start_s"]).sum())
        return in_full + self.first_look_only.seconds if self.first_look_only else in_full

    @property
    def signing_s(self) -> float:
        """Seconds of signing."""
        own = self.segments[self.segments["label"] == "signing"]
        return float((own["end_s"] - own["start_s"]).sum())


def as_segments(rows: list[dict]) -> pd.DataFrame:
    """Return rows as a table of segments, with its columns and types even if there are none."""
    types = {"start_s": float, "end_s": float, "label": str, "probability": float, "unsure": bool}
    return pd.DataFrame(rows, columns=DETECTED_SEGMENT_COLUMNS).astype(types)


def shown(path: Path | str) -> str:
    """Return a path as text that can be written as UTF-8: invalid bytes of a file's name are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def readable_path(path: Path | str) -> str:
    """Return a path for a person: relative to the current folder if it is in it or below it, else absolute."""
    place, here = Path(os.path.normpath(Path(path).absolute())), Path.cwd()
    return shown(place.relative_to(here) if place.is_relative_to(here) else place)

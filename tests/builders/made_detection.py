"""Made-up results of detection in a video."""

from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.configuration.sections.detection import Decision
from signwild.stages.detector.detected_video import DetectedVideo

HOSTILE_NAME = "\"a\" & 'b' <script>alert(1)<script> #1 100%20 ?ħġż.mp4"
"""A file name with characters that have a meaning in HTML or in a link."""


def made_detection(
    video: Path | str = "interview.mp4",
    spans: list[tuple[float, str]] = ((0.0, "other"), (5.0, "signing"), (12.5, "speaking"), (15.0, "signing")),
    duration_s: float = 20.0,
    rate: float = 5.0,
    **changes: object,
) -> DetectedVideo:
    """Return segments that start at these times, and noisy windows of their classes for every sample at ``rate`` Hz."""
    starts = np.array([start for start, _ in spans], float)
    labels = np.array([label for _, label in spans], dtype=object)
    times = (np.arange(round(duration_s * rate)) + 0.5) / rate
    own = labels[np.searchsorted(starts, times, side="right") - 1] if len(times) else labels[:0]
    scores = 4 * np.eye(3)[[CLASSES.index(label) for label in own]].reshape(-1, 3)
    scores = np.exp(scores + np.random.default_rng(7).normal(size=scores.shape))
    probabilities = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    windows = pd.DataFrame({"frame": np.arange(len(times), dtype=np.int64), "time_s": times})
    windows[list(PROBABILITIES)] = probabilities
    windows["label"] = own.astype(str)
    segments = pd.DataFrame({"start_s": starts, "end_s": np.append(starts[1:], duration_s)[: len(starts)]})
    segments["label"] = labels.astype(str)
    segments["probability"] = np.linspace(0.93, 0.7, len(starts))
    segments["unsure"] = segments["probability"] < 0.6
    signing = segments[segments["label"] == "signing"]
    share = float((signing["end_s"] - signing["start_s"]).sum() / duration_s) if duration_s else 0.0
    facts = {
        "video": Path(video),
        "duration_s": duration_s,
        "width": 128,
        "height": 96,
        "fps": 10.0,
        "windows": windows,
        "segments": segments,
        "verdict": "signing" if share > 0.5 else "rest",
        "signing_share": share,
        "signing_probability": float(np.average(probabilities[:, 0])) if len(times) else 0.0,
        "flags": [],
        "decision": Decision(signing_threshold=0.4, smoothing_s=2.0),
        "detector": "demo 1f2e3d4c",
        "variant": "rgb_flow",
    }
    return DetectedVideo(**facts | changes)

"""The videos that a detector has learned from, identified by the sha256 of their files.

A fine-tuned detector cannot be evaluated on them, because they are not held out.
"""

import json
import logging
from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.notes import Note
from signwild.base.text import MOST_LINES, lines_below

logger = logging.getLogger(__name__)


def training_videos(samples: pd.DataFrame, used: Collection[str], starts: Iterable[Path]) -> list[str]:
    """Return the sorted sha256 of the videos that a run, and the detectors it started from, have learned from.

    ``samples``: the rows of the run's resample manifests. ``used``: ids of the videos that have segments. ``starts``:
    folders of detectors.
    """
    own = samples.loc[samples["video_id"].isin(set(used)), "sha256"]
    return sorted({*own, *(sha256 for start in starts for sha256 in read_training_videos(start))})


def read_training_videos(detector: Path) -> list[str]:
    """Return the sha256 of the videos that an exported detector has learned from; ``detector``: its folder."""
    description = json.loads((detector / "detector.json").read_text(encoding="utf-8"))
    return description["training_videos"]


def check_held_out(samples: pd.DataFrame, used: Collection[str], starts: Iterable[Path]) -> None:
    """Raise InputError if a detector that trainings start from has learned from videos of the run.

    The arguments are those of ``training_videos``. A log has the names of all these videos, the error of the first.
    """
    own = samples[samples["video_id"].isin(set(used))]
    for start in starts:
        seen = sorted(own[own["sha256"].isin(read_training_videos(start))]["video_id"])
        if len(seen) > MOST_LINES:
            logger.warning("%s", Note(f"videos that {start} was trained on", seen).text())
        if seen:
            raise InputError(
                f"{start}: was trained on {len(seen)} of the run's {len(own)} videos, so they cannot show how good it "
                f"is on others; leave them out of the labels, or start from another detector:{lines_below(seen)}"
            )

"""A folder under review: a real video, an .eaf file with proposals for it, and its review."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from made_videos import numbered_frames, write_video

from signwild.annotation.eaf_proposals import add_proposals
from signwild.annotation.eaf_text import EafText
from signwild.annotation.proposals import Proposal, Proposals
from signwild.annotation.review.session import Session
from signwild.annotation.review.work_log import WorkLog
from signwild.annotation.targets import Target
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.eaf_file import EafFile
from signwild.stages.dataset.elan_writer import ANNOTATION_COLUMNS, write_eaf

LENGTH_MS = 20_000

SPANS = {
    "signing": [(1000, 5000, "sure"), (12000, 14000, "unsure")],
    "speaking": [(6000, 10000, "likely")],
    "other": [(14000, 20000, "sure")],
}


def made_review(
    folder: Path,
    name: str = "interview",
    spans: Mapping[str, list[Proposal]] = SPANS,
    suffix: str = ".mp4",
    seconds: int = LENGTH_MS // 1000,
    fps: int = 10,
) -> Target:
    """Write a video of some seconds and its .eaf file with proposals, and return both."""
    folder.mkdir(parents=True, exist_ok=True)
    video = write_video(folder / f"{name}{suffix}", numbered_frames(fps * seconds), str(fps))
    path = folder / f"{name}.eaf"
    write_eaf(path, video, pd.DataFrame(columns=ANNOTATION_COLUMNS), author="")
    path.write_bytes(add_proposals(EafText(path), Proposals("starter 1a2b3c4d, rgb", spans, 1000 * seconds)).content)
    return Target(path, video)


def opened(target: Target, log: WorkLog | None = None, tiers: Tiers | None = None) -> Session:
    """Return a review of one file."""
    folder = target.eaf.parent
    return Session(
        [target], folder / "found", log or WorkLog(folder / "review", is_on=True), pytest.fail, tiers or Tiers()
    )


def times(target: Target, tier: str) -> list[tuple[float, float]]:
    """Return the times of what is on a tier."""
    return list(EafFile(target.eaf).times(tier))

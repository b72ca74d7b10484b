"""Retry of downloads that failed the last time."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from signwild.base.files import read_table
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.queue import is_open
from signwild.stages.download.status import OK, UNTRIED, DownloadFolder

GONE = "gone"
"""Status of a video that was downloaded and whose file was deleted."""


def forget_failures(downloads: DownloadFolder, results: Path, statuses: Collection[str]) -> pd.Series:
    """Mark failed videos as never requested, and deleted ones as wanted; return their statuses, by id.

    ``statuses``: which failures, or GONE for downloaded videos whose file was deleted; if empty, all failures that are
    not permanent. The download manifests of all runs that contain such a video are removed, so that its shards, and no
    others, run again. Manifests with videos of which nothing is known are removed too, and the note that pauses
    downloads.
    """
    chosen = set(statuses) or {status for status, failure in FAILURES.items() if failure.kind != "lost"}
    forgotten = {}
    for video_id, known in downloads.read_all().items():
        has_gone = known.status == OK and not downloads.path(known).exists()
        status = GONE if has_gone else known.status
        if status in chosen:
            forgotten[video_id] = status
            downloads.reopen(video_id)
    downloads.pause_note.unlink(missing_ok=True)
    known = downloads.read_all()
    for path in results.glob("*/download/*.tsv"):
        table = read_table(path)
        # A queue that stopped has also forgotten videos, from shards that were done before.
        asked = table["status"].isin([*FAILURES, UNTRIED]) | table["video_id"].isin(forgotten)
        if any(is_open(known.get(video_id)) for video_id in table.loc[asked, "video_id"]):
            path.unlink()
    return pd.Series(forgotten, dtype=object)

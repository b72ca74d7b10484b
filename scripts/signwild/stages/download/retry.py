"""Asking again for what did not come the last time."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from signwild.base.files import read_table
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.queue import is_open
from signwild.stages.download.status import OK, UNTRIED, DownloadFolder

GONE = "gone"
"""What a video is called that was had and whose file was deleted."""


def forget_failures(downloads: DownloadFolder, results: Path, statuses: Collection[str]) -> pd.Series:
    """Make failed videos ones that were never asked for, and deleted ones wanted; return their statuses, by id.

    ``statuses``: which failures, or GONE for videos that were had and whose file was deleted; without any, all failures
    that are not for good. The download manifests of all runs that such a video is in are removed, so that its shards,
    and no others, run again; so are those with videos of which nothing is known, and the note that lets downloads rest.
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
        # A queue that stopped has forgotten videos too, of shards that were done before.
        asked = table["status"].isin([*FAILURES, UNTRIED]) | table["video_id"].isin(forgotten)
        if any(is_open(known.get(video_id)) for video_id in table.loc[asked, "video_id"]):
            path.unlink()
    return pd.Series(forgotten, dtype=object)

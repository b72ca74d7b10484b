"""Table of which videos have, or had, which bytes."""

from collections import defaultdict
from pathlib import Path

import pandas as pd
from filelock import FileLock

from signwild.base.files import read_table, write_table
from signwild.stages.download.status import OK, DownloadFolder


def owners_file(results: Path) -> Path:
    """Return the path of the table of all bytes ever available; even a replaced file leaves things in the store."""
    return results / "store/owners.tsv"


def remember_owners(results: Path, had: pd.DataFrame) -> None:
    """Add the videos that a run has (video_id, sha256) to the table of owners."""
    path = owners_file(results)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        known = read_table(path) if path.exists() else had[:0]
        both = pd.concat([known, had])[["video_id", "sha256"]].drop_duplicates().sort_values(["video_id", "sha256"])
        write_table(path, both)


def read_owners(results: Path, downloads: DownloadFolder | None) -> dict[str, set[str]]:
    """Return the videos that have, or had, the bytes of each sha256, from all runs' tables and the downloads."""
    owners: dict[str, set[str]] = defaultdict(set)
    for path in (*results.glob("*/dataset/*.tsv"), *results.glob("*/download/*.tsv"), owners_file(results)):
        table = read_table(path) if path.exists() else pd.DataFrame()
        if {"video_id", "sha256"} <= set(table):
            for video_id, sha256 in table.loc[table["sha256"] != "", ["video_id", "sha256"]].itertuples(index=False):
                owners[sha256].add(video_id)
    for status in downloads.read_all().values() if downloads else []:
        if status.status == OK:
            owners[status.sha256].add(status.video_id)
    return owners

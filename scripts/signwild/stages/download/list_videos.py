"""What is had of a data set, to the byte: a manifest by which two labs can say exactly which videos they share."""

from pathlib import Path

import pandas as pd

from signwild.base.files import read_table, read_tables, write_table
from signwild.stages.download.owners import remember_owners

COLUMNS = ["video_id", "sha256", "bytes"]


def list_videos(downloads: list[Path], published: Path | None, results: Path, manifest: Path) -> pd.DataFrame:
    """Write the videos that are had, by id, with sha256 and bytes, and remember whose these bytes are; return them.

    ``downloads``: the shards' download manifests. ``published``: another's manifest that the run is restricted to; its
    videos of which the bytes are not the same are said, as the numbers then need not be the same either.
    """
    had = read_tables(downloads).query("status == 'ok'").sort_values("video_id", ignore_index=True)[COLUMNS]
    write_table(manifest, had)
    remember_owners(results, had)
    if published:
        theirs = read_table(published)
        both = had.merge(theirs, on="video_id", suffixes=("", "_theirs"))
        other = both.loc[both["sha256"] != both["sha256_theirs"], "video_id"]
        print(f"{len(both):,} of the {len(theirs):,} videos in {published} are had", flush=True)
        print(f"{len(other):,} of them with other bytes: {', '.join(other) or 'none'}", flush=True)
    return had

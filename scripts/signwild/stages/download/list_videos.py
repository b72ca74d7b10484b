"""Manifest of a data set's available videos, to the byte: two labs can tell exactly which videos they share."""

from pathlib import Path

import pandas as pd

from signwild.base.files import read_table, read_tables, write_table
from signwild.base.shards import ShardPaths
from signwild.cli.program import run_function
from signwild.stages.download.owners import remember_owners

COLUMNS = ["video_id", "sha256", "bytes"]


def list_videos(downloads: ShardPaths, published: Path | None, results: Path, manifest: Path) -> pd.DataFrame:
    """Write the available videos, by id, with sha256 and bytes, and record whose bytes these are.

    Returns the videos. ``downloads``: the shards' download manifests. ``published``: another lab's manifest that the
    run is restricted to; videos whose bytes differ from it are printed, as the numbers may then differ too.
    """
    had = read_tables(downloads).query("status == 'ok'").sort_values("video_id", ignore_index=True)[COLUMNS]
    write_table(manifest, had)
    remember_owners(results, had)
    if published:
        theirs = read_table(published)
        both = had.merge(theirs, on="video_id", suffixes=("", "_theirs"))
        other = both.loc[both["sha256"] != both["sha256_theirs"], "video_id"]
        print(f"{len(both):,} of the {len(theirs):,} videos in {published} are available", flush=True)
        print(f"{len(other):,} of them with other bytes: {', '.join(other) or 'none'}", flush=True)
    return had


if __name__ == "__main__":
    run_function(list_videos, lock="manifest")

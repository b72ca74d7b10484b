"""Taking videos out: what was downloaded of them, and everything in the store that was made from them."""

from collections import defaultdict
from pathlib import Path

import h5py
import pandas as pd

from signwild.download_status import OK, DownloadFolder
from signwild.files import read_table, write_table
from signwild.selection import read_excluded

STAGES = ["resample", "faces", "features", "training", "classification"]
"""Folders of the store, each made from those before it."""


def exclude_videos(excluded: Path, results: Path, downloads: DownloadFolder | None, receipt: Path) -> None:
    """Remove what is kept of the videos named in ``excluded``, and list these videos in ``receipt``.

    Removed are our own downloads, all in the store that was made from their bytes, networks that were trained on them,
    and their rows in the frozen folds of all runs. Files of the user's own stay. Bytes that another video has too are
    that video's, and stay.
    """
    ids = read_excluded(excluded)
    owners = _owners(results, downloads)
    hashes = set()
    for sha256, names in owners.items():
        if names <= ids:
            hashes.add(sha256)
        elif names & ids:
            others = ", ".join(sorted(names - ids))
            print(f"{', '.join(sorted(names & ids))}: has the same bytes as {others}, which stays", flush=True)
    removed = _remove_derived(results / "store", hashes)
    for video_id in ids:
        if downloads and downloads.remove(video_id):
            removed.append(f"video {video_id}")
    for folds in results.glob("*/frozen_folds.tsv"):
        _drop_rows(folds, "video_id", ids)
    if (hash_cache := results / "store/source_hashes.tsv").exists():
        _drop_rows(hash_cache, "sha256", hashes)
    for name in removed:
        print(f"removed: {name}", flush=True)
    shown = _runs_that_show(results, ids, receipt)
    if shown:
        print(f"tables and pictures of {', '.join(shown)} show an excluded video until that run runs again", flush=True)
    write_table(receipt, pd.DataFrame({"video_id": sorted(ids)}))


def _owners(results: Path, downloads: DownloadFolder | None) -> dict[str, set[str]]:
    """The videos that have, or had, the bytes of each sha256, by all runs' tables and what was downloaded."""
    owners: dict[str, set[str]] = defaultdict(set)
    for path in (*results.glob("*/dataset/*.tsv"), *results.glob("*/download/*.tsv")):
        table = read_table(path)
        if {"video_id", "sha256"} <= set(table):
            for video_id, sha256 in table.loc[table["sha256"] != "", ["video_id", "sha256"]].itertuples(index=False):
                owners[sha256].add(video_id)
    for status in downloads.read_all().values() if downloads else []:
        if status.status == OK:
            owners[status.sha256].add(status.video_id)
    return owners


def _remove_derived(store: Path, hashes: set[str]) -> list[str]:
    """Remove the files of the store that were made from these source bytes, step by step; return their names."""
    if not hashes:
        return []
    made_from, removed = set(hashes), []
    for stage in STAGES:
        for path in sorted((store / stage).glob("*.h5")):
            with h5py.File(path) as file:
                sources = {source.decode() for source in file["sources"][()]}
            if sources & made_from:
                made_from.add(path.stem)
                path.unlink()
                removed.append(f"{stage}/{path.name}")
    return removed


def _drop_rows(path: Path, column: str, values: set[str]) -> None:
    table = read_table(path)
    kept = table[~table[column].isin(values)]
    if len(kept) < len(table):
        write_table(path, kept)


def _runs_that_show(results: Path, ids: set[str], receipt: Path) -> list[str]:
    """Runs, but the one that is being made, of which a manifest still names an excluded video."""
    own = receipt.resolve().parents[1]
    manifests = (path for path in results.glob("*/resample/*.tsv") if path.resolve().parents[1] != own)
    return sorted({path.parents[1].name for path in manifests if ids & set(read_table(path)["video_id"])})

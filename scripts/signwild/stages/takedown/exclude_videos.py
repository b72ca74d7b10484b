"""Removal of videos: their downloads, and everything in the store that was made from them."""

import shutil
from pathlib import Path

import h5py
import pandas as pd

from signwild.base.files import read_table, write_table
from signwild.base.store import read_sources
from signwild.cli.program import run_function
from signwild.exported.folder import NETWORKS
from signwild.stages.dataset.selection import read_excluded
from signwild.stages.download.owners import owners_file, read_owners
from signwild.stages.download.status import DownloadFolder

STAGES = ["resample", "faces", "features", "progress", "training", "classification"]
"""Folders of the store, each made from those before it."""


def exclude_videos(excluded: Path, results: Path, folder: Path | None, receipt: Path) -> None:
    """Remove what is kept of the videos named in ``excluded``, and list these videos in ``receipt``.

    This removes our downloads below ``folder``, if there are any, everything in the store that was made from their
    bytes, networks trained on them, detectors exported from these, and their rows in the frozen folds of all runs. The
    user's files stay, and so do bytes that another video has too. Raises InputError for a file of the store that
    cannot be read.
    """
    downloads = DownloadFolder(folder) if folder else None
    lines = read_excluded(excluded)
    ids = set(lines)
    owners = read_owners(results, downloads)
    hashes = {sha256 for sha256, names in owners.items() if names <= ids}
    for sha256 in owners.keys() - hashes:
        if shared := owners[sha256] & ids:
            others = ", ".join(sorted(owners[sha256] - ids))
            print(f"{', '.join(sorted(shared))}: has the same bytes as {others}, which is kept", flush=True)
    removed = _remove_derived(results / "store", hashes)
    removed += _remove_exported(results, removed)
    removed += [f"video {video_id}" for video_id in sorted(ids) if downloads and downloads.remove(video_id)]
    for folds in results.glob("*/frozen_folds.tsv"):
        _drop_rows(folds, "video_id", ids)
    for table in (results / "store/source_hashes.tsv", results / "store/video_ends.tsv", owners_file(results)):
        if table.exists():
            _drop_rows(table, "sha256", hashes)
    for name in removed:
        print(f"removed: {name}", flush=True)
    for video_id in sorted(ids - set().union(*owners.values())):
        print(
            f'{excluded}:{lines[video_id]}: nothing is stored of a video "{video_id}": misspelt, or removed before',
            flush=True,
        )
    if shown := _runs_that_show(results, ids, receipt):
        print(f"tables and pictures of {', '.join(shown)} show an excluded video until that run runs again", flush=True)
    write_table(receipt, pd.DataFrame({"video_id": sorted(ids)}))


def _remove_derived(store: Path, hashes: set[str]) -> list[str]:
    """Remove the files of the store that were made from these source bytes, step by step; return their names."""
    if not hashes:
        return []
    made_from, removed = set(hashes), []
    for stage in STAGES:
        for path in sorted((store / stage).glob("*.h5")):
            if read_sources(path) & made_from:
                made_from.add(path.stem)
                path.unlink()
                removed.append(f"{stage}/{path.name}")
    return removed


def _remove_exported(results: Path, removed: list[str]) -> list[str]:
    """Remove exported detectors that hold a network of the removed trainings; return their names.

    ``removed``: names of files of the store.
    """
    trainings, gone = {Path(name).stem for name in removed if name.startswith("training/")}, []
    for networks in results.glob(f"*/detector/{NETWORKS}") if trainings else []:
        with h5py.File(networks) as file:
            keys = {fold.attrs["key"] for member in file.values() for fold in member.values()}
        if keys & trainings:
            shutil.rmtree(networks.parent)
            gone.append(f"{networks.parent.relative_to(results)}; copies of it elsewhere contain the networks too")
    return gone


def _drop_rows(path: Path, column: str, values: set[str]) -> None:
    table = read_table(path)
    kept = table[~table[column].isin(values)]
    if len(kept) < len(table):
        write_table(path, kept)


def _runs_that_show(results: Path, ids: set[str], receipt: Path) -> list[str]:
    """Return the runs, except the current one, with a manifest that still names an excluded video."""
    own = receipt.resolve().parents[1]
    manifests = (path for path in results.glob("*/resample/*.tsv") if path.resolve().parents[1] != own)
    return sorted({path.parents[1].name for path in manifests if ids & set(read_table(path)["video_id"])})


if __name__ == "__main__":
    run_function(exclude_videos, lock="receipt")

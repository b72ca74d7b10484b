"""The list of videos and labels of a run, one small table per shard."""

import hashlib
import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.cli.program import run_function
from signwild.configuration.sections.dataset import Overlap, Tiers, WildDataset
from signwild.configuration.sections.segments import GroupBy
from signwild.exported.training_videos import check_held_out
from signwild.stages.dataset.authors_files import SourceFile, check_source_files, read_video_list, source_files
from signwild.stages.dataset.authors_labels import FAULT_COLUMNS, read_frame_labels
from signwild.stages.dataset.check_groups import check_groups
from signwild.stages.dataset.find_files import find_youtube_files
from signwild.stages.dataset.labels import SPAN_TABLE_COLUMNS, Labels, labels_of_frames
from signwild.stages.dataset.read_folder import read_folder
from signwild.stages.dataset.selection import select_videos
from signwild.stages.dataset.video_ends import check_ends
from signwild.video.files import hash_files

VIDEO_COLUMNS = ["video_id", "file", "person", "source", "sha256", "bytes", "label_step", "last_label"]

logger = logging.getLogger(__name__)


def prepare_dataset(
    excluded: Path,
    shards: int,
    folds: int,
    group_by: GroupBy,
    hash_cache: Path,
    end_cache: Path,
    output_dir: Path,
    videos_dir: Path | None = None,
    annotations: Path | None = None,
    tiers: Tiers | None = None,
    overlap: Overlap = "refuse",
    wild: WildDataset | None = None,
    starts: Sequence[Path] = (),
) -> None:
    """List a data set's videos and labels, one small table per shard: a folder of videos, or the authors' data set.

    ``excluded``: the table of the videos to leave out. ``annotations``: the labels of a folder of videos. ``wild``: the
    authors' data set, in place of a folder. The rest is described by ``prepare_folder`` and ``prepare_wild``.
    """
    shared = {
        "videos_dir": videos_dir,
        "excluded": set(read_table(excluded)["video_id"]),
        "shards": shards,
        "folds": folds,
        "group_by": group_by,
        "output_dir": output_dir,
        "hash_cache": hash_cache,
        "starts": starts,
    }
    if wild:
        source = source_files(Path(wild.folder), wild.source.list_blob, wild.source.labels_blob)
        manifest = Path(wild.manifest) if wild.manifest else None
        prepare_wild(source, manifest=manifest, max_malformed_share=wild.max_malformed_share, **shared)
    elif not videos_dir or not annotations:
        raise InputError("no data set: give --videos-dir and --annotations, or --wild")
    else:
        prepare_folder(labels=annotations, tiers=tiers or Tiers(), overlap=overlap, end_cache=end_cache, **shared)


def prepare_folder(
    videos_dir: Path,
    labels: Path,
    tiers: Tiers,
    overlap: Overlap,
    excluded: Collection[str],
    shards: int,
    folds: int,
    group_by: GroupBy,
    output_dir: Path,
    hash_cache: Path,
    end_cache: Path,
    starts: Sequence[Path] = (),
) -> None:
    """Write the tables of a folder of videos with a label file or a folder of ELAN files.

    ``tiers``: the tiers that are read from ELAN files. ``overlap``: what becomes of moments with two classes. A
    labelled video without a readable file is a row with empty ``sha256`` and ``bytes``; a file without labels is left
    out. ``folds`` is the number of groups that each class must have, ``group_by`` the kind of group. ``starts``:
    folders of the detectors that trainings start from; they must not have learned from these videos.
    """
    folder = read_folder(videos_dir, labels, tiers, overlap, excluded)
    read, files = folder.labels, folder.files
    check_groups(labels, read, folder.usable_ids, folds, group_by, folder.notes())
    for note in folder.notes():
        logger.warning("%s", note.text())
    hashes = hash_files([files[video_id] for video_id in folder.sizes], hash_cache)
    # Labels by frame refer to the frames of these very files, so no alignment is needed.
    videos = _video_table(read, files, hashes).assign(label_step="", last_label="")
    _check_held_out(videos, starts)
    check_ends(labels, read.spans, files, hashes, end_cache)
    _write_tables(output_dir, shards, videos, read.spans, folder.left_out, pd.DataFrame(columns=FAULT_COLUMNS))


def prepare_wild(
    source: list[SourceFile],
    videos_dir: Path | None,
    manifest: Path | None,
    excluded: Collection[str],
    max_malformed_share: float,
    shards: int,
    folds: int,
    group_by: GroupBy,
    output_dir: Path,
    hash_cache: Path,
    starts: Sequence[Path] = (),
) -> None:
    """Write the tables of the authors' data set: its listed videos with their labels.

    ``source``: the list of videos and the labels. A video without a file in ``videos_dir`` is a row with empty
    ``file``, ``sha256`` and ``bytes``: it is still to be fetched. ``manifest``: a published manifest that the run is
    restricted to. A larger share of faulty label rows than ``max_malformed_share`` is refused; otherwise faulty rows
    are listed with their lines.
    """
    check_source_files(source)
    video_list, labels = (file.path for file in source)
    rows = read_frame_labels(labels, cache=labels.with_suffix(".parquet")).sorted()
    rows.check_share(labels, max_malformed_share)
    listed = read_video_list(video_list)
    read, left_out = select_videos(labels_of_frames(labels, rows), excluded, listed, manifest)
    check_groups(labels, read, read.videos["video_id"], folds, group_by)
    files = find_youtube_files(videos_dir, read.videos["video_id"]) if videos_dir else {}
    print(f"{len(read.videos):,} videos, {len(files):,} of them are there already", flush=True)
    videos = _video_table(read, files, hash_files(list(files.values()), hash_cache))
    _check_held_out(videos, starts)
    _write_tables(output_dir, shards, videos, read.spans, left_out, rows.faults)


def _check_held_out(videos: pd.DataFrame, starts: Sequence[Path]) -> None:
    there = videos[videos["sha256"] != ""]
    check_held_out(there, there["video_id"], starts)


def _write_tables(
    output_dir: Path,
    shards: int,
    videos: pd.DataFrame,
    spans: pd.DataFrame,
    left_out: pd.DataFrame,
    faults: pd.DataFrame,
) -> None:
    """Write ``{shard}.tsv`` and ``{shard}.labels.tsv`` for every shard, empty ones too, and what was left out."""
    for table, suffix in ((videos, ".tsv"), (spans[SPAN_TABLE_COLUMNS], ".labels.tsv")):
        shard = table["video_id"].map(lambda video_id: shard_of(video_id, shards))
        for name in shard_names(shards):
            write_table(output_dir / f"{name}{suffix}", table[shard == name])
    write_table(output_dir / "left_out.tsv", left_out)
    write_table(output_dir / "malformed_labels.tsv", faults)


def shard_names(shards: int) -> list[str]:
    """Return the names of all shards: numbers from 0, padded to one width."""
    return [str(number).zfill(len(str(shards - 1))) for number in range(shards)]


def shard_of(video_id: str, shards: int) -> str:
    """Return the name of a video's shard, which does not depend on the other videos."""
    digest = hashlib.sha256(video_id.encode("utf-8")).hexdigest()
    return shard_names(shards)[int(digest[:8], 16) % shards]


def _video_table(read: Labels, files: dict[str, Path], hashes: dict[Path, tuple[str, int]]) -> pd.DataFrame:
    rows = []
    for video in read.videos.itertuples():
        path = files.get(video.video_id, "")
        sha256, size = hashes.get(path, ("", ""))
        given = video.person, video.source
        rows.append((video.video_id, str(path), *given, sha256, str(size), str(video.step), str(video.last)))
    return pd.DataFrame(rows, columns=VIDEO_COLUMNS)


if __name__ == "__main__":
    run_function(prepare_dataset, lock="output_dir")

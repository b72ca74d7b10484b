"""A folder of videos with labels: what is known of it before a video is read."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.notes import Note
from signwild.base.text import suggestion
from signwild.configuration.sections.dataset import Overlap, Tiers
from signwild.configuration.sections.segments import GroupBy
from signwild.stages.dataset.check_groups import check_groups
from signwild.stages.dataset.elan_reader import is_elan, read_eaf_labels
from signwild.stages.dataset.find_files import OF_ELAN, find_files
from signwild.stages.dataset.labels import Labels, read_labels
from signwild.stages.dataset.names_on_disk import NamesOnDisk
from signwild.stages.dataset.selection import select_videos
from signwild.video.files import file_size, files_under


@dataclass(frozen=True)
class FolderListing:
    """A folder's labelled videos.

    ``labels``: those of the videos that a run uses. ``left_out``: the others (video_id, status, reason). ``files``:
    the path of each video, whether it exists or not. ``there``: the videos whose file exists. ``notes``: what a user
    should know of.
    """

    labels: Labels
    left_out: pd.DataFrame
    files: dict[str, Path]
    there: list[str]
    notes: list[Note]


def list_folder(
    videos_dir: Path,
    labels: Path,
    tiers: Tiers,
    overlap: Overlap,
    excluded: Collection[str],
    folds: int,
    group_by: GroupBy,
) -> FolderListing:
    """List the labelled videos of a folder, without reading any; parameters as of ``prepare_folder``.

    Raises InputError for faulty labels, for names that several videos or files share, if no video has a file, and if a
    class has too few groups.
    """
    if not videos_dir.is_dir():
        raise InputError(f"{videos_dir}: no such folder of videos; check `dataset.videos_dir`")
    given = read_eaf_labels(labels, videos_dir, tiers, overlap) if is_elan(labels) else read_labels(labels, overlap)
    read, left_out = select_videos(given, excluded, None, None)
    files = find_files(videos_dir, read)
    sizes = {video_id: size for video_id, path in files.items() if (size := file_size(path)) is not None}
    if not sizes:
        raise _no_files(videos_dir, labels, files)
    check_groups(labels, read, [video_id for video_id, size in sizes.items() if size], folds, group_by)
    notes = [*read.notes, *_differences(videos_dir, labels, files, sizes.keys())]
    return FolderListing(read, left_out, files, list(sizes), notes)


def _no_files(videos_dir: Path, labels: Path, files: dict[str, Path]) -> InputError:
    sought = next(iter(files.values()))
    hint = suggestion(sought.name, (path.name for path in files_under(videos_dir)))
    return InputError(
        f"{labels}: none of its {len(files)} videos has a readable file; the first would be {sought}{hint}; "
        "check `dataset.videos_dir`, and the names in the labels"
    )


def _differences(videos_dir: Path, labels: Path, files: dict[str, Path], there: Collection[str]) -> list[Note]:
    """Return which videos have no file and which files have no labels."""
    used = {os.path.realpath(path) for path in (*files.values(), labels)}
    others = (path for path in files_under(videos_dir) if not OF_ELAN.fullmatch(path.name))
    unlabelled = sorted(str(path) for path in others if os.path.realpath(path) not in used)
    disk = NamesOnDisk()
    missing = []
    for video_id in sorted(files.keys() - set(there)):
        like = disk.in_other_case(files[video_id])
        hint = f" ({like} differs in capital and small letters; write its name exactly)" if like else ""
        missing.append(f"{video_id}{hint}")
    notes = [Note("videos have labels but no file", missing), Note("files have no labels: ignored", unlabelled)]
    return [note for note in notes if note.names]

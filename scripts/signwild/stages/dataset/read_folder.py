"""A folder of videos with its labels: which videos have labels and a file, and which files have no labels."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.notes import Note
from signwild.base.text import suggestion
from signwild.configuration.sections.dataset import Overlap, Tiers
from signwild.stages.dataset.elan_reader import is_elan, read_eaf_labels
from signwild.stages.dataset.find_files import OF_ELAN, find_files
from signwild.stages.dataset.labels import Labels, read_labels
from signwild.stages.dataset.names_on_disk import NamesOnDisk
from signwild.stages.dataset.selection import select_videos
from signwild.video.files import file_size, files_under


@dataclass(frozen=True)
class LabelledFolder:
    """The labelled videos of a folder, without the excluded ones.

    ``left_out``: the excluded videos, with columns video_id, status and reason. ``files``: the path of every video,
    whether it exists or not. ``sizes``: bytes of those that exist. ``unlabelled``: files that no label is about.
    """

    labels: Labels
    left_out: pd.DataFrame
    files: dict[str, Path]
    sizes: dict[str, int]
    unlabelled: list[Path]

    @property
    def usable_ids(self) -> list[str]:
        """Ids of the videos whose file has any bytes."""
        return [video_id for video_id, size in self.sizes.items() if size]

    def notes(self) -> list[Note]:
        """Return what a user should know of: what the labels leave out, missing files and files without labels."""
        disk, missing = NamesOnDisk(), []
        for video_id in sorted(self.files.keys() - self.sizes.keys()):
            like = disk.in_other_case(self.files[video_id])
            wanted = f"{like} differs in capital and small letters; write its name exactly" if like else ""
            missing.append(f"{video_id} ({wanted or self.files[video_id]})")
        notes = [
            *self.labels.notes,
            Note("videos with labels but no file", missing),
            Note("files without labels, ignored", sorted(map(str, self.unlabelled))),
        ]
        return [note for note in notes if note.names]


def read_folder(
    videos_dir: Path, labels: Path, tiers: Tiers, overlap: Overlap, excluded: Collection[str]
) -> LabelledFolder:
    """Read a label file, or ELAN's files, and find the videos' files, without reading any video.

    ``tiers``: those that are read from ELAN's files. ``overlap``: what becomes of moments with two classes. Raises
    InputError if the folder does not exist, the labels are faulty, or no labelled video has a file.
    """
    if not videos_dir.is_dir():
        raise InputError(f"{videos_dir}: no such folder of videos; check `dataset.videos_dir`")
    given = read_eaf_labels(labels, videos_dir, tiers, overlap) if is_elan(labels) else read_labels(labels, overlap)
    read, left_out = select_videos(given, excluded, None, None)
    files = find_files(videos_dir, read)
    sizes = {video_id: size for video_id, path in files.items() if (size := file_size(path)) is not None}
    if not sizes:
        raise _no_files(videos_dir, labels, files)
    used = {os.path.realpath(path) for path in (*files.values(), labels)}
    others = (path for path in files_under(videos_dir) if not OF_ELAN.fullmatch(path.name))
    unlabelled = sorted(path for path in others if os.path.realpath(path) not in used)
    return LabelledFolder(read, left_out, files, sizes, unlabelled)


def _no_files(videos_dir: Path, labels: Path, files: dict[str, Path]) -> InputError:
    sought = next(iter(files.values()))
    hint = suggestion(sought.name, (path.name for path in files_under(videos_dir)))
    return InputError(
        f"{labels}: none of its {len(files)} videos has a readable file; the first would be {sought}{hint}; "
        "check `dataset.videos_dir`, and the names in the labels"
    )

"""Lookup of the files of labelled videos."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from signwild.base.errors import InputError
from signwild.stages.dataset.authors_files import YOUTUBE_ID
from signwild.stages.dataset.labels import Labels
from signwild.stages.dataset.names_on_disk import ANY_SUFFIX, NamesOnDisk, composed
from signwild.video.files import VIDEO_SUFFIXES, files_under

NAMED_BY_DOWNLOADER = (re.compile(rf"\[({YOUTUBE_ID})\]$"), re.compile(rf"-({YOUTUBE_ID})$"))
"""File names that yt-dlp and the older youtube-dl give: the title, then the id, in brackets or after a hyphen."""

OF_ELAN = re.compile(r".*\.(eaf(\.\d+)?|pfsx)", re.IGNORECASE)
"""Names of the files that ELAN writes beside a video: annotations, their backups, and its window settings."""


def find_files(videos_dir: Path, read: Labels) -> dict[str, Path]:
    """Return the path of every labelled video's file, whether it exists or not; two videos never share one."""
    stems: dict[str, list[Path]] = {}
    for path in sorted(videos_dir.iterdir()):
        if path.is_file() and not OF_ELAN.fullmatch(path.name):
            stems.setdefault(composed(path.stem), []).append(path)
    disk = NamesOnDisk()
    files: dict[str, Path] = {}
    owners: dict[str, tuple[str, str]] = {}
    for video_id, file, place in read.videos[["video_id", "file", "place"]].itertuples(index=False):
        if file:
            path = disk.actual(_named_file(videos_dir, file, place))
        else:
            path = _stem_file(videos_dir, video_id, stems, place)
        other, other_place = owners.setdefault(os.path.realpath(path), (video_id, place))
        if other != video_id:
            raise InputError(
                f'{place}: videos "{other}" ({other_place}) and "{video_id}" name one file, {path}; '
                "give each video its own file, or one id"
            )
        files[video_id] = path
    return files


def _named_file(videos_dir: Path, file: str, where: str) -> Path:
    inside = Path(os.path.normpath(file))
    if inside.parts[:1] == (os.pardir,):
        raise InputError(f'{where}: file "{file}" is outside of {videos_dir}; put it there, or give its absolute path')
    return videos_dir / inside


def _stem_file(videos_dir: Path, video_id: str, stems: dict[str, list[Path]], where: str) -> Path:
    """Return the one file with this stem or, if there is none, a pattern that shows what was looked for."""
    found = stems.get(composed(video_id), [])
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f'{where}: several files in {videos_dir} are named "{video_id}": {names}; keep one of them')
    return found[0] if found else videos_dir / f"{video_id}{ANY_SUFFIX}"


def find_youtube_files(videos_dir: Path, video_ids: Iterable[str]) -> dict[str, Path]:
    """Return the files of these YouTube videos in or below ``videos_dir``, named by their id or by a downloader."""
    wanted, found = set(video_ids), {}
    for path in sorted(files_under(videos_dir)):
        named = [path.stem, *(match[1] for form in NAMED_BY_DOWNLOADER if (match := form.search(path.stem)))]
        video_id = next((name for name in named if name in wanted), None)
        if video_id is not None and path.suffix.lower() in VIDEO_SUFFIXES:
            if video_id in found:
                raise InputError(f'{path}: video "{video_id}" has another file, {found[video_id]}; keep one of them')
            found[video_id] = path
    return found

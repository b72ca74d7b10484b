"""Video files: listing them, hashing their bytes, and finding the videos that names and patterns mean."""

import glob
import hashlib
import logging
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table

CACHE_COLUMNS = ["file", "bytes", "mtime_ns", "sha256"]
HASH_THREADS = 4
"""Concurrent readers: enough to keep a disk or network share busy, few enough to share it."""


VIDEO_SUFFIXES = {
    *(".mp4", ".m4v", ".webm", ".mkv", ".mov", ".avi", ".flv", ".3gp", ".ts"),
    *(".ogv", ".mpg", ".mpeg", ".mts", ".m2ts", ".wmv", ".vob", ".mxf", ".dv"),
    *(".mod", ".tod", ".asf", ".3g2", ".f4v", ".ogm", ".divx", ".m2v", ".mpe"),
    *(".m2t", ".qt", ".rm", ".vro", ".wtv", ".dvr-ms"),
}
"""Suffixes of videos; pictures, subtitles and annotations stored beside them have others."""

NOT_VIDEOS = "files not known as videos by their suffix, ignored"


logger = logging.getLogger(__name__)


def listing_fingerprint(videos_dir: Path) -> str:
    """Return a sha256 over path, size and mtime of the files under ``videos_dir``, without reading them.

    It changes when files are added, removed, replaced or changed; a missing folder counts as empty.
    """
    entries = []
    for path in files_under(videos_dir):
        try:
            status = path.stat()
        except OSError:  # a broken link, or a file removed since the folder was listed
            continue
        entries.append((os.fsencode(path.relative_to(videos_dir)), status.st_size, status.st_mtime_ns))
    digest = hashlib.sha256()
    for name, size, mtime_ns in sorted(entries):
        digest.update(b"%s\0%d\0%d\0" % (name, size, mtime_ns))
    return digest.hexdigest()


def hash_files(paths: list[Path], hash_cache: Path) -> dict[Path, tuple[str, int]]:
    """Return the sha256 and size in bytes of every readable file in ``paths``.

    ``hash_cache`` remembers them by absolute path (links followed), size and mtime, so an unchanged file is not read
    again.
    """
    cache = _read_cache(hash_cache)
    known = dict(cache)
    with ThreadPoolExecutor(HASH_THREADS) as pool:
        entries = pool.map(lambda path: _entry(path, cache), paths)
        hashes = {}
        for path, entry in zip(paths, entries, strict=True):
            if entry:
                known[os.path.realpath(path)] = entry
                hashes[path] = (entry[2], entry[0])
    if known != cache:
        rows = [(file, *entry) for file, entry in sorted(known.items())]
        write_table(hash_cache, pd.DataFrame(rows, columns=CACHE_COLUMNS))
    return hashes


def _entry(path: Path, cache: dict[str, tuple[int, int, str]]) -> tuple[int, int, str] | None:
    """Return size, mtime_ns and sha256 of a file, from the cache if unchanged; None if it cannot be read."""
    try:
        # Taken before reading: a file that changes meanwhile has a different mtime next time.
        status = path.stat()
        remembered = cache.get(os.path.realpath(path))
        if remembered and remembered[:2] == (status.st_size, status.st_mtime_ns):
            return remembered
        with path.open("rb") as stream:
            return status.st_size, status.st_mtime_ns, hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        logger.warning("%s: cannot be read (%s); treated as missing", path, error.strerror)
        return None


def _read_cache(hash_cache: Path) -> dict[str, tuple[int, int, str]]:
    """Return size, mtime_ns and sha256 by absolute path; empty if the cache is absent or damaged."""
    if not hash_cache.exists():
        return {}
    try:
        table = read_table(hash_cache, {"bytes": int, "mtime_ns": int})
        if list(table) != CACHE_COLUMNS or not all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in table["sha256"]):
            raise ValueError("unexpected columns or hashes")
    except (ValueError, KeyError) as error:
        logger.warning("%s: damaged (%s); every video is read again", hash_cache, error)
        return {}
    return {file: (size, mtime_ns, sha256) for file, size, mtime_ns, sha256 in table.itertuples(index=False)}


def files_under(folder: Path) -> Iterator[Path]:
    """Yield the files in ``folder`` and below, also through linked folders, but each folder once."""
    seen = set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders.sort()
        if (real := os.path.realpath(parent)) in seen:
            folders.clear()
            continue
        seen.add(real)
        yield from (Path(parent) / name for name in names)


def is_address(text: str) -> bool:
    """Return whether a text is an address of the web, by its beginning."""
    return text.lower().startswith(("http://", "https://"))


def named_videos(names: Iterable[str]) -> list[Path]:
    """Return the videos that files, folders and patterns such as ``in/*.mp4`` name, each once, sorted within a name.

    A folder stands for the files in it and below that have a video suffix. Raises InputError for a name without any.
    """
    found: dict[str, Path] = {}
    for name in names:
        # Brackets may be part of a file's name. Path.glob takes no absolute pattern.
        paths = [name] if Path(name).exists() else glob.glob(name, recursive=True)  # noqa: PTH207
        videos = sorted(video for path in paths for video in _videos_at(Path(path)))
        if not videos:
            if is_address(name):
                raise InputError(f"{name}: is an address; give it as --url {name} to scripts/detect_signing.py")
            raise InputError(f"{name}: there is no video; name files, folders that contain some, or a pattern of these")
        for video in videos:
            found.setdefault(os.path.normpath(video.absolute()), video)
    return list(found.values())


def _videos_at(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return [file for file in files_under(path) if is_shown_video(file)]


def is_shown_video(path: Path) -> bool:
    """Return whether a file has a video suffix and is not hidden."""
    return _is_shown(path) and path.suffix.lower() in VIDEO_SUFFIXES


def other_files(names: Iterable[str]) -> list[str]:
    """Return the files in folders of ``names``, and below, that have no video suffix, sorted and each once."""
    folders = (Path(name) for name in names if Path(name).is_dir())
    files = (file for folder in folders for file in files_under(folder) if _is_shown(file))
    return sorted({str(file) for file in files if not is_shown_video(file)})


def _is_shown(path: Path) -> bool:
    # On foreign disks, Macs put a hidden file beside each file that they write.
    return not path.name.startswith(".")


def file_size(path: Path) -> int | None:
    """Return the size of a file in bytes, or None if there is no such file."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:  # for example, the name is too long
        return None

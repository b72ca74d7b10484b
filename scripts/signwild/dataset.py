"""The list of videos and labels of a run, one small table per shard."""

import hashlib
import logging
import os
import re
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from signwild.errors import InputError
from signwild.files import read_table, write_table
from signwild.label_text import suggestion
from signwild.labels import Labels, read_labels
from signwild.vocabulary import CLASSES

VIDEO_COLUMNS = ["video_id", "file", "group", "sha256", "bytes"]
CACHE_COLUMNS = ["file", "bytes", "mtime_ns", "sha256"]
HASH_THREADS = 4
"""Readers at once: enough to keep a disk or network share busy, few enough to share it."""

logger = logging.getLogger(__name__)


def prepare_dataset(
    videos_dir: Path, labels: Path, shards: int, folds: int, output_dir: Path, hash_cache: Path
) -> None:
    """Write ``{shard}.tsv`` and ``{shard}.labels.tsv`` into ``output_dir`` for every shard, empty ones too.

    A labelled video without a readable file is a row with empty ``sha256`` and ``bytes``; a file without labels is
    left out. ``folds`` is how many groups (persons, or videos without one) each class must have.
    """
    if not videos_dir.is_dir():
        raise InputError(f"{videos_dir}: no such folder of videos; check `dataset.videos_dir`")
    read = read_labels(labels)
    files = _find_files(videos_dir, labels, read)
    sizes = {video_id: size for video_id, path in files.items() if (size := _size(path)) is not None}
    if not sizes:
        raise _no_files(videos_dir, labels, files)
    _check_groups(labels, read, sizes, folds)
    _log_differences(videos_dir, labels, files, sizes)
    hashes = hash_files([files[video_id] for video_id in sizes], hash_cache)
    for table, suffix in ((_video_table(read, files, hashes), ".tsv"), (read.spans, ".labels.tsv")):
        shard = table["video_id"].map(lambda video_id: shard_of(video_id, shards))
        for name in shard_names(shards):
            write_table(output_dir / f"{name}{suffix}", table[shard == name])


def shard_names(shards: int) -> list[str]:
    """Return the names of all shards: numbers from 0, padded to one width."""
    return [str(number).zfill(len(str(shards - 1))) for number in range(shards)]


def shard_of(video_id: str, shards: int) -> str:
    """Return the name of the shard that a video is in, whatever other videos there are."""
    digest = hashlib.sha256(video_id.encode("utf-8")).hexdigest()
    return shard_names(shards)[int(digest[:8], 16) % shards]


def listing_fingerprint(videos_dir: Path) -> str:
    """Return a sha256 over path, size and mtime of the files under ``videos_dir``, without reading them.

    It tells files added, removed, replaced or changed; a missing folder is like an empty one.
    """
    entries = []
    for path in _files_under(videos_dir):
        try:
            status = path.stat()
        except OSError:  # a link to nothing, or a file removed since the folder was listed
            continue
        entries.append((os.fsencode(path.relative_to(videos_dir)), status.st_size, status.st_mtime_ns))
    digest = hashlib.sha256()
    for name, size, mtime_ns in sorted(entries):
        digest.update(b"%s\0%d\0%d\0" % (name, size, mtime_ns))
    return digest.hexdigest()


def hash_files(paths: list[Path], hash_cache: Path) -> dict[Path, tuple[str, int]]:
    """Return the sha256 and size in bytes of every readable file in ``paths``.

    ``hash_cache`` remembers them by absolute path (links followed), size and mtime, so that an unchanged file is not
    read again.
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
        # Taken before reading: a file that changes meanwhile has another mtime the next time.
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
    """Return size, mtime_ns and sha256 by absolute path; nothing where the cache is absent or damaged."""
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


def _files_under(folder: Path) -> Iterator[Path]:
    """Yield the files in ``folder`` and below, through linked folders too, but each folder once."""
    seen = set()
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders.sort()
        if (real := os.path.realpath(parent)) in seen:
            folders.clear()
            continue
        seen.add(real)
        yield from (Path(parent) / name for name in names)


def _find_files(videos_dir: Path, labels: Path, read: Labels) -> dict[str, Path]:
    """Return the path of every labelled video's file, there or not; two videos never share one."""
    stems: dict[str, list[Path]] = {}
    for path in sorted(videos_dir.iterdir()):
        if path.is_file():
            stems.setdefault(unicodedata.normalize("NFC", path.stem), []).append(path)
    files: dict[str, Path] = {}
    owners: dict[str, tuple[str, int]] = {}
    for video_id, file, line in read.videos[["video_id", "file", "line"]].itertuples(index=False):
        where = f"{labels}:{line}"
        path = _named_file(videos_dir, file, where) if file else _stem_file(videos_dir, video_id, stems, where)
        other, other_line = owners.setdefault(os.path.realpath(path), (video_id, line))
        if other != video_id:
            raise InputError(
                f'{where}: videos "{other}" (line {other_line}) and "{video_id}" name one file, {path}; '
                "give each video its own file, or one id"
            )
        files[video_id] = path
    return files


def _named_file(videos_dir: Path, file: str, where: str) -> Path:
    inside = Path(os.path.normpath(file))
    if inside.parts[:1] == (os.pardir,):
        raise InputError(f'{where}: file "{file}" leaves {videos_dir}; put it there, or give its absolute path')
    return videos_dir / inside


def _stem_file(videos_dir: Path, video_id: str, stems: dict[str, list[Path]], where: str) -> Path:
    """Return the one file of this stem; where there is none, a pattern that says what was looked for."""
    found = stems.get(unicodedata.normalize("NFC", video_id), [])
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InputError(f'{where}: several files in {videos_dir} are named "{video_id}": {names}; keep one of them')
    return found[0] if found else videos_dir / f"{video_id}.*"


def _size(path: Path) -> int | None:
    """Return the bytes of a file, None where there is none."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:  # such as a name that is too long
        return None


def _no_files(videos_dir: Path, labels: Path, files: dict[str, Path]) -> InputError:
    sought = next(iter(files.values()))
    hint = suggestion(sought.name, (path.name for path in _files_under(videos_dir)))
    return InputError(
        f"{labels}: none of its {len(files)} videos has a readable file; the first would be {sought}{hint}; "
        "check `dataset.videos_dir`, and the names in the labels"
    )


def _check_groups(labels: Path, read: Labels, sizes: dict[str, int], folds: int) -> None:
    """Refuse data that cannot fill the folds: every class needs as many groups as there are folds."""
    usable = read.videos[[sizes.get(video_id, 0) > 0 for video_id in read.videos["video_id"]]]
    groups = read.spans.merge(usable, on="video_id").groupby("label")["group"].nunique()
    counts = {name: int(groups.get(name, 0)) for name in CLASSES}
    scarcest = min(counts, key=counts.__getitem__)
    if counts[scarcest] < folds:
        groups_found = ", ".join(f"{name} {count}" for name, count in counts.items())
        lower = f", or set `segments.folds` to at most {counts[scarcest]}" if counts[scarcest] > 1 else ""
        raise InputError(
            f"{labels}: too few groups of class {scarcest}: `segments.folds` is {folds}, and every fold needs one "
            f"(groups with a usable file: {groups_found}; a group is a person, or a video without one); "
            f"add videos of class {scarcest}{lower}"
        )


def _log_differences(videos_dir: Path, labels: Path, files: dict[str, Path], sizes: dict[str, int]) -> None:
    """Say which videos have no file and which files have no labels."""
    used = {os.path.realpath(path) for path in (*files.values(), labels)}
    unlabelled = [str(path) for path in _files_under(videos_dir) if os.path.realpath(path) not in used]
    missing = files.keys() - sizes.keys()
    for names, what in ((missing, "videos have labels but no file"), (unlabelled, "files have no labels: ignored")):
        if names:
            logger.warning("%d %s: %s", len(names), what, ", ".join(sorted(names)))


def _video_table(read: Labels, files: dict[str, Path], hashes: dict[Path, tuple[str, int]]) -> pd.DataFrame:
    rows = []
    for video_id, group in read.videos[["video_id", "group"]].itertuples(index=False):
        path = files[video_id]
        sha256, size = hashes.get(path, ("", ""))
        rows.append((video_id, str(path), group, sha256, str(size)))
    return pd.DataFrame(rows, columns=VIDEO_COLUMNS)

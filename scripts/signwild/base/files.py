"""Files that are written completely or not at all, and the small tables between stages."""

import errno
import glob
import hashlib
import os
import platform
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import pandas as pd

SILENCE_S = 24 * 3600
"""Seconds without a write after which a writer on another machine is considered dead."""

LONGEST_NAME = 255
"""Bytes of a file's name, at most, on all common file systems."""

LONGEST_SUFFIX = 32
"""Bytes of a suffix that a temporary name keeps."""

DIGEST_LENGTH = 12
"""Digits of a name's digest."""

_approval: ContextVar[Callable[[], None]] = ContextVar("approval", default=lambda: None)


@contextmanager
def approved_by(approve: Callable[[], None]) -> Iterator[None]:
    """Call ``approve`` before a file of ``written_whole`` is moved into place; if it raises, the file is not moved."""
    token = _approval.set(approve)
    try:
        yield
    finally:
        _approval.reset(token)


@contextmanager
def written_whole(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it replaces ``path``, synced to disk.

    After an error, or a kill at any moment, ``path`` is unchanged. The temporary name has a digest in place of the
    stem, which may be as long as a name can be. It keeps the suffix, since some writers choose the format by it, unless
    that is as long as no suffix is. Temporary files that a killed writer of the same path left on this machine are
    removed. A full disk raises OSError with ENOSPC that names ``path``, whatever error the writer raises.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= LONGEST_SUFFIX else ""
    stem = f".writing-{name_digest(path.name)}@{platform.node()}-"
    for leftover in path.parent.glob(f"{glob.escape(stem)}*{glob.escape(suffix)}"):
        if is_left_behind(leftover):
            leftover.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{stem}{os.getpid()}-", suffix=suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    temporary.chmod(0o666 & ~_umask())
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        _approval.get()()
        temporary.replace(path)
    except Exception as error:
        if is_full_disk(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def is_short_enough(name: str) -> bool:
    """Return whether a file can have this name."""
    return len(os.fsencode(name)) <= LONGEST_NAME


def name_digest(name: str) -> str:
    """Return a digest of a file's name, the same every time, for names that are made from it."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:DIGEST_LENGTH]


def is_full_disk(error: BaseException | None) -> bool:
    """Return whether an error was caused by a full disk or quota; HDF5 and sqlite report it in their own ways."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(words in str(error) for words in (os.strerror(errno.ENOSPC), "database or disk is full")):
            return True
        seen.append(error)
        error = error.__cause__ or error.__context__
    return False


def write_text(path: Path | str, text: str) -> None:
    """Write ``text`` as UTF-8, completely or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_table(path: Path | str, table: pd.DataFrame) -> None:
    """Write a tab-separated table without its index, completely or not at all."""
    with written_whole(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, lineterminator="\n")


def read_table(path: Path | str, numbers: dict[str, type] | None = None) -> pd.DataFrame:
    """Read a tab-separated table; every column is text except for those named in ``numbers``.

    Text is kept unchanged: a video id may be ``NA``, ``007`` or look empty.
    """
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    return table.astype(numbers or {})


def read_tables(paths: list[Path], numbers: dict[str, type] | None = None) -> pd.DataFrame:
    """Read the tables of several shards as one, in the order given."""
    return pd.concat([read_table(path, numbers) for path in paths], ignore_index=True)


def is_left_behind(path: Path) -> bool:
    """Return whether a file is a temporary file of ``written_whole`` whose process is dead.

    A process of this machine is looked up. A process of another machine, such as a cluster's, is considered dead if
    the file has not been written to for a day.
    """
    match = re.fullmatch(r"\.writing-.*@(.+)-(\d+)-[^-]+", path.name)
    if match is None:
        return False
    if match[1] == platform.node():
        return not _is_alive(int(match[2]))
    try:
        return time.time() - path.stat().st_mtime > SILENCE_S
    except FileNotFoundError:  # just renamed into its place
        return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

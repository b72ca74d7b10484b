"""Locks beside files that are being made, so that two processes do not make the same one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from signwild.base.file_locks import NO_LOCKS
from signwild.base.files import is_short_enough, name_digest

POLL_S = 0.5
"""Seconds between two tries for a lock that another process holds."""


def lock_path(path: Path) -> Path:
    """Return the file that is locked while ``path`` is written: beside it, named after it as far as its name allows."""
    name = f".{path.name}.lock"
    return path.parent / (name if is_short_enough(name) else f".{name_digest(path.name)}.lock")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path``, after waiting for who holds it; go on without where the file system has no locks."""
    with claimed(path) as is_held:
        if is_held:
            yield
            return
    print(f"waiting for another process that is writing {path}", file=sys.stderr)
    with claimed(path, wait=True):
        yield


@contextmanager
def claimed(path: Path, wait: bool = False) -> Iterator[bool]:
    """Hold the lock of ``path`` if nobody else does, or after waiting; yield whether it is held.

    Where the file system has no locks it counts as held: complete files are renamed into place, so two writers waste
    time but spoil nothing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A soft lock would outlive a killed job, and other jobs would wait for it forever.
    lock = FileLock(lock_path(path), fallback_to_soft=False)
    is_held = True
    try:
        lock.acquire(blocking=wait, poll_interval=POLL_S)
    except Timeout:
        is_held = False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        print(f"{path.parent}: this file system has no locks ({error}); going on without", file=sys.stderr)
    try:
        yield is_held
    finally:
        lock.release()

"""The lock of a working folder: one process at a time sets up, runs or cleans there.

Only the standard library is imported, because the environment is set up under this lock.
"""

import fcntl
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from signwild.base.errors import InputError
from signwild.base.file_locks import NO_LOCKS

LOCK = Path(".snakemake/make.lock")
"""The lock's file. While a run goes on, and after it was killed, it contains a note: see ``Note``."""

WAIT_S = 5.0
"""A process that was killed may take a moment to be gone."""

IN_USE = "a run or a set-up is going on in this folder: wait until it has ended"


@dataclass(frozen=True)
class Note:
    """What the lock's file says of a run that goes on or was killed.

    ``host``: the machine that it was started on. ``process``: the launcher's id, or 0. ``profile``: the cluster's, or
    empty for a run on this machine.
    """

    host: str
    process: int
    profile: str

    @property
    def is_alive(self) -> bool:
        """Whether the launcher is still there, on this machine."""
        if self.host != platform.node() or not self.process:
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def read_note() -> Note | None:
    """Return the note in the lock's file, if there is one."""
    try:
        words = LOCK.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return None
    if not words:
        return None
    host, *rest = words
    process = int(rest.pop(0)) if rest and rest[0].isdigit() else 0
    return Note(host, process, " ".join(rest))


def write_note(note: Note | None) -> None:
    """Write a note into the lock's file, or remove the one that is there."""
    LOCK.write_text(f"{note.host} {note.process} {note.profile}".rstrip() + "\n" if note else "", encoding="utf-8")


@contextmanager
def folder_lock(wait_s: float = WAIT_S) -> Iterator[TextIO]:
    """Hold the lock of the working folder, and yield its open file; raises InputError if another process holds it.

    The lock lasts until the block ends in this process and in all processes that it forked. Programs that they start
    do not inherit it: jobs of a killed run do not keep the next one from starting.
    """
    try:
        LOCK.parent.mkdir(exist_ok=True)
        file = LOCK.open("a", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{LOCK}: cannot be written ({error.strerror}); give this folder write permission") from None
    with file:
        _acquire(file, wait_s)
        yield file


def _acquire(file: TextIO, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            if time.monotonic() > until:
                raise InputError(IN_USE) from None
            time.sleep(0.1)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise InputError(f"{LOCK}: cannot be locked ({error.strerror})") from None
            _go_on_without(error)
            return
        else:
            return


def _go_on_without(error: OSError) -> None:
    """Report that the file system has no locks; raises InputError if the note is of a process that is still there."""
    note = read_note()
    if note and note.is_alive and note.process != os.getpid():
        raise InputError(f"{IN_USE} (process {note.process})") from None
    print(f"{LOCK.parent}: this file system has no locks ({error}); going on without", file=sys.stderr)


def become_program(lock: TextIO, command: list[str]) -> None:
    """Replace this process by another program, which then holds the lock until it ends; does not return."""
    os.set_inheritable(lock.fileno(), True)
    sys.stdout.flush()
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise InputError(f"{command[0]}: cannot be started: {os.strerror(error.errno)}") from None


def is_held() -> bool:
    """Return whether another process holds the lock of the working folder."""
    try:
        with LOCK.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        note = read_note()
        return error.errno in NO_LOCKS and note is not None and note.is_alive
    return False

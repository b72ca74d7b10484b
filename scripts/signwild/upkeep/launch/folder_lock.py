"""The lock of a working folder: one process at a time sets up, runs or cleans there.

Only the standard library is imported, because the environment is set up under this lock.
"""

import errno
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from signwild.base.errors import InputError

LOCK = Path(".snakemake/make.lock")
"""The lock's file. While a run goes on, and after it was killed, it holds a note of where: see ``killed_run``."""

WAIT_S = 5.0
"""A process that was killed may take a moment to be gone."""

NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
"""Errors of file systems that do not support locks, such as some on clusters."""


@contextmanager
def folder_lock(wait_s: float = WAIT_S) -> Iterator[TextIO]:
    """Hold the lock of the working folder, and yield its open file; raises InputError if another process holds it.

    The lock lasts until the block ends in this process and in all processes that it forked. Programs that they start
    do not inherit it: jobs of a killed run do not keep the next one from starting.
    """
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("a", encoding="utf-8") as file:
        _acquire(file, wait_s)
        yield file


def _acquire(file: TextIO, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise InputError("a run or a set-up is going on in this folder: wait until it has ended") from None
            time.sleep(0.1)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            print(
                f"{LOCK.parent.absolute()}: this file system has no locks ({error}); going on without", file=sys.stderr
            )
            return
        else:
            return


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
    except OSError:
        return False
    return False

"""A run that was killed: recognised at the next start, unlocked, and continued; a run that goes on is left alone.

Snakemake's locks in ``.snakemake/locks`` remain after a kill. The file of the folder's lock contains a note with the
machine, and the profile, while a run goes on. Where locks and a note are found at the start, that run was killed; the
note tells a run of another machine, which may still go on, because not every shared disk shares locks.
"""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signwild.base.errors import InputError
from signwild.upkeep.launch.folder_lock import LOCK, Note, is_held, read_note, write_note

SNAKEMAKE_LOCKS = Path(".snakemake/locks")


def is_locked() -> bool:
    """Return whether Snakemake's locks are in the working folder: of a run that goes on, or of one that was killed."""
    return any(SNAKEMAKE_LOCKS.glob("*"))


def find_killed_run(unlock_command: str) -> Note | None:
    """Return the note of the run that was killed in the working folder, if any; for who holds the folder's lock.

    ``unlock_command``: what a user types to remove Snakemake's locks, for the message. Raises InputError if a run of
    another machine, or one that was started without make, may still go on.
    """
    if not is_locked():
        return None
    note = read_note()
    if note is None:
        raise InputError(
            "Snakemake runs in this folder outside make: wait until it has ended\n"
            f"       (if it was killed: {unlock_command})"
        )
    here = platform.node()
    if note.host != here:
        raise InputError(
            f"a run was started on {note.host}: wait until it has ended, or go on there\n"
            f"       (if that machine is gone: echo {here} > {LOCK}, and start again)"
        )
    return note


@contextmanager
def noted_run(profile: str) -> Iterator[None]:
    """Keep a note of this run in the lock's file, until the block ends without leaving locks of Snakemake behind."""
    write_note(Note(platform.node(), os.getpid(), profile))
    try:
        yield
    finally:
        if not is_locked():
            write_note(None)


def is_run_going_on() -> bool:
    """Return whether a run is in progress in the working folder, or may be."""
    return is_locked() and (is_held() or read_note() is None)

"""A run that was killed: recognised at the next start, unlocked, and continued; a run that goes on is left alone.

Snakemake's locks in ``.snakemake/locks`` remain after a kill. The file of the folder's lock holds a note with the
machine, and the profile, while a run goes on. Where locks and a note are found at the start, that run was killed; the
note tells a run of another machine, which may still go on, because not every shared disk shares locks.
"""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from signwild.base.errors import InputError
from signwild.upkeep.launch.folder_lock import LOCK, is_held

SNAKEMAKE_LOCKS = Path(".snakemake/locks")


@dataclass(frozen=True)
class KilledRun:
    """A run that was killed in the working folder. ``profile``: the cluster's, or empty for a run on this machine."""

    profile: str


def is_locked() -> bool:
    """Return whether Snakemake's locks are in the working folder: of a run that goes on, or of one that was killed."""
    return any(SNAKEMAKE_LOCKS.glob("*"))


def find_killed_run(unlock_command: str) -> KilledRun | None:
    """Return the run that was killed in the working folder, if any; for the process that holds the folder's lock.

    ``unlock_command``: what a user types to remove Snakemake's locks, for the message. Raises InputError if a run of
    another machine, or one that was started without make, may still go on.
    """
    if not is_locked():
        return None
    host, _, profile = LOCK.read_text(encoding="utf-8").strip().partition(" ")
    if not host:
        raise InputError(
            "Snakemake runs in this folder outside make: wait until it has ended\n"
            f"       (if it was killed: {unlock_command})"
        )
    here = platform.node()
    if host != here:
        raise InputError(
            f"a run was started on {host}: wait until it has ended, or go on there\n"
            f"       (if that machine is gone: echo {here} > {LOCK}, and start again)"
        )
    return KilledRun(profile)


@contextmanager
def noted_run(profile: str) -> Iterator[None]:
    """Keep a note of this run in the lock's file, until the block ends without leaving locks of Snakemake behind."""
    LOCK.write_text(f"{platform.node()} {profile}\n", encoding="utf-8")
    try:
        yield
    finally:
        if not is_locked():
            LOCK.write_text("", encoding="utf-8")


def is_run_going_on() -> bool:
    """Return whether a run is in progress in the working folder, or may be."""
    if not is_locked():
        return False
    return is_held() or not (LOCK.is_file() and LOCK.read_text(encoding="utf-8").strip())

"""Jobs that a killed run left in Slurm's queue: they would do again, beside the next run's jobs, what that has done."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from signwild.base.errors import InputError

QUEUE = ("squeue", "--me", "--noheader", "--format=%i %k %Z")
"""Lists the user's jobs: id, comment, working folder."""

RULE = "rule_"
"""The comment of a job of Snakemake begins so: its executor names the rule there."""


def cancel_jobs_of(folder: Path) -> list[str]:
    """Cancel the jobs of Snakemake that work in a folder, and return their ids; no other job is touched.

    Raises InputError if Slurm does not answer, or a job cannot be cancelled.
    """
    jobs = _jobs_of(folder)
    try:
        if jobs:
            _ask(["scancel", *jobs])
    except InputError:
        # A job may have ended by itself in between.
        if _jobs_of(folder):
            raise
    return jobs


def _jobs_of(folder: Path) -> list[str]:
    found = [line.split(" ", 2) for line in _ask(QUEUE).splitlines() if line.count(" ") >= 2]
    return [job for job, comment, place in found if comment.startswith(RULE) and place == str(folder.resolve())]


def _ask(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, check=True, text=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise InputError(
            f"{command[0]}: {' '.join(said.split())}; the jobs that the killed run left in Slurm's queue cannot be "
            "cancelled: start again where Slurm answers"
        ) from None

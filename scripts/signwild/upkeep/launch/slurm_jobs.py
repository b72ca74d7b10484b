"""Jobs that a killed run left in Slurm's queue: they would do again, beside the next run's jobs, what that has done."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from signwild.base.errors import InputError

QUEUE = ("squeue", "--me", "--noheader", "--format=%i %j %Z")
"""Lists the user's jobs: id, name, working folder."""

NAMED_BY_SNAKEMAKE = re.compile(r"(?:\S+_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The name of a job of Snakemake: its executor gives all jobs of a run the run's UUID, perhaps after a prefix.

The comment, which names the rule, does not tell: plugins of some sites write their own there.
"""


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
    here = str(folder.resolve())
    return [job for job, name, place in found if NAMED_BY_SNAKEMAKE.fullmatch(name) and place == here]


def _ask(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, check=True, text=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise InputError(
            f"{command[0]}: {' '.join(said.split())}; the jobs that the killed run left in Slurm's queue cannot be "
            "cancelled: start again where Slurm answers"
        ) from None

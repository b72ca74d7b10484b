"""Settings of a cluster's Slurm under which the executor does not see a cancelled job end: found before a run there."""

import re
import shutil
import subprocess
from pathlib import Path

import yaml

INTERVAL = "slurm-init-seconds-before-status-checks"
DEFAULT_INTERVAL_S = 40
"""Option of snakemake-executor-plugin-slurm (2.8.0), and its default."""

INTERVALS_REMEMBERED = 3
"""Where Slurm forgets ended jobs within so many intervals, the executor asks sacct instead of squeue, whatever the
profile says. To sacct a cancelled job is "CANCELLED by 0", which the executor does not take for an end."""


def status_check_note(profile: Path) -> str | None:
    """Return what to change in a cluster's profile, if Slurm forgets ended jobs too early for it.

    ``profile``: the profile.yaml. None if there is nothing to change, or Slurm does not tell.
    """
    age_s = _min_job_age_s()
    interval_s = (yaml.safe_load(profile.read_text(encoding="utf-8")) or {}).get(INTERVAL, DEFAULT_INTERVAL_S)
    if age_s is None or age_s >= INTERVALS_REMEMBERED * interval_s or shutil.which("sacct") is None:
        return None
    enough = age_s // INTERVALS_REMEMBERED
    remedy = f"write `{INTERVAL}: {enough}` into {profile}" if enough else "ask for a larger MinJobAge"
    return (
        f"Slurm forgets jobs {age_s} s after their end (MinJobAge), so a job that is cancelled would be waited for "
        f"without end: {remedy}."
    )


def _min_job_age_s() -> int | None:
    try:
        shown = subprocess.run(["scontrol", "show", "config"], check=True, text=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"^MinJobAge\s*=\s*(\d+)", shown, re.MULTILINE)
    return int(found[1]) if found else None

"""The jobs that Snakemake would run, as a dry run tells them, and the stages that they belong to."""

import fcntl
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from signwild.errors import InputError

ROOT = Path(__file__).resolve().parents[3]

TARGETS = {"all", "dataset", "downloads"}
"""Rules that only name what is wanted."""


@dataclass(frozen=True)
class PlannedJob:
    """A job of a dry run. ``reason``: Snakemake's own words; paths count from the working folder."""

    rule: str
    wildcards: dict[str, str]
    reason: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    benchmark: str


def plan_jobs(configfile: Path, cores: int, *options: str) -> list[PlannedJob]:
    """The jobs that Snakemake would run in the working folder now, in its order; nothing is run, nor locked.

    ``options``: further ones of Snakemake's command line, such as a target. Raises InputError, with what Snakemake
    says, where it cannot plan.
    """
    with tempfile.TemporaryDirectory(prefix="signwild-") as folder:
        planned = Path(folder) / "jobs.jsonl"
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--cores", cores]
        command += ["--workflow-profile", ROOT / "profiles/default", "--dry-run", "--quiet", "all"]
        command += ["--logger", "plan", "--logger-plan-path", planned, "--configfile", configfile]
        done = subprocess.run(
            [str(part) for part in [*command, *options]],
            env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            raise InputError(_complaint(done.stdout, configfile))
        jobs = [_read_job(line) for line in planned.read_text(encoding="utf-8").splitlines()]
    return [job for job in jobs if job.rule not in TARGETS]


def _read_job(line: str) -> PlannedJob:
    job = json.loads(line)
    return PlannedJob(
        rule=job["rule_name"],
        wildcards=job["wildcards"],
        reason=job["reason"],
        inputs=tuple(job["input"]),
        outputs=tuple(job["output"]),
        benchmark=str(job["benchmark"] or ""),
    )


def _complaint(messages: str, configfile: Path) -> str:
    """What Snakemake cannot do; where the rules raised an error of ours, that alone."""
    ours = re.search(r'^error: (.+?)(?=^  File "|\Z)', messages, re.MULTILINE | re.DOTALL)
    if ours:
        return ours[1].strip()
    return f"{configfile}: Snakemake cannot plan this run; mend what it says:\n{messages.strip()}"


def is_run_going_on() -> bool:
    """Whether a run is at work in the working folder.

    Snakemake's locks are still there after a kill. The Makefile holds a lock of its own as long as a run lasts, whose
    file keeps a word if the run was killed.
    """
    if not any(Path(".snakemake/locks").glob("*")):
        return False
    try:
        with Path(".snakemake/make.lock").open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return not file.read().strip()
    except (FileNotFoundError, BlockingIOError):
        return True


def stage_of_rules(root: Path = ROOT) -> dict[str, str]:
    """The stage of each rule, in the workflow's order; a stage is a file in ``rules/`` that the Snakefile includes."""
    included = re.findall(
        r'^include: "rules/(\w+)\.smk"', (root / "Snakefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    stages = {}
    for stage in included:
        text = (root / f"rules/{stage}.smk").read_text(encoding="utf-8")
        stages |= dict.fromkeys(re.findall(r"^(?:rule|use rule \w+ as) (\w+)(?: with)?:", text, re.MULTILINE), stage)
    return stages

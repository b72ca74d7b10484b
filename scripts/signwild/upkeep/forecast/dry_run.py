"""The jobs that Snakemake would run, as a dry run lists them, and the stages that they belong to."""

import csv
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.project import PROJECT
from signwild.upkeep.job_events import logger_options, read_job_events

TARGETS = {"all", "dataset", "downloads"}
"""Rules that only name the wanted files."""


@dataclass(frozen=True)
class PlannedJob:
    """A job of a dry run. ``reason``: in Snakemake's words; paths are relative to the working folder."""

    rule: str
    wildcards: dict[str, str]
    reason: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    benchmark: str


def plan_jobs(configfile: Path, cores: int, *options: str) -> list[PlannedJob]:
    """Return the jobs that Snakemake would run in the working folder now, in its order; nothing is run or locked.

    ``options``: further options of Snakemake's command line, such as a target. Raises InputError, with Snakemake's
    messages, if it cannot plan.
    """
    with tempfile.TemporaryDirectory(prefix="signwild-") as folder:
        planned = Path(folder) / "jobs.jsonl"
        _ask_snakemake(configfile, cores, "--dry-run", "--quiet", "all", *logger_options(planned), last=options)
        jobs = [_planned_job(job) for job in read_job_events(planned).jobs]
    return [job for job in jobs if job.rule not in TARGETS]


def unrecorded_outputs(configfile: Path) -> list[Path]:
    """Return the existing outputs for which Snakemake has no record of how they were made; nothing is run.

    Raises InputError, with Snakemake's messages, if it fails.
    """
    lines = csv.DictReader(_ask_snakemake(configfile, 1, "--summary").splitlines(), delimiter="\t")
    # All rules have a log, which a record names.
    paths = [Path(line["output_file"]) for line in lines if line["log-file(s)"] == "-"]
    return [path for path in paths if path.is_file()]


def _ask_snakemake(configfile: Path, cores: int, *options: object, last: tuple[str, ...] = ()) -> str:
    """Return what Snakemake prints; raises InputError with its messages if it fails."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", PROJECT / "Snakefile", "--cores", cores]
    command += ["--workflow-profile", PROJECT / "profiles/default", *options, "--configfile", configfile, *last]
    done = subprocess.run(
        [str(part) for part in command],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "scripts")},
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise InputError(_complaint(done.stdout + done.stderr, configfile))
    return done.stdout


def _planned_job(job: dict) -> PlannedJob:
    return PlannedJob(
        rule=job["rule_name"],
        wildcards=job["wildcards"],
        reason=job["reason"],
        inputs=tuple(job["input"]),
        outputs=tuple(job["output"]),
        benchmark=str(job["benchmark"] or ""),
    )


def _complaint(messages: str, configfile: Path) -> str:
    """Return what Snakemake cannot do; if the rules raised an error of ours, that error alone."""
    ours = re.search(r'^error: (.+?)(?=^  File "|\Z)', messages, re.MULTILINE | re.DOTALL)
    if ours:
        return ours[1].strip()
    return f"{configfile}: Snakemake cannot plan this run; fix what it reports:\n{messages.strip()}"


def stage_of_rules(root: Path = PROJECT) -> dict[str, str]:
    """Return each rule's stage, in the workflow's order; a stage is a file in ``rules/`` included in the Snakefile."""
    included = re.findall(
        r'^include: "rules/(\w+)\.smk"', (root / "Snakefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    stages = {}
    for stage in included:
        text = (root / f"rules/{stage}.smk").read_text(encoding="utf-8")
        stages |= dict.fromkeys(re.findall(r"^(?:rule|use rule \w+ as) (\w+)(?: with)?:", text, re.MULTILINE), stage)
    return stages

"""What a run of Snakemake, or a dry run, reported of its jobs, as our logger plugin wrote it to a file."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class JobEvents:
    """Events of jobs.

    ``jobs``: all that were reported, in order, each with what the plugin keeps. ``failed``: those whose last attempt
    failed.
    """

    jobs: list[dict]
    failed: list[dict]


def logger_options(path: Path) -> list[str]:
    """Return the options of Snakemake's command line that have the events of jobs written to a file."""
    return ["--logger", "jobs", "--logger-jobs-path", str(path)]


def read_job_events(path: Path) -> JobEvents:
    """Return the events in a file; a run that never began has written none."""
    if not path.exists():
        return JobEvents([], [])
    jobs, failed = [], {}
    # A line without its end is one of a process that was killed.
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        event = json.loads(line)
        if event["event"] == "job":
            jobs.append(event)
        elif event["event"] == "failed":
            failed[event["number"]] = None
        else:
            failed.pop(event["number"], None)
    by_number = {job["number"]: job for job in jobs}
    return JobEvents(jobs, [by_number[number] for number in failed if number in by_number])

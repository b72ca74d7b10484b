"""What a run cost: the benchmarks that Snakemake kept of its jobs, by rule."""

import json
from pathlib import Path

import pandas as pd

from signwild.errors import InputError

COLUMNS = ["rule", "jobs", "seconds", "longest_s", "memory_mib"]


def read_times(benchmarks: Path) -> pd.DataFrame:
    """Jobs of each rule, the costliest rule first: rule, jobs, seconds (of all), longest_s, memory_mib (the peak).

    ``benchmarks``: a folder of ``{rule}.jsonl`` or ``{rule}/.../*.jsonl``, one line for each time that the job
    was measured. Memory of a job too short to be sampled is missing. Raises InputError for a line that is no JSON.
    """
    rows = [
        {"rule": path.relative_to(benchmarks).parts[0].removesuffix(".jsonl"), **_read_job(path)}
        for path in sorted(benchmarks.rglob("*.jsonl"))
    ]
    jobs = pd.DataFrame(rows, columns=["rule", "seconds", "memory_mib"])
    times = jobs.groupby("rule", as_index=False).agg(
        jobs=("seconds", "size"),
        seconds=("seconds", "sum"),
        longest_s=("seconds", "max"),
        memory_mib=("memory_mib", "max"),
    )
    return times.sort_values(["seconds", "rule"], ascending=[False, True], ignore_index=True)[COLUMNS]


def _read_job(path: Path) -> dict[str, float]:
    try:
        *_, last = path.read_text(encoding="utf-8").splitlines()
        job = json.loads(last)
        return {"seconds": float(job["s"]), "memory_mib": pd.to_numeric(job["max_rss"], errors="coerce")}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: is no benchmark of Snakemake ({error!r}); delete it and start again") from None

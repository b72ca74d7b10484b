"""The costs of a run: Snakemake's benchmarks of its jobs, by rule."""

import glob
import json
from pathlib import Path

import pandas as pd

from signwild.base.attempts import FAILED
from signwild.base.errors import InputError

BESIDE = {"track_runs", "draw_faces", "draw_poses", "write_report"}
"""The report's rule, and rules it does not wait for: whether they are measured by then is a matter of chance."""

BY_EXPERIMENT = {"train_experiment", "classify_segments", "fuse_experiments"}
"""Rules whose benchmarks are ``{rule}/{experiment}/seed_{seed}.jsonl``; those of earlier configurations stay there."""

FINAL = "train_final"
"""The rule whose benchmarks are ``{rule}/{experiment}.jsonl``; those of earlier configurations stay there too."""

COLUMNS = ["rule", "jobs", "seconds", "longest_s", "memory_mib", "failed_attempts"]


def read_times(run: Path, experiments: list[str], seeds: list[int], final: list[str]) -> pd.DataFrame:
    """Read the jobs of each rule, the costliest first.

    Columns: rule, jobs, seconds (total, with failed attempts), longest_s (a job with its failed attempts), memory_mib
    (the largest that was seen), failed_attempts. An attempt that was killed with its shell has no time.
    ``run``: a run's folder. In ``benchmarks`` it has ``{rule}.jsonl`` or ``{rule}/.../*.jsonl``, one line for each time
    that the job was measured; in ``logs``, under the same names, the logs of jobs and of attempts that failed.
    ``experiments`` and ``seeds``: those whose jobs by experiment count. ``final``: experiments of which a network
    trained on all folds counts. The rules of BESIDE do not count. Memory of a job too short to be sampled is missing.
    Raises InputError for a line that is not JSON.
    """
    trials = {(name, f"seed_{seed}") for name in experiments for seed in seeds}
    counted = dict.fromkeys(BY_EXPERIMENT, trials) | {FINAL: {(name,) for name in final}}
    rows, benchmarks = [], run / "benchmarks"
    for path in sorted(benchmarks.rglob("*.jsonl")):
        rule, *job = path.relative_to(benchmarks).with_suffix("").parts
        if rule not in BESIDE and (rule not in counted or tuple(job) in counted[rule]):
            log = run / "logs" / path.relative_to(benchmarks)
            failed = [_read_seconds(log) for log in log.parent.glob(f"{glob.escape(log.stem)}.attempt_*.log")]
            job = _read_job(path)
            job["seconds"] += sum(failed)
            rows.append({"rule": rule, **job, "failed_attempts": len(failed)})
    jobs = pd.DataFrame(rows, columns=["rule", "seconds", "memory_mib", "failed_attempts"])
    times = jobs.groupby("rule", as_index=False).agg(
        jobs=("seconds", "size"),
        seconds=("seconds", "sum"),
        longest_s=("seconds", "max"),
        memory_mib=("memory_mib", "max"),
        failed_attempts=("failed_attempts", "sum"),
    )
    return times.sort_values(["seconds", "rule"], ascending=[False, True], ignore_index=True)[COLUMNS]


def _read_seconds(log: Path) -> int:
    """Return how long a failed attempt took, or 0 if its log does not end with that."""
    *_, last = ["", *log.read_text(encoding="utf-8", errors="replace").splitlines()]
    found = FAILED.match(last)
    return int(found[1]) if found else 0


def _read_job(path: Path) -> dict[str, float]:
    try:
        *_, last = path.read_text(encoding="utf-8").splitlines()
        job = json.loads(last)
        return {"seconds": float(job["s"]), "memory_mib": pd.to_numeric(job["max_rss"], errors="coerce")}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: is not a benchmark of Snakemake ({error!r}); delete it and start again") from None

"""The costs of a run: Snakemake's benchmarks of its jobs, by rule."""

import json
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError

BESIDE = {"track_runs", "draw_faces", "draw_poses", "write_report"}
"""The report's rule, and rules it does not wait for: whether they are measured by then is a matter of chance."""

BY_EXPERIMENT = {"train_experiment", "classify_segments", "fuse_experiments"}
"""Rules whose benchmarks are ``{rule}/{experiment}/seed_{seed}.jsonl``; those of earlier configurations stay there."""

FINAL = "train_final"
"""The rule whose benchmarks are ``{rule}/{experiment}.jsonl``; those of earlier configurations stay there too."""

COLUMNS = ["rule", "jobs", "seconds", "longest_s", "memory_mib"]


def read_times(benchmarks: Path, experiments: list[str], seeds: list[int], final: list[str]) -> pd.DataFrame:
    """Read the jobs of each rule, the costliest first: rule, jobs, seconds (total), longest_s, memory_mib (the peak).

    ``benchmarks``: a folder of ``{rule}.jsonl`` or ``{rule}/.../*.jsonl``, one line for each time that the job
    was measured. ``experiments`` and ``seeds``: those whose jobs by experiment count. ``final``: experiments of which
    a network trained on all folds counts. The rules of BESIDE do not count.
    Memory of a job too short to be sampled is missing. Raises InputError for a line that is not JSON.
    """
    trials = {(name, f"seed_{seed}") for name in experiments for seed in seeds}
    counted = dict.fromkeys(BY_EXPERIMENT, trials) | {FINAL: {(name,) for name in final}}
    rows = []
    for path in sorted(benchmarks.rglob("*.jsonl")):
        rule, *job = path.relative_to(benchmarks).with_suffix("").parts
        if rule not in BESIDE and (rule not in counted or tuple(job) in counted[rule]):
            rows.append({"rule": rule, **_read_job(path)})
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
        raise InputError(f"{path}: is not a benchmark of Snakemake ({error!r}); delete it and start again") from None

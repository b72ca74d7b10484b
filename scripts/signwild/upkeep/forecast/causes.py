"""Causes of planned jobs: which would run for a cause in themselves, and which follow from others."""

from dataclasses import dataclass
from pathlib import Path

from signwild.upkeep.forecast.dry_run import PlannedJob, plan_jobs
from signwild.upkeep.forecast.reasons import AGAIN, missing_temporary, own_cause, updated_by_others


@dataclass(frozen=True)
class ExplainedJob:
    """A planned job with its stage and, in words, why it runs.

    ``is_root``: whether the cause is in the job itself. ``roots``: stages of the causes.
    """

    job: PlannedJob
    stage: str
    why: str
    is_root: bool
    roots: frozenset[str]


@dataclass(frozen=True)
class PlannedRun:
    """Jobs that `make` would run: those of the data set's step, then the others.

    ``at_most``: number of others if every table of the step changes; None if that does not matter, because the step
    makes missing tables or there is no such step. ``is_certain``: whether ``then`` are the jobs that run even if no
    table changes; otherwise they are all that may run.
    """

    first: list[PlannedJob]
    then: list[PlannedJob]
    is_certain: bool = True
    at_most: int | None = None


def plan_run(configfile: Path, cores: int, stages: dict[str, str]) -> PlannedRun:
    """Plan what `make` would do in the working folder, in its two steps; raises InputError as ``plan_jobs`` does.

    ``stages``: the stage of each rule. Snakemake cannot know that tables come out the same, so what follows the first
    step is planned a second time without its rules.
    """
    first = plan_jobs(configfile, cores, "--", "dataset")
    everything = plan_jobs(configfile, cores)
    apart, outputs = {job.rule for job in first}, {job.outputs for job in first}
    rest = [job for job in everything if job.outputs not in outputs]
    are_there = all(Path(path).exists() for job in first for path in job.outputs)
    if not first or not are_there:
        return PlannedRun(first, rest)
    if apart & {job.rule for job in rest}:
        return PlannedRun(first, rest, is_certain=False, at_most=len(rest))
    others = [rule for rule in stages if rule not in apart]
    without = plan_jobs(configfile, cores, "--allowed-rules", *others)
    return PlannedRun(first, without, at_most=len(rest))


def explain(jobs: list[PlannedJob], stages: dict[str, str], is_going_on: bool = False) -> list[ExplainedJob]:
    """Return the jobs of a dry run with the reason why each runs; a job comes after those that make its inputs.

    ``stages``: the stage of each rule, in the workflow's order. ``is_going_on``: see ``own_cause``.
    """
    order = list(dict.fromkeys(stages.values()))
    maker = {path: job for job in jobs for path in job.outputs}
    roots: dict[tuple[str, ...], set[str]] = {}
    explained = []
    for job in _from_the_first(jobs, maker):
        cause = own_cause(job, is_going_on)
        makers = [maker[path] for path in updated_by_others(job) if path in maker]
        roots[job.outputs] = set().union(*(roots[own.outputs] for own in makers))
        if cause or not roots[job.outputs]:
            roots[job.outputs] = {stages[job.rule]}
            why = cause or _needed_again(job, jobs, stages, order)
        else:
            why = f"follows from {', '.join(sorted(roots[job.outputs], key=order.index))}"
        explained.append(ExplainedJob(job, stages[job.rule], why, bool(cause), frozenset(roots[job.outputs])))
    return explained


def _needed_again(job: PlannedJob, jobs: list[PlannedJob], stages: dict[str, str], order: list[str]) -> str:
    made = set(missing_temporary(job))
    readers = {stages[other.rule] for other in jobs if made & set(other.inputs)}
    return f"{AGAIN} by {', '.join(sorted(readers, key=order.index))}"


def _from_the_first(jobs: list[PlannedJob], maker: dict[str, PlannedJob]) -> list[PlannedJob]:
    """Return the jobs, each after those that make its inputs."""
    ordered: dict[tuple[str, ...], PlannedJob] = {}

    def add(job: PlannedJob) -> None:
        if job.outputs not in ordered:
            for path in job.inputs:
                if path in maker:
                    add(maker[path])
            ordered[job.outputs] = job

    for job in jobs:
        add(job)
    return list(ordered.values())

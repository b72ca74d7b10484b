"""Output of `make why`: what would run, why, and how long it would take."""

from collections import defaultdict
from pathlib import Path

from signwild.base.store import store_path
from signwild.base.terminal import columns, duration, paragraph, size
from signwild.plan.run import Plan
from signwild.upkeep.forecast.causes import ExplainedJob, PlannedRun, explain
from signwild.upkeep.forecast.disk import forecast_disk
from signwild.upkeep.forecast.dry_run import PlannedJob
from signwild.upkeep.forecast.extent import Extent, read_extent
from signwild.upkeep.forecast.fetched_networks import FETCHED, networks_to_fetch
from signwild.upkeep.forecast.forecaster import Forecaster
from signwild.upkeep.forecast.measurements import measure
from signwild.upkeep.forecast.reasons import NEVER, OF_FILES
from signwild.upkeep.forecast.words import Machine, in_words, jobs_in_words, origins_in_words, wall_clock
from signwild.upkeep.forecast.work import RESAMPLE, STREAM, missing_work

UNCHANGED = {"resample", "weights"}
"""Stages whose new results leave segments unchanged if labels and samples are unchanged."""

SOURCES = {"takedown", "dataset", "weights", "download", "alignment", "segments"}
"""Stages that may yield other videos, weights or segments: what the store then lacks is known only afterwards."""

GOING_ON = "A run is in progress in this folder: what it has not finished is listed as still to do."

MOST_CAUSES = 4
MOST_NAMES_OF_JOBS = 3
"""Largest numbers of causes of a stage, and of names of jobs with one cause, that are listed."""


def explain_run(
    plan: Plan,
    planned: PlannedRun,
    stages: dict[str, str],
    machine: Machine,
    results: Path,
    is_going_on: bool = False,
) -> list[str]:
    """Return lines that state what a run in the working folder would do.

    ``stages``: the stage of each rule, in order. ``is_going_on``: whether a run is in progress in this folder.
    """
    if not planned.first and not planned.then:
        return ["Nothing to do."]
    first, then = (explain(jobs, stages, is_going_on) for jobs in (planned.first, planned.then))
    jobs = [*first, *then]
    extent = read_extent(plan, results)
    forecaster = _forecaster(plan, extent, jobs, machine, results)
    blocks = [paragraph(GOING_ON)] if is_going_on else []
    if first:
        blocks += [["First, in a step of its own, the data set:"], _table(first, forecaster, stages)]
        blocks += [paragraph(_after_the_first(planned))]
    blocks += [_table(then, forecaster, stages)] if then else []
    blocks += [paragraph(_together(jobs, forecaster, machine))]
    blocks += [paragraph(f"Left out: {extent.left_out}.")] if extent.left_out else []
    rules = {job.job.rule for job in jobs}
    for rule, text in networks_to_fetch(plan, results).items():
        blocks += [paragraph(f"{FETCHED[rule]} are fetched: {text}.")] if rule in rules else []
    streams = [job.job for job in jobs if job.job.rule in (RESAMPLE, STREAM)]
    has_work = any(rule == RESAMPLE for rule, _, _ in forecaster.work.samples)
    if streams and has_work and not plan.settings.configuration.keep_streams and _were_sampled(extent, results):
        blocks += [paragraph(_streams_again(plan, extent, forecaster, streams))]
    return [line for block in blocks for line in ("", *block)][1:]


def _were_sampled(extent: Extent, results: Path) -> bool:
    """Return whether all videos were decoded before: then images and motion existed, and are made again."""
    paths = [store_path(results / "store", "resample", key) for key in extent.videos["key"] if key]
    return len(paths) == len(extent.videos) and all(path.exists() for path in paths)


def _streams_again(plan: Plan, extent: Extent, forecaster: Forecaster, jobs: list[PlannedJob]) -> str:
    kept = size(forecast_disk(plan, extent, {}).streams)
    return (
        f"{jobs_in_words(len(jobs))} of these, {in_words(forecaster.of_all(jobs))}, make images and motion again, "
        f"which were not kept; with `keep_streams: true` they stay, and take {kept}."
    )


def _after_the_first(planned: PlannedRun) -> str:
    if planned.at_most is None:
        return "Then:"
    if not planned.is_certain:
        return "Then at most these; what only follows from the first step runs only if a table changes:"
    more = f"up to {jobs_in_words(planned.at_most)} if its tables change, which is known only then"
    return f"Then {more}; if they stay the same, {'these:' if planned.then else 'nothing.'}"


def _forecaster(plan: Plan, extent: Extent, jobs: list[ExplainedJob], machine: Machine, results: Path) -> Forecaster:
    segments_change = any(job.job.rule == "cut_segments" and job.roots - UNCHANGED for job in jobs)
    weights_change = any(job.job.rule in ("prepare_weights", "prepare_backbone") for job in jobs)
    work = missing_work(plan, extent, results, weights_change, segments_change)
    return Forecaster(plan, extent, work, measure(results), machine.device)


def _table(jobs: list[ExplainedJob], forecaster: Forecaster, stages: dict[str, str]) -> list[str]:
    """Return the jobs as a table: causes first, by stage in the workflow's order, then what follows from them."""
    rows = []
    for is_root in (True, False):
        for stage in dict.fromkeys(stages.values()):
            own = [job for job in jobs if job.stage == stage and job.is_root == is_root]
            rows += _rows_of_stage(stage, own, forecaster)
    return columns([["stage", "jobs", "time", "why"], *rows], right={1, 2})


def _rows_of_stage(stage: str, jobs: list[ExplainedJob], forecaster: Forecaster) -> list[list[str]]:
    causes = defaultdict(list)
    for job in jobs:
        causes[_kind(job.why)].append(job)
    ranked = sorted(causes.values(), key=lambda own: -len(own))
    rest = [job for own in ranked[MOST_CAUSES:] for job in own]
    groups = [(_shared(own) + _names(own), own) for own in ranked[:MOST_CAUSES]]
    groups += [("other causes", rest)] if rest else []
    return [
        [stage, f"{len(own):,}", duration(forecaster.of_all(job.job for job in own).total_s), why]
        for why, own in groups
    ]


def _kind(why: str) -> str:
    """Return a cause without the file that it names, so jobs with the same cause share a row."""
    return why.partition(": ")[0] if why.startswith(OF_FILES) else why


def _shared(jobs: list[ExplainedJob]) -> str:
    """Return the cause of several jobs; of several files, one is named."""
    causes = {job.why for job in jobs}
    one = min(causes)
    return one if len(causes) == 1 else f"{one.partition(' and ')[0]} and others"


def _names(jobs: list[ExplainedJob]) -> str:
    """Return the names that these jobs belong to, if they are few."""
    kinds = ("stream", "faces", "descriptor", "experiment", "table")
    names = sorted({job.job.wildcards[kind] for job in jobs for kind in kinds if kind in job.job.wildcards})
    return f" ({', '.join(names)})" if names and len(names) <= MOST_NAMES_OF_JOBS and jobs[0].is_root else ""


def _together(jobs: list[ExplainedJob], forecaster: Forecaster, machine: Machine) -> str:
    own = [job.job for job in jobs]
    total, longest = forecaster.of_all(own), forecaster.longest_s(own)
    changing = any(job.is_root and job.stage in SOURCES and job.why != NEVER for job in jobs)
    at_most = "at most " if changing else ""
    text = f"{jobs_in_words(len(jobs))}: {at_most}{in_words(total)}; {wall_clock(total, longest, machine)}."
    return f"{text} The forecast is based on {origins_in_words(total)}."

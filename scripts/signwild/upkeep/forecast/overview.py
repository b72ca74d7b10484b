"""Output of `make plan`: what a configuration takes as a whole, before anything is started."""

from pathlib import Path

from signwild.base.terminal import columns, duration, paragraph, size
from signwild.configuration.sections.dataset import WildDataset
from signwild.plan.run import Plan
from signwild.upkeep.forecast.disk import Disk, forecast_disk
from signwild.upkeep.forecast.dry_run import PlannedJob
from signwild.upkeep.forecast.extent import Extent, read_extent
from signwild.upkeep.forecast.fetched_networks import FETCHED, networks_to_fetch
from signwild.upkeep.forecast.forecaster import Forecaster, JobTime
from signwild.upkeep.forecast.measurements import measure
from signwild.upkeep.forecast.words import Machine, in_words, jobs_in_words, origins_in_words, wall_clock
from signwild.upkeep.forecast.work import RESAMPLE, STREAM, Work, all_work

BY_NAME = {"streams": "stream", "features": "stream", "faces": "faces", "descriptors": "descriptor"}
"""Stages that are shown by name, and the wildcard that contains the name."""


def describe_plan(
    plan: Plan, configfile: Path, jobs: list[PlannedJob], stages: dict[str, str], machine: Machine, results: Path
) -> list[str]:
    """Return lines that state what a run takes if nothing of it exists yet except downloads.

    ``jobs``: all jobs of the run. ``stages``: the stage of each rule, in order.
    """
    extent = read_extent(plan, results)
    work = all_work(plan, extent)
    forecaster = Forecaster(plan, extent, work, measure(results), machine.device)
    total = forecaster.of_all(jobs)
    disk = forecast_disk(plan, extent, work.folds)
    head = (
        f"{plan.run} ({configfile}): {len(extent.videos):,} videos, {extent.samples:,.0f} samples, "
        f"{extent.segment_count:,} segments, {_fits(plan, work)}. Known from {extent.known}."
    )
    return [
        *paragraph(head),
        "",
        *_table(jobs, stages, forecaster, total),
        "",
        *_notes(plan, extent, forecaster, jobs, total, disk, machine, networks_to_fetch(plan, results)),
    ]


def _fits(plan: Plan, work: Work) -> str:
    trained, classified = (
        sum(len(folds) for (name, _), folds in work.folds.items() if name in experiments)
        for experiments in (plan.settings.trained, plan.settings.classified)
    )
    return f"{trained:,} trainings and {classified:,} classifiers with all seeds and folds"


def _table(jobs: list[PlannedJob], stages: dict[str, str], forecaster: Forecaster, total: JobTime) -> list[str]:
    rows = [["stage", "jobs", "one core", "GPU", "based on"]]
    for stage in dict.fromkeys(stages.values()):
        own = [job for job in jobs if stages[job.rule] == stage]
        wildcard = BY_NAME.get(stage, "")
        for name in sorted({job.wildcards.get(wildcard, "") for job in own}):
            part = [job for job in own if job.wildcards.get(wildcard, "") == name]
            rows.append(_row(f"{stage} {name}".strip(), len(part), forecaster.of_all(part)))
    return columns([*rows, _row("all", len(jobs), total)], right={1, 2, 3})


def _row(name: str, jobs: int, time: JobTime) -> list[str]:
    gpu = duration(time.gpu_s) if time.gpu_s else "-"
    return [name, f"{jobs:,}", duration(time.core_s), gpu, origins_in_words(time)]


def _notes(
    plan: Plan,
    extent: Extent,
    forecaster: Forecaster,
    jobs: list[PlannedJob],
    total: JobTime,
    disk: Disk,
    machine: Machine,
    fetched: dict[str, str],
) -> list[str]:
    configuration = plan.settings.configuration
    rows = [["left out", extent.left_out]] if extent.left_out else []
    if isinstance(configuration.dataset, WildDataset):
        rows.append(["downloads", _downloads(total, disk, configuration.dataset.download)])
    rows += [[FETCHED[rule], text] for rule, text in fetched.items()]
    wall = wall_clock(total, forecaster.longest_s(jobs), machine)
    rows.append(["time", f"{wall}, if no core is ever idle{_other_machine(machine)}"])
    rows.append(["disk", _disk(extent, disk, machine.cores, configuration.keep_streams)])
    again = [job for job in jobs if job.rule in (RESAMPLE, STREAM)]
    if again and not configuration.keep_streams:
        rows.append(["streams", _streams(forecaster.of_all(again), len(again), disk)])
    return columns(rows, right=set())


def _downloads(total: JobTime, disk: Disk, is_asking: bool) -> str:
    if not is_asking:
        return "none (`download: false`)"
    pace = duration(total.network_s) if total.network_s else "nothing left to fetch"
    return (
        f"{pace}, one video after another (known figures); {size(disk.downloads)} (an estimate). Some 55 to 80% of the "
        "paper's videos can be expected to be still available; all else assumes all that are listed, so it may be less"
    )


def _other_machine(machine: Machine) -> str:
    return "" if machine.device == "gpu" else "; `make plan GPU=1` assumes a GPU"


def _disk(extent: Extent, disk: Disk, cores: int, keeps: bool) -> str:
    parts = {"downloads": disk.downloads, "features": disk.features, "networks": disk.networks}
    kept = disk.streams if keeps else 0.0
    if keeps:
        parts["kept streams"] = kept
    shards = min(cores, extent.videos["shard"].nunique())
    flight = 0.0 if keeps else disk.in_flight(shards)
    what = ", ".join(f"{name} {size(number)}" for name, number in parts.items() if number)
    at_once = "1 shard" if shards == 1 else f"{shards} shards at once"
    peak = "" if keeps else f"; at the peak {size(disk.final + flight)}, including the images and motion of {at_once}"
    return (
        f"{size(disk.final + kept)} in the end ({what}){peak}. Features and networks are calculated, "
        "the rest is estimated"
    )


def _streams(time: JobTime, jobs: int, disk: Disk) -> str:
    return (
        f"if code or settings of the features change, {jobs_in_words(jobs)} must make images and motion again: "
        f"{in_words(time)}; `keep_streams: true` avoids that, and takes {size(disk.streams)}"
    )

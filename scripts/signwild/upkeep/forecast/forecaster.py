"""Forecast of how long planned jobs would take."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

from signwild.configuration.sections.classifier import PublishedClassifier
from signwild.configuration.sections.dataset import WildDataset
from signwild.plan.dataset import downloads_folder
from signwild.plan.run import Plan
from signwild.upkeep.forecast import costs
from signwild.upkeep.forecast.costs import Cost, Device
from signwild.upkeep.forecast.dry_run import PlannedJob
from signwild.upkeep.forecast.extent import Extent
from signwild.upkeep.forecast.measurements import Measurements, read_benchmark, what_decides, width_of
from signwild.upkeep.forecast.work import (
    CLASSIFICATION,
    DESCRIPTOR,
    FACES,
    FEATURES,
    FINAL,
    RESAMPLE,
    STREAM,
    TRAINING,
    Fold,
    Work,
)

NETWORK_RULES = {FEATURES, TRAINING, FINAL}
"""Rules whose jobs start TensorFlow if they have work."""

OF_SAMPLES = {RESAMPLE, STREAM, FEATURES, FACES, DESCRIPTOR}

DOWNLOAD = "download_videos"


@dataclass(frozen=True)
class JobTime:
    """Seconds of a core, of the GPU, and of waiting for a server; ``origins``: seconds by origin of their figures."""

    core_s: float
    gpu_s: float
    network_s: float
    origins: dict[str, float]

    @property
    def total_s(self) -> float:
        """Seconds of work, one thing after another."""
        return self.core_s + self.gpu_s + self.network_s


class Forecaster:
    """Forecasts of a run's jobs, from what was measured here and otherwise from ``costs``.

    ``work``: what there is to do. ``device``: where the networks run.
    """

    def __init__(self, plan: Plan, extent: Extent, work: Work, measured: Measurements, device: Device) -> None:
        self._plan = plan
        self.work = work
        self._measured = measured
        self._device = device
        self._to_download = _to_download(plan, extent)

    def of(self, job: PlannedJob) -> JobTime:
        """Return the time of one job."""
        if job.rule == DOWNLOAD and self._to_download is not None:
            seconds = self._to_download.get(job.wildcards["shard"], 0) * self._seconds_a_download()
            return JobTime(costs.LIGHT_START_S, 0.0, seconds, {"documented": seconds})
        if job.rule in OF_SAMPLES:
            return self._of_samples(job)
        if job.rule in (TRAINING, FINAL, CLASSIFICATION):
            return self._of_folds(job)
        cost = self._of_another(job)
        return JobTime(cost.value, 0.0, 0.0, {cost.origin: cost.value})

    def of_all(self, jobs: Iterable[PlannedJob]) -> JobTime:
        """Return the time of several jobs together."""
        return add_times(self.of(job) for job in jobs)

    def longest_s(self, jobs: Iterable[PlannedJob]) -> float:
        """Return the seconds of the longest of several jobs on its core."""
        return max((self.of(job).core_s for job in jobs), default=0.0)

    def a_sample(self, rule: str, name: str) -> Cost:
        """Return the seconds per sample of a stage; ``name``: of the stream, descriptor or way to find faces."""
        found = self._measured.of_samples(rule, what_decides(self._plan, rule, name, self._device))
        return found or self._known(rule, name)

    def _known(self, rule: str, name: str) -> Cost:
        settings = self._plan.settings
        size = settings.configuration.resample.image_size
        if rule == RESAMPLE:
            return costs.resample_cost()
        if rule == STREAM:
            return costs.stream_cost(settings.streams[name], size)
        if rule == FEATURES:
            return costs.features_cost(settings.layers(name), settings.configuration.features, size, self._device)
        if rule == FACES:
            return costs.faces_cost(settings.faces[name])
        return costs.descriptor_cost(settings.descriptors[name])

    def _of_samples(self, job: PlannedJob) -> JobTime:
        name = next((job.wildcards[kind] for kind in ("stream", "faces", "descriptor") if kind in job.wildcards), "")
        samples = self.work.samples.get((job.rule, name, job.wildcards["shard"]), 0.0)
        cost = self.a_sample(job.rule, name)
        return self._with_start(job, samples * cost.value, cost.origin)

    def _of_folds(self, job: PlannedJob) -> JobTime:
        name = job.wildcards["experiment"]
        folds = self.work.folds.get((name, FINAL if job.rule == FINAL else int(job.wildcards["seed"])), [])
        if job.rule == CLASSIFICATION:
            before = self._measured.folds.get((self._plan.run, name))
            if before:
                return self._with_start(job, len(folds) * mean(before), "measured")
            fits = [self._of_a_classifier(name, fold) for fold in folds]
            return self._with_start(job, sum(cost.value for cost in fits), fits[0].origin if fits else "estimate")
        rate, epochs = self.of_a_segment(name), self.epochs(name)
        refit_epochs = epochs.value * mean(self._measured.refit_shares.get((self._plan.run, name), [costs.REFIT_SHARE]))
        stop_on = "inner" if job.rule == FINAL else self._plan.settings.trained[name].training.stop_on
        seen = sum(
            costs.segments_seen(stop_on, fold.training, fold.held_out, epochs.value, refit_epochs) for fold in folds
        )
        origin = "measured" if rate.origin == epochs.origin == "measured" else "estimate"
        return self._with_start(job, rate.value * seen, origin)

    def _of_a_classifier(self, name: str, fold: Fold) -> Cost:
        """Return the seconds of a classifier on one fold."""
        settings = self._plan.settings
        entry, length = settings.classified[name], settings.configuration.segments.length
        if isinstance(entry.classifier, PublishedClassifier):
            return costs.published_cost(fold.held_out, length)
        if settings.encoder(name) is None:
            return costs.classifier_cost(round(fold.training))
        descriptor = settings.descriptors[entry.descriptor]
        return costs.learning_cost(descriptor, entry.classifier, length, fold.training, fold.held_out)

    def of_a_segment(self, name: str) -> Cost:
        """Return the seconds for one segment that an experiment trains on, in one epoch."""
        experiment = self._plan.settings.trained[name]
        length, width = self._plan.settings.configuration.segments.length, width_of(self._plan, experiment)
        precision = experiment.training.precision
        rate = self._measured.of_training(self._device, f"{self._plan.run}/{name}", precision)
        if rate:
            seconds = rate.value * length * costs.multiplications(experiment.network, width)
            return Cost(seconds, "measured")
        return costs.training_cost(experiment.network, width, length, self._device, precision)

    def epochs(self, name: str) -> Cost:
        """Return the epochs of a fit: as before in this experiment, else as in the run's others, else a guess."""
        own = self._measured.epochs.get((self._plan.run, name))
        others = [
            number for (run, _), fits in self._measured.epochs.items() if run == self._plan.run for number in fits
        ]
        training = self._plan.settings.trained[name].training
        if own or others:
            return Cost(min(training.epochs, mean(own or others)), "measured")
        return costs.epochs_of_a_fit(training)

    def _with_start(self, job: PlannedJob, seconds: float, origin: str) -> JobTime:
        on_gpu = self._device == "gpu" and job.rule in NETWORK_RULES
        start = costs.NETWORK_START_S if seconds and job.rule in NETWORK_RULES else costs.LIGHT_START_S
        start = min([start, *self._measured.jobs.get((self._plan.run, job.rule), [])])
        of_work = (
            JobTime(0.0, seconds, 0.0, {origin: seconds}) if on_gpu else JobTime(seconds, 0.0, 0.0, {origin: seconds})
        )
        return add_times([of_work, JobTime(start, 0.0, 0.0, {"documented": start})])

    def _of_another(self, job: PlannedJob) -> Cost:
        own = read_benchmark(Path(job.benchmark)) if job.benchmark else None
        if own is not None:
            return Cost(own, "measured")
        same = self._measured.jobs.get((self._plan.run, job.rule))
        return Cost(median(same), "measured") if same else Cost(costs.OTHER_JOB_S, "estimate")

    def _seconds_a_download(self) -> float:
        youtube = self._plan.settings.configuration.dataset.youtube
        return (youtube.shortest_pause_s + youtube.longest_pause_s) / 2 + costs.PAUSE_TO_TRANSFER_S


def add_times(times: Iterable[JobTime]) -> JobTime:
    """Return the sum of the times of several jobs."""
    sums, origins = [0.0, 0.0, 0.0], defaultdict(float)
    for own in times:
        sums = [total + part for total, part in zip(sums, (own.core_s, own.gpu_s, own.network_s), strict=True)]
        for name, seconds in own.origins.items():
            origins[name] += seconds
    return JobTime(*sums, dict(origins))


def _to_download(plan: Plan, extent: Extent) -> dict[str, float] | None:
    """Return the number of videos to be requested, by shard; None if videos are not downloaded."""
    dataset = plan.settings.configuration.dataset
    folder = downloads_folder(plan.settings.configuration)
    if not isinstance(dataset, WildDataset) or not dataset.download or folder is None:
        return None
    had = {path.stem for path in (folder / "videos").glob("*") if not path.name.startswith(".")}
    missing = extent.videos[~extent.videos["video_id"].isin(had)]
    return missing.groupby("shard").size().astype(float).to_dict()

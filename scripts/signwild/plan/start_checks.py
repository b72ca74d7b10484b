"""Checks of what experiments start from: exported detectors, made as this run works, and published ones."""

from collections.abc import Iterator
from pathlib import Path

from signwild.configuration.file import Configuration
from signwild.configuration.sections.classifier import PublishedClassifier
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.exported.model import DetectorModel, read_detector
from signwild.plan.dataset import check_braces
from signwild.predictions.records import flat_parameters
from signwild.stages.classification.published.network import read_published
from signwild.stages.training.starting import differing, starting_member

SAMPLING = ("sample_rate", "image_size", "max_motion_rate")
"""Keys that determine what a sample is; the other keys of ``resample`` determine how many there are."""


def check_start(experiment: TrainedExperiment | ClassifiedExperiment, configuration: Configuration) -> None:
    """Raise InputError if an experiment cannot begin with the detector that it names, if any.

    A training starts from a network that was made as this run works; a published detector's file holds its network. The
    weights of VGG-16 are checked where they are available, by ``starting.starting_network``.
    """
    if isinstance(experiment, ClassifiedExperiment):
        if isinstance(experiment.classifier, PublishedClassifier):
            check_braces(experiment.classifier.file, "classifier.file")
            read_published(Path(experiment.classifier.file))
        return
    if experiment.training.start_from is None:
        return
    detector = read_detector(Path(experiment.training.start_from))
    starting_member(detector, experiment)
    for key, ours, theirs in _compared(detector.model, experiment.stream, configuration):
        if ours != theirs:
            raise differing(detector, key, ours, theirs)


def _compared(model: DetectorModel, stream: str, configuration: Configuration) -> Iterator[tuple[str, object, object]]:
    """Yield the keys that must agree, with the configuration's value and the detector's."""
    yield "segments.length", configuration.segments.length, model.length
    for key in SAMPLING:
        yield f"resample.{key}", getattr(configuration.resample, key), getattr(model.resample, key)
    yield "features.rescale_conv1", configuration.features.rescale_conv1, model.features.rescale_conv1
    ours, theirs = (flat_parameters(streams[stream].model_dump()) for streams in (configuration.streams, model.streams))
    for key in {**ours, **theirs}:
        yield f"streams.{stream}.{key}", ours.get(key), theirs.get(key)

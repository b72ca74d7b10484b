"""Amount of work, in samples by shard and folds by experiment: everything, or what the store lacks."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.files import read_table
from signwild.base.store import store_path
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.features import parts_of
from signwild.keys.classification import classification_key, fold_key
from signwild.keys.descriptors import descriptor_key
from signwild.keys.faces import faces_key
from signwild.keys.features import FeatureRequest, feature_key
from signwild.keys.folds import final_key, training_keys
from signwild.plan.detection import final_members
from signwild.plan.run import Plan
from signwild.stages.resample.missing import Identities, missing_layers, wanted_rows
from signwild.stages.resample.samples import read_samples
from signwild.stages.segments.folds import deal_folds
from signwild.stages.weights.receipts import read_identities
from signwild.upkeep.forecast import costs
from signwild.upkeep.forecast.extent import Extent

RESAMPLE, STREAM, FEATURES = "resample_videos", "compute_stream", "extract_features"
FACES, DESCRIPTOR = "detect_faces", "compute_descriptor"
TRAINING, FINAL, CLASSIFICATION = "train_experiment", "train_final", "classify_segments"


@dataclass(frozen=True)
class Fold:
    """Numbers of segments, or videos, that a fold trains on and predicts."""

    training: float
    held_out: float


@dataclass
class Work:
    """Work to be done; what is not listed costs nothing.

    ``samples``: by rule, name (of a stream, a descriptor, a way to find faces; else empty) and shard.
    ``folds``: by experiment and seed; a network on all folds is one fold with nothing held out, under ``FINAL`` in
    place of the seed.
    """

    samples: dict[tuple[str, str, str], float] = field(default_factory=lambda: defaultdict(float))
    folds: dict[tuple[str, int | str], list[Fold]] = field(default_factory=dict)


def all_work(plan: Plan, extent: Extent) -> Work:
    """Return all work, as if the store were empty."""
    work, settings = Work(), plan.settings
    per_shard = extent.videos.groupby("shard")["samples"].sum()
    named = [(RESAMPLE, ""), *((STREAM, name) for name in plan.motion_streams)]
    named += [(FEATURES, name) for name in settings.streams]
    named += [(FACES, name) for name in settings.faces] + [(DESCRIPTOR, name) for name in settings.descriptors]
    for rule, name in named:
        for shard, samples in per_shard.items():
            work.samples[rule, name, shard] = samples
    for name in set(plan.computed()) & settings.reading.keys():
        for seed in plan.seeds:
            work.folds[name, seed] = list(_all_folds(plan, extent, name).values())
    for name in final_members(plan):
        work.folds[name, FINAL] = [Fold(extent.segment_count, 0.0)]
    return work


def missing_work(plan: Plan, extent: Extent, results: Path, weights_change: bool, segments_change: bool) -> Work:
    """Return the work that the store below ``results`` lacks, by the keys of the present code and configuration.

    ``weights_change``, ``segments_change``: whether they are made again, so features, or folds, are not known.
    """
    store, work, keys = results / "store", Work(), {}
    receipts = [Path(results, plan.run, "weights", f"{name}.json") for name in plan.settings.backbones]
    is_known = not weights_change and all(receipt.exists() for receipt in receipts)
    weights = read_identities(receipts) if is_known else None
    labels = {shard: _labels(results / plan.run, shard) for shard in set(extent.videos["shard"])}
    for video in extent.videos.itertuples():
        keys[video.video_id] = _add_missing(plan, work, video, weights, labels[video.shard], store)
    dealt: dict[str, pd.DataFrame | None] = {}
    for name in set(plan.computed()) & plan.settings.reading.keys():
        protocol = plan.settings.protocol(name)
        if protocol not in dealt:
            dealt[protocol] = None if segments_change else _segments_of(plan, extent, protocol)
        known = dealt[protocol]
        for seed in plan.seeds:
            work.folds[name, seed] = _missing_folds(plan, extent, known, name, seed, keys, store)
    for name in final_members(plan):
        known = None if segments_change else _with_keys(plan, extent.segments, name, keys)
        work.folds[name, FINAL] = _missing_final(plan, extent, known, name, store)
    return work


def _labels(folder: Path, shard: str) -> pd.DataFrame | None:
    path = folder / f"alignment/{shard}.labels.tsv"
    return read_table(path) if path.exists() else None


def _add_missing(
    plan: Plan, work: Work, video: tuple, weights: Identities | None, labels: pd.DataFrame | None, store: Path
) -> dict[tuple[str, str], str]:
    """Add one video's missing work; returns the keys of its features, by stream and layer or by descriptor and ""."""
    settings, keys = plan.settings, {}
    configuration = settings.configuration
    needs_decoding = not video.key or not store_path(store, "resample", video.key).exists()
    for name in settings.streams:
        request = plan.request(name)
        rows = _rows(video, request, labels, store)
        is_known = bool(video.key) and weights is not None and rows is not None
        if is_known:
            for layer in request.layers:
                keys[name, layer] = feature_key(video.key, request, layer, weights[parts_of(layer)[0]], rows)
        missing = list(missing_layers(video.key, request, weights, rows, store)) if is_known else request.layers
        if configuration.keep_streams or missing:
            needs_decoding = True
            if request.stream.kind != "rgb":
                work.samples[STREAM, name, video.shard] += video.samples
        if missing:
            features = configuration.features
            share = costs.networks_s(missing, features) / costs.networks_s(request.layers, features)
            work.samples[FEATURES, name, video.shard] += share * (video.samples if rows is None else len(rows))
    if needs_decoding:
        work.samples[RESAMPLE, "", video.shard] += video.samples
    for name, faces in settings.faces.items():
        if not video.key or not store_path(store, "faces", faces_key(video.key, faces)).exists():
            work.samples[FACES, name, video.shard] += video.samples
    for name, descriptor in settings.descriptors.items():
        length, rate = configuration.segments.length, configuration.resample.max_motion_rate
        found = faces_key(video.key, settings.faces[descriptor.faces]) if descriptor.faces else None
        keys[name, ""] = descriptor_key(video.key, found, descriptor, length, rate)
        if not video.key or not store_path(store, "features", keys[name, ""]).exists():
            work.samples[DESCRIPTOR, name, video.shard] += video.samples
    return keys


def _rows(video: tuple, request: FeatureRequest, labels: pd.DataFrame | None, store: Path) -> np.ndarray | None:
    """Return the samples that get features; None if they are not known yet."""
    if not request.features.skip_unlabelled:
        return np.arange(round(video.samples))
    if labels is None or not video.key or not store_path(store, "resample", video.key).exists():
        return None
    return wanted_rows(read_samples(store, video.key), labels[labels["video_id"] == video.video_id], request)


def _all_folds(plan: Plan, extent: Extent, name: str) -> dict[int, Fold]:
    """Return the folds of an experiment by the held-out one, as if they were equal in size."""
    experiment, count = plan.settings.reading[name], plan.settings.configuration.segments.folds
    number = len(extent.videos) if plan.settings.unit(name) == "video" else extent.segment_count
    share = number / count
    if experiment.protocol == "two_folds":
        return {1: Fold(share, share)}
    return {fold: Fold(number - share, share) for fold in range(count)}


def _missing_folds(
    plan: Plan,
    extent: Extent,
    segments: pd.DataFrame | None,
    name: str,
    seed: int,
    keys: dict[str, dict[tuple[str, str], str]],
    store: Path,
) -> list[Fold]:
    """Return the folds of an experiment that the store lacks; all of them if segments or features are not known."""
    experiment = plan.settings.reading[name]
    length = plan.settings.configuration.segments.length
    everything = _all_folds(plan, extent, name)
    segments = _with_keys(plan, segments, name, keys)
    if segments is None:
        return list(everything.values())
    if isinstance(experiment, TrainedExperiment):
        sizes = segments.groupby("fold").size()
        return [
            Fold(float(sizes[training].sum()), float(sizes[fold]))
            for fold, (key, training) in training_keys(experiment, segments, length, seed).items()
            if not store_path(store, "training", key).exists()
        ]
    key = classification_key(experiment, segments, plan.pooling(name), length, seed, plan.settings.encoder(name))
    return [
        everything.get(fold, next(iter(everything.values())))
        for fold in sorted(set(segments["fold"]))
        if not store_path(store, "classification", fold_key(key, fold)).exists()
    ]


def _segments_of(plan: Plan, extent: Extent, protocol: str) -> pd.DataFrame | None:
    """Return the segments with the folds of a protocol, if they are cut."""
    parameters = plan.settings.configuration.segments
    if extent.segments is None or protocol != "by_video":
        return extent.segments
    return deal_folds(extent.segments, parameters.folds, parameters.seed)


def _missing_final(plan: Plan, extent: Extent, segments: pd.DataFrame | None, name: str, store: Path) -> list[Fold]:
    """Return the work for a network on all folds if the store lacks it; ``segments``: with keys, if these are known."""
    length = plan.settings.configuration.segments.length
    if segments is not None:
        key = final_key(plan.settings.trained[name], segments, length, plan.seeds[0])
        if store_path(store, "training", key).exists():
            return []
    return [Fold(extent.segment_count, 0.0)]


def _with_keys(
    plan: Plan, segments: pd.DataFrame | None, name: str, keys: dict[str, dict[tuple[str, str], str]]
) -> pd.DataFrame | None:
    """Return the segments with the keys of the features that an experiment reads; None if some are not known."""
    if segments is None:
        return None
    experiment = plan.settings.reading[name]
    source = (experiment.stream, experiment.what) if experiment.stream else (experiment.descriptor, "")
    found = segments.assign(key=[keys.get(video, {}).get(source) for video in segments["video_id"]])
    return None if found["key"].isna().any() else found

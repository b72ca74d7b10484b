"""Which features the store holds and which are missing: what lets every stage do only what is left to do."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.digests import computing_digest, result_key
from signwild.files import read_table
from signwild.labelling import UNLABELLED, label_samples
from signwild.parameters.base import Parameters
from signwild.parameters.features import Features, Layer
from signwild.parameters.stream import Stream
from signwild.samples import read_samples
from signwild.store import store_path
from signwild.weights_receipt import layer_identity

KERNELS = {"flow": "signwild.flow", "mhi": "signwild.mhi", "difference": "signwild.difference"}
"""What computes each kind of stream; rgb has none, its images are the samples'."""


class FeatureRequest(Parameters):
    """Features that a run wants of one stream."""

    stream: Stream
    layers: list[Layer]
    features: Features


def stream_key(sample_key: str, stream: Stream) -> str:
    """Key of one video's stream: its samples, the code that makes this kind of stream, and its parameters.

    How the network's input is centred is no part of it: the images are the same.
    """
    parameters = stream.model_dump(exclude={"subtract_mean"})
    if stream.kind not in KERNELS:
        return result_key(sample_key, parameters)
    return result_key(sample_key, computing_digest(KERNELS[stream.kind]), parameters)


def feature_key(sample_key: str, request: FeatureRequest, layer: str, weights: str, rows: np.ndarray) -> str:
    """Key of one video's features of one layer.

    ``weights``: their identity. ``rows``: the samples that have features.
    """
    features = request.features.model_dump(exclude={"skip_unlabelled"})
    return result_key(
        stream_key(sample_key, request.stream),
        computing_digest("signwild.extraction"),
        [layer_identity(weights, layer), layer, request.stream.subtract_mean, features],
        rows.tolist() if request.features.skip_unlabelled else "all",
    )


def wanted_rows(samples: pd.DataFrame, spans: pd.DataFrame, request: FeatureRequest) -> np.ndarray:
    """Rows of the samples that get features, (n,) int64: all, or those with a label."""
    if not request.features.skip_unlabelled:
        return np.arange(len(samples))
    return np.flatnonzero(label_samples(samples, spans) != UNLABELLED)


def missing_layers(
    sample_key: str, request: FeatureRequest, weights: str, rows: np.ndarray, store: Path
) -> dict[str, str]:
    """Layers of a request that the store does not hold for a video, with their keys; none where no sample is wanted."""
    if len(rows) == 0:
        return {}
    keys = {layer: feature_key(sample_key, request, layer, weights, rows) for layer in request.layers}
    return {layer: key for layer, key in keys.items() if not store_path(store, "features", key).exists()}


def missing_check(
    requests: list[FeatureRequest], weights: str, labels: Path, store: Path
) -> Callable[[str, str], bool]:
    """A function that says, of a video id and its sample key, whether a requested feature is missing.

    ``labels``: the shard's labels table.
    """
    spans = read_table(labels)

    def is_missing(video_id: str, key: str) -> bool:
        samples = read_samples(store, key)
        own = spans[spans["video_id"] == video_id]
        return any(
            missing_layers(key, request, weights, wanted_rows(samples, own, request), store) for request in requests
        )

    return is_missing


def missing_keys(manifest: Path, is_missing: Callable[[str, str], bool]) -> list[str]:
    """Sample keys of a resample manifest's usable videos of which something is missing."""
    usable = read_table(manifest).query("status == 'ok'")
    return sorted({row.key for row in usable.itertuples() if is_missing(row.video_id, row.key)})

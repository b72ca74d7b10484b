"""Checks of what the store still lacks for later stages, so that every stage does only the remaining work."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.files import read_table
from signwild.base.store import store_path
from signwild.configuration.sections.features import BackboneName, parts_of
from signwild.keys.features import FeatureRequest, feature_key
from signwild.stages.dataset.sample_labels import UNLABELLED, label_samples
from signwild.stages.resample.samples import read_samples
from signwild.stages.weights.receipts import read_identities

Identities = Mapping[BackboneName, str]
"""Identities of weights, by network."""


def wanted_rows(samples: pd.DataFrame, spans: pd.DataFrame, request: FeatureRequest) -> np.ndarray:
    """Return the rows of the samples that get features, (n,) int64: all, or those with a label."""
    if not request.features.skip_unlabelled:
        return np.arange(len(samples))
    return np.flatnonzero(label_samples(samples, spans) != UNLABELLED)


def missing_layers(
    sample_key: str, request: FeatureRequest, weights: Identities, rows: np.ndarray, store: Path
) -> dict[str, str]:
    """Return a request's layers that the store lacks for a video, with their keys; empty if no sample is wanted."""
    if len(rows) == 0:
        return {}
    keys = {
        layer: feature_key(sample_key, request, layer, weights[parts_of(layer)[0]], rows) for layer in request.layers
    }
    return {layer: key for layer, key in keys.items() if not store_path(store, "features", key).exists()}


def wanted_check(
    requests: list[FeatureRequest] | None, prepared_weights: Sequence[Path], labels: Path | None, store: Path
) -> Callable[[str, str], bool]:
    """Return ``missing_check`` for the weights of receipts; without requests, a function that always returns True."""
    if requests is None:
        return lambda *_: True
    return missing_check(requests, read_identities(prepared_weights), labels, store)


def missing_check(
    requests: list[FeatureRequest], weights: Identities, labels: Path, store: Path
) -> Callable[[str, str], bool]:
    """Return a function that states, for a video id and its sample key, whether a requested feature is missing.

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
    """Return the sample keys of a resample manifest's usable videos for which something is missing."""
    usable = read_table(manifest).query("status == 'ok'")
    return sorted({row.key for row in usable.itertuples() if is_missing(row.video_id, row.key)})

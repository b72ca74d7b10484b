"""Keys of a video's streams and features."""

import numpy as np

from signwild.base.digests import computing_digest, result_key
from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.features import Features, parts_of
from signwild.configuration.sections.stream import Stream

KERNELS = {
    "flow": "signwild.stages.streams.flow",
    "mhi": "signwild.stages.streams.mhi",
    "difference": "signwild.stages.streams.difference",
}
"""Module that computes each kind of stream; rgb has none, as its images are those of the samples."""


VGG16 = "signwild.stages.features.extractor"
OTHERS = "signwild.stages.features.backbone_extractor"
"""Modules that compute features: of VGG-16, and of the other networks."""


class FeatureRequest(Parameters):
    """Features that a run needs from one stream; ``layers``: by their qualified names."""

    stream: Stream
    layers: list[str]
    features: Features


def stream_key(sample_key: str, stream: Stream) -> str:
    """Return the key of a video's stream: its samples, the code that makes this kind of stream, and its parameters.

    The centring of the network's input is not part of the key: the images are the same.
    """
    parameters = stream.model_dump(exclude={"subtract_mean"})
    if stream.kind == "rgb":
        return result_key(sample_key, parameters)
    return result_key(sample_key, computing_digest(KERNELS[stream.kind]), parameters)


def feature_key(sample_key: str, request: FeatureRequest, layer: str, weights: str, rows: np.ndarray) -> str:
    """Return the key of a video's features of one layer, by its qualified name.

    ``weights``: identity of the weights. ``rows``: the samples that have features. The network is part of the layer's
    name; which one experiments read by default is not part of the key.
    """
    features = request.features.model_dump(exclude={"skip_unlabelled", "network"})
    backbone, _ = parts_of(layer)
    return result_key(
        stream_key(sample_key, request.stream),
        computing_digest(VGG16 if backbone == "vgg16" else OTHERS),
        [layer_identity(weights, layer), layer, request.stream.subtract_mean, features],
        rows.tolist() if request.features.skip_unlabelled else "all",
    )


def layer_identity(identity: str, layer: str) -> str:
    """Return the part of an identity for the weights behind a layer: all except fc1 depend on convolutions alone."""
    return identity if layer == "fc1" else identity.partition("+")[0]

"""Extraction of the layers of several networks from the same images."""

from collections.abc import Mapping

import h5py
import numpy as np

from signwild.configuration.sections.features import BackboneName, Features, by_backbone, qualified
from signwild.stages.features.backbone_extractor import BackboneExtractor
from signwild.stages.features.extractor import Extractor
from signwild.stages.weights.receipt import PreparedWeights


class StreamExtractor:
    """The networks that run over one stream; each is built when the first video needs it.

    ``weights``: by network. ``shared``: layers of other streams' VGG-16; see ``Extractor``.
    """

    def __init__(
        self,
        weights: Mapping[BackboneName, PreparedWeights],
        features: Features,
        subtract_mean: bool,
        batch_size: int,
        shared: dict | None = None,
    ) -> None:
        settings = (features, subtract_mean, batch_size)
        self._extractors = {
            name: Extractor(own, *settings, shared) if name == "vgg16" else BackboneExtractor(name, own, *settings)
            for name, own in weights.items()
        }

    @property
    def device(self) -> str:
        """Device on which the networks run: gpu or cpu."""
        return next(iter(self._extractors.values())).device

    def extract(self, group: h5py.Group, rows: np.ndarray, layers: list[str]) -> dict[str, np.ndarray]:
        """Return the features of the samples ``rows`` of one video, by qualified name of a layer: (n, d) float16.

        ``group``: see ``Extractor.extract``. Raises InputError if a feature is too large for float16 or NaN.
        """
        found = {}
        for name, own in by_backbone(layers).items():
            for layer, values in self._extractors[name].extract(group, rows, own).items():
                found[qualified(name, layer)] = values
        return found

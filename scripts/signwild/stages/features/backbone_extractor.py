"""Extraction of features by a network other than VGG-16, in the same way."""

from signwild.configuration.sections.features import BackboneName, Features
from signwild.stages.features.extractor import Extractor
from signwild.stages.weights.receipt import PreparedWeights


class BackboneExtractor(Extractor):
    """A network of keras.applications for one stream; see ``Extractor``."""

    def __init__(
        self, name: BackboneName, weights: PreparedWeights, features: Features, subtract_mean: bool, batch_size: int
    ) -> None:
        super().__init__(weights, features, subtract_mean, batch_size)
        self._name = name

    def _model(self, shape: tuple[int, ...], layers: list[str]):
        signature = (shape[-1], *layers)
        if signature not in self._models:
            from signwild.stages.features.backbones import build_backbone

            self._models[signature] = build_backbone(
                self._name,
                self._weights,
                shape[1],
                shape[-1],
                layers,
                self._subtract_mean,
                self._features.rescale_conv1,
                self._features.precision,
            )
        return self._models[signature]

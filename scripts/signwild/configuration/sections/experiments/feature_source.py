"""Features that an experiment reads."""

from pydantic import model_validator

from signwild.configuration.sections.base import Name, Parameters
from signwild.configuration.sections.features import Layer


class FeatureSource(Parameters):
    """Features that an experiment reads: a layer of VGG-16 over a stream, or a hand-crafted descriptor."""

    stream: Name | None = None
    layer: Layer | None = None
    descriptor: Name | None = None

    @model_validator(mode="after")
    def _names_one(self) -> "FeatureSource":
        if (self.stream is None) == (self.descriptor is None):
            raise ValueError("reads a stream or a descriptor: name one of the two")
        if (self.stream is None) != (self.layer is None):
            raise ValueError("a layer belongs to a stream; a descriptor has none")
        return self

    @property
    def what(self) -> str:
        """Name of the features in manifests: the layer, or the word descriptor."""
        return self.layer or "descriptor"

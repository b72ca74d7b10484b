"""An experiment: one way to get from features to class probabilities."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from signwild.parameters.base import Name, Parameters, each_once
from signwild.parameters.classifier import AnyClassifier
from signwild.parameters.features import Layer
from signwild.parameters.network import Network
from signwild.parameters.training import Training
from signwild.vocabulary import Unit

Protocol = Literal["cross_validation", "two_folds"]
"""Every fold is held out once; or the first fold trains and the second validates (paper section 5.2.1)."""


FusionRule = Literal["mean", "product", "max"]
"""How class probabilities are put together."""


class FeatureSource(Parameters):
    """What an experiment reads of each sample: a layer of VGG-16 over a stream, or a hand-crafted descriptor."""

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
        """The features' name in manifests: the layer, or the word descriptor."""
        return self.layer or "descriptor"


class TrainedExperiment(FeatureSource):
    """From features to class probabilities by the recurrent network."""

    network: Network
    training: Training
    protocol: Protocol = "cross_validation"


class ClassifiedExperiment(FeatureSource):
    """From features, averaged over a segment or a whole video, to class probabilities by a classifier."""

    classifier: AnyClassifier
    unit: Unit = "segment"


class FusedExperiment(Parameters):
    """Class probabilities of other experiments put together: decision-based fusion (paper section 4)."""

    fuse: Annotated[list[Name], Field(min_length=2), AfterValidator(each_once)]
    rule: FusionRule = "mean"


def _kind_of_experiment(value: Any) -> str:
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return "fused" if "fuse" in keys else "classified" if "classifier" in keys else "trained"


Experiment = Annotated[
    Annotated[TrainedExperiment, Tag("trained")]
    | Annotated[ClassifiedExperiment, Tag("classified")]
    | Annotated[FusedExperiment, Tag("fused")],
    Discriminator(_kind_of_experiment),
]

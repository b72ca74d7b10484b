"""An experiment: one way to get from features to class probabilities."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from signwild.parameters.base import Parameters, each_once
from signwild.parameters.features import Layer
from signwild.parameters.network import Network
from signwild.parameters.training import Training

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class TrainedExperiment(Parameters):
    """From one stream's features to class probabilities by the recurrent network."""

    stream: Name
    layer: Layer
    network: Network
    training: Training


class FusedExperiment(Parameters):
    """Class probabilities of other experiments put together: decision-based fusion (paper section 4)."""

    fuse: Annotated[list[Name], Field(min_length=2), AfterValidator(each_once)]
    rule: Literal["mean", "product", "max"] = "mean"


def _kind_of_experiment(value: Any) -> str:
    fused = "fuse" in value if isinstance(value, dict) else isinstance(value, FusedExperiment)
    return "fused" if fused else "trained"


Experiment = Annotated[
    Annotated[TrainedExperiment, Tag("trained")] | Annotated[FusedExperiment, Tag("fused")],
    Discriminator(_kind_of_experiment),
]

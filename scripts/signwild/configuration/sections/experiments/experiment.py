"""An experiment: one way to get from features to class probabilities."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.fused import FusedExperiment
from signwild.configuration.sections.experiments.trained import TrainedExperiment


def _kind_of_experiment(value: Any) -> str:
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return "fused" if "fuse" in keys else "classified" if "classifier" in keys else "trained"


Experiment = Annotated[
    Annotated[TrainedExperiment, Tag("trained")]
    | Annotated[ClassifiedExperiment, Tag("classified")]
    | Annotated[FusedExperiment, Tag("fused")],
    Discriminator(_kind_of_experiment),
]

"""Features that an experiment reads."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from signwild.configuration.sections.base import Name, Parameters, each_once
from signwild.configuration.sections.features import Layer
from signwild.configuration.sections.pose import COLUMNS, Part, PoseDescriptor


class FeatureSource(Parameters):
    """Features that an experiment reads: a layer of VGG-16 over a stream, or a hand-crafted descriptor."""

    stream: Name | None = None
    layer: Layer | None = None
    descriptor: Name | None = None
    parts: Annotated[list[Part], Field(min_length=1), AfterValidator(each_once)] | None = Field(
        None, description="what is read of a descriptor of kind `pose`; default: all of it"
    )

    @model_validator(mode="after")
    def _names_one(self) -> "FeatureSource":
        if (self.stream is None) == (self.descriptor is None):
            raise ValueError("reads a stream or a descriptor: name one of the two")
        if (self.stream is None) != (self.layer is None):
            raise ValueError("a layer belongs to a stream; a descriptor has none")
        if self.parts and self.descriptor is None:
            raise ValueError("parts belong to a descriptor of kind pose")
        return self

    @property
    def columns(self) -> list[int] | None:
        """Columns of the features that are read, in ascending order; None if all are."""
        columns = sorted({column for part in self.parts or [] for column in COLUMNS[part]})
        return columns if 0 < len(columns) < PoseDescriptor.width else None

    @property
    def what(self) -> str:
        """Name of the features in manifests: the layer, or the word descriptor."""
        return self.layer or "descriptor"

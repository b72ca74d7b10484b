"""Features that an experiment reads."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from signwild.configuration.sections.base import Name, Parameters, each_once
from signwild.configuration.sections.features import BACKBONES, BackboneName, Layer, qualified
from signwild.configuration.sections.pose import COLUMNS, Part, PoseDescriptor


class FeatureSource(Parameters):
    """Features that an experiment reads: a layer of a network over a stream, or a hand-crafted descriptor."""

    stream: Name | None = None
    backbone: BackboneName | None = Field(
        None, description="network whose layer is read of a stream; default: features.network"
    )
    layer: Layer | None = None
    descriptor: Name | None = None
    parts: Annotated[list[Part], Field(min_length=1), AfterValidator(each_once)] | None = Field(
        None, description="what is read of a descriptor of kind `pose`; default: all of it"
    )

    @model_validator(mode="before")
    @classmethod
    def _of_vgg16(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("stream") is not None and value.get("backbone") is None:
            return value | {"backbone": "vgg16"}
        return value

    @model_validator(mode="after")
    def _names_one(self) -> "FeatureSource":
        if (self.stream is None) == (self.descriptor is None):
            raise ValueError("reads a stream or a descriptor: name one of the two")
        if (self.stream is None) != (self.layer is None):
            raise ValueError("a layer belongs to a stream; a descriptor has none")
        if self.backbone and self.stream is None:
            raise ValueError("a backbone belongs to a stream; a descriptor has none")
        offered = BACKBONES[self.backbone].layers if self.backbone else {}
        if self.layer and self.layer not in offered:
            raise ValueError(f"{self.backbone} has no layer {self.layer}; give it one of {', '.join(offered)}")
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
        """Name of the features in manifests: the layer, with its network if not VGG-16, or the word descriptor."""
        return qualified(self.backbone, self.layer) if self.layer else "descriptor"

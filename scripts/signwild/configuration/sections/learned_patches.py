"""Learned patches as a descriptor: what is stored of a video, and what is learned from it in each fold."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.encoder import AnyEncoder, KmeansEncoder


class LearnedPatchesDescriptor(Parameters):
    """Small grey frames of each sample, and an encoder that each fold learns from them (Gebre et al. 2014)."""

    kind: Literal["learned_patches"]
    short_side: Annotated[int, Field(ge=8)] = Field(
        48, description="frames are brought to this shorter side, in pixels"
    )
    frames: Annotated[int, Field(ge=1, le=2)] = Field(
        2, description="consecutive frames of a sample that a patch spans: 1, a picture; 2, a picture and its change"
    )
    encoder: AnyEncoder = KmeansEncoder(kind="kmeans")

    faces: ClassVar[None] = None

    @property
    def width(self) -> int:
        """Number of grey levels that are stored of a sample of 16:9."""
        return self.frames * self.short_side * round(self.short_side * 16 / 9)

    @model_validator(mode="after")
    def _patches_fit_the_frame(self) -> "LearnedPatchesDescriptor":
        encoder = self.encoder
        if encoder.patch_size > self.short_side:
            raise ValueError(
                f"encoder.patch_size is {encoder.patch_size}, more than the short_side of {self.short_side}"
            )
        positions = (self.short_side - encoder.patch_size) // encoder.step + 1
        if positions < encoder.grid:
            raise ValueError(
                f"encoder.grid is {encoder.grid}, but patches of {encoder.patch_size} pixels have {positions} places "
                f"along the short_side of {self.short_side}, encoder.step pixels apart"
            )
        return self

"""Polar motion profiles as a descriptor."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from signwild.configuration.sections.base import Name, Parameters, Share

AtLeastOne = Annotated[float, Field(ge=1)]


class ProfilesDescriptor(Parameters):
    """Foreground motion around each face, by angle and by radius (Karappa, Shipman et al.; values ours)."""

    kind: Literal["profiles"]
    faces: Name = Field("ensemble", description="which entry of `faces` finds them")
    short_side: PositiveInt = Field(360, description="frames are reduced to this shorter side, in pixels")
    history: PositiveInt = Field(500, description="frames in the memory of the background model")
    variance_threshold: PositiveFloat = Field(
        16.0, description="squared Mahalanobis distance from which a pixel is foreground"
    )
    warm_up: PositiveInt = Field(30, description="first frames, which the model sees once before it starts")
    max_foreground: Annotated[Share, Field(gt=0)] = Field(
        0.6,
        description="frames with a larger share of foreground, such as cuts, do not count; the model starts again",
    )
    region_width: AtLeastOne = Field(7.0, description="width of the region about a face, in sizes of the face")
    region_height: AtLeastOne = Field(6.0, description="its height, in sizes of the face")
    region_above: PositiveFloat = Field(1.5, description="of which above the face's centre, in sizes of the face")
    angular_bins: PositiveInt = 360
    radial_bins: PositiveInt = 100

    @property
    def width(self) -> int:
        """Number of features of a sample."""
        return self.angular_bins + self.radial_bins

    @model_validator(mode="after")
    def _holds_the_face(self) -> "ProfilesDescriptor":
        if self.region_above > self.region_height:
            raise ValueError(
                f"region_above is {self.region_above}, more than the region_height of {self.region_height}"
            )
        return self

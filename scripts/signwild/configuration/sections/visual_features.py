"""Five visual features as a descriptor."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt

from signwild.configuration.sections.base import Name, Parameters, Share


class VisualFeaturesDescriptor(Parameters):
    """Features VF1 to VF5 of moving foreground (Monteiro et al. 2012)."""

    kind: Literal["visual_features"]
    faces: Name = Field("ensemble", description="which entry of `faces` finds them")
    short_side: PositiveInt = Field(360, description="frames are reduced to this shorter side, in pixels")
    background_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        0.04, description="rate of the background's running average"
    )
    threshold: Annotated[int, Field(ge=0, le=254)] = Field(
        45, description="difference in grey levels above which a pixel is foreground"
    )
    min_movement: Share = Field(
        0.001, description="share of the frame's pixels, outside faces, that counts as non-facial movement (ours)"
    )

    width: ClassVar[int] = 5

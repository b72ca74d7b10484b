"""Optical flow as a stream."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from signwild.parameters.base import NonNegativeInt, Parameters


class FlowStream(Parameters):
    """Consecutive Farneback fields, coded as hue (angle) and value (magnitude) (paper section 4.2)."""

    kind: Literal["flow"]
    before: NonNegativeInt = Field(5, description="frames before the sample; before + after fields a window")
    after: PositiveInt = 5
    value: Literal["fixed", "minmax"] = Field(
        "fixed", description="magnitude over max_displacement, or stretched in each field (the authors' code)"
    )
    max_displacement: Annotated[float, Field(gt=0, le=1)] = Field(
        0.05, description="magnitude coded as 255, as a share of the image's side per frame"
    )
    wrap_around: bool = Field(
        False, description="first pair the last frame of the window with the first (authors' code)"
    )
    pyr_scale: Annotated[float, Field(gt=0, lt=1)] = 0.5
    levels: PositiveInt = 3
    winsize: PositiveInt = 15
    iterations: PositiveInt = 3
    poly_n: PositiveInt = 5
    poly_sigma: PositiveFloat = 1.2
    subtract_mean: bool = Field(False, description="zero motion is zero input, as in the authors' code")

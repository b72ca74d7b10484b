"""Optical flow as a stream."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from signwild.configuration.sections.base import NonNegativeInt, Parameters

OF_ONE_ALGORITHM = {
    "farneback": ("pyr_scale", "levels", "winsize", "iterations", "poly_n", "poly_sigma"),
    "dis": ("dis_preset",),
}
"""Keys that only one algorithm reads."""


class FlowStream(Parameters):
    """Consecutive flow fields, coded as hue (angle) and value (magnitude) (paper section 4.2).

    The paper uses Farneback's algorithm; dense inverse search (Kroeger et al., ECCV 2016) is an option.
    """

    kind: Literal["flow"]
    before: NonNegativeInt = Field(5, description="frames before the sample; a window has before + after fields")
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
    algorithm: Literal["farneback", "dis"] = Field("farneback", description="dis: dense inverse search")
    dis_preset: Literal["ultrafast", "fast", "medium"] = Field("medium", description="OpenCV's; read by dis only")
    pyr_scale: Annotated[float, Field(gt=0, lt=1)] = 0.5
    levels: PositiveInt = 3
    winsize: PositiveInt = 15
    iterations: PositiveInt = 3
    poly_n: PositiveInt = 5
    poly_sigma: PositiveFloat = 1.2
    subtract_mean: bool = Field(False, description="zero motion is zero input, as in the authors' code")

    @model_validator(mode="after")
    def _keys_of_the_algorithm(self) -> "FlowStream":
        # Compare values: a program is given every key, including those at their defaults.
        fields = type(self).model_fields
        for algorithm, names in OF_ONE_ALGORITHM.items():
            changed = [name for name in names if getattr(self, name) != fields[name].default]
            if changed and algorithm != self.algorithm:
                raise ValueError(f"algorithm {self.algorithm} does not read {', '.join(changed)}; leave it out")
        return self

"""Settings that turn videos into samples."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from signwild.configuration.sections.base import Parameters


class Resample(Parameters):
    """One decode of each video (paper section 3: first 6.6 minutes, 5 Hz; section 4.1: 224 x 224)."""

    max_seconds: PositiveFloat = Field(400.0, description="of footage, from the first frame; pauses do not count")
    sample_rate: PositiveInt = Field(5, description="samples a second; the step is ceil(round(fps) / sample_rate)")
    low_rates: Literal["time", "steps"] = Field(
        "time",
        description="sampling of videos whose steps give fewer than nine tenths of sample_rate, such as 12 frames a "
        "second: by time, or in steps all the same (the authors' code)",
    )
    max_samples: PositiveInt = 2000
    image_size: Annotated[int, Field(ge=32)] = 224
    max_motion_rate: PositiveInt = Field(
        30, description="videos of a higher rate are thinned to this rate for the motion windows"
    )

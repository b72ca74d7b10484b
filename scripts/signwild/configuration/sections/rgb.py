"""The images themselves as a stream."""

from typing import Literal

from signwild.configuration.sections.base import Parameters


class RgbStream(Parameters):
    """The sampled images themselves."""

    kind: Literal["rgb"]
    subtract_mean: bool = True

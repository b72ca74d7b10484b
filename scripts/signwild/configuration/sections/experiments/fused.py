"""An experiment that puts class probabilities of others together."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from signwild.configuration.sections.base import Name, Parameters, each_once

FusionRule = Literal["mean", "product", "max"]
"""How class probabilities are put together."""


class FusedExperiment(Parameters):
    """Class probabilities of other experiments put together: decision-based fusion (paper section 4)."""

    fuse: Annotated[list[Name], Field(min_length=2), AfterValidator(each_once)]
    rule: FusionRule = "mean"

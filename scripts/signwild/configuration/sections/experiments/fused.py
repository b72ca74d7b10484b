"""An experiment that combines the class probabilities of others."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from signwild.configuration.sections.base import Name, Parameters, each_once

FusionRule = Literal["mean", "product", "max"]
"""Rules for combining class probabilities."""


class FusedExperiment(Parameters):
    """Combined class probabilities of other experiments: decision-based fusion (paper section 4)."""

    fuse: Annotated[list[Name], Field(min_length=2), AfterValidator(each_once)]
    rule: FusionRule = "mean"

"""Settings that turn samples into segments and folds."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from signwild.configuration.sections.base import NonNegativeInt, Parameters

GroupBy = Literal["person", "source"]
"""Units that are never split over folds."""


class Segments(Parameters):
    """Segments and folds (paper section 5.1)."""

    length: PositiveInt = Field(20, description="samples of a segment")
    stride: PositiveInt = Field(20, description="samples from one segment's start to the next")
    folds: Annotated[int, Field(ge=2)] = 5
    seed: NonNegativeInt = Field(0, description="seed of the assignment of groups to folds")
    group_by: GroupBy = Field(
        "person",
        description="what no two folds share: a person, or a source (repository, channel, studio) with its persons",
    )

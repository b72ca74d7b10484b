"""How samples become segments and folds."""

from typing import Annotated

from pydantic import Field, PositiveInt

from signwild.parameters.base import NonNegativeInt, Parameters


class Segments(Parameters):
    """Segments and folds (paper section 5.1)."""

    length: PositiveInt = Field(20, description="samples of a segment")
    stride: PositiveInt = Field(20, description="samples from one segment's start to the next")
    folds: Annotated[int, Field(ge=2)] = 5
    seed: NonNegativeInt = Field(0, description="of the assignment of groups to folds")

"""Motion history as a stream."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from signwild.configuration.sections.base import NonNegativeInt, Parameters


class MhiStream(Parameters):
    """Motion history image over a 5-frame window (paper section 4.2)."""

    kind: Literal["mhi"]
    before: NonNegativeInt = 2
    after: PositiveInt = 2
    threshold: Annotated[int, Field(ge=0, le=254)] = Field(
        32, description="grey levels that count as motion (authors' code)"
    )
    subtract_mean: bool = True

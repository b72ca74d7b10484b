"""Types and the base class of all sections of the configuration."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, lt=1)]
NonNegativeInt = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


def each_once(values: list) -> list:
    """Return the values; raises ValueError if one is named twice."""
    if len(set(values)) < len(values):
        raise ValueError("a value is named twice")
    return values


class Parameters(BaseModel):
    """A section of the configuration: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

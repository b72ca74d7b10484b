"""Valid names of a run."""

from typing import Annotated

from pydantic import Field

RunName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]

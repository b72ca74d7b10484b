"""Content of the pictures of single segments and videos."""

from pydantic import Field, PositiveInt

from signwild.configuration.sections.base import Name, Parameters


class Report(Parameters):
    """Content of the pictures of single segments and videos."""

    experiment: Name | None = Field(
        None,
        description="trained, or a fusion of trained ones; without one, the first such fusion, else the first trained",
    )
    timelines: PositiveInt = Field(6, description="whole held-out videos that are drawn by the second")

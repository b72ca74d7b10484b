"""Content of the pictures of single segments and videos."""

from pydantic import Field, PositiveInt

from signwild.configuration.sections.base import Name, Parameters


class Report(Parameters):
    """Content of the pictures of single segments and videos."""

    experiment: Name | None = Field(
        None,
        description="a trained one, or a fusion of such; default: the first such fusion, else the first trained",
    )
    timelines: PositiveInt = Field(6, description="whole held-out videos that are drawn second by second")

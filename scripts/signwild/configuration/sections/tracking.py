"""Settings of the logging of runs."""

from pydantic import Field

from signwild.configuration.sections.base import Parameters


class Tracking(Parameters):
    """Settings of the logging of runs."""

    uri: str | None = Field(
        None, pattern="^https?://", description="address of an MLflow server; default: an SQLite file under results/"
    )

"""Where runs are logged."""

from pydantic import Field

from signwild.configuration.sections.base import Parameters


class Tracking(Parameters):
    """Where runs are logged."""

    uri: str | None = Field(
        None, pattern="^https?://", description="address of an MLflow server; without one, sqlite under results/"
    )

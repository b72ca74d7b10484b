"""The content of a table: its rows, what they are compared with, and its columns."""

from typing import Annotated

from pydantic import Field, model_validator

from signwild.base.classes import Unit
from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.experiments.protocol import Protocol


class ComparedRow(Parameters):
    """A row: an experiment, and the folder below the run's in which seed_1, seed_2, ... hold its results."""

    experiment: str
    label: str
    folder: str
    protocol: Protocol = "cross_validation"
    reference: str | None = Field(
        None, description="experiment of the row that it is compared with, if not the table's"
    )
    features: int | None = Field(None, description="number of features that it reads of a sample")
    layer: str | None = Field(None, description="layer that it reads of a stream, with its network")


class Comparison(Parameters):
    """The content of a table."""

    caption: str
    unit: Unit = Field("segment", description="whole videos are classified as signing or not")
    columns: Annotated[list[str], Field(min_length=1)]
    rows: Annotated[list[ComparedRow], Field(min_length=1)]
    reference: str | None = Field(None, description="experiment of the row that the others are compared with")
    gain: str | None = Field(None, description="experiment of the row whose gain over the reference a note states")
    notes: list[str] = Field([], description="sentences below the table")

    @model_validator(mode="after")
    def _has_its_rows(self) -> "Comparison":
        experiments = [row.experiment for row in self.rows]
        named = [
            ("reference", self.reference),
            ("gain", self.gain),
            *(("reference", row.reference) for row in self.rows),
        ]
        for key, name in named:
            if name is not None and name not in experiments:
                raise ValueError(f"{key}: {name!r} is not the experiment of any row")
        return self

    @property
    def references(self) -> dict[str, str]:
        """The experiment that each row is compared with, by the row's own; rows without one are left out."""
        found = {row.experiment: row.reference or self.reference for row in self.rows}
        return {experiment: reference for experiment, reference in found.items() if reference is not None}

    @property
    def by_video(self) -> list[ComparedRow]:
        """The rows on folds by video."""
        return [row for row in self.rows if row.protocol == "by_video"]

"""Tables: lists of experiments, to be shown beside the paper's numbers."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from signwild.base.classes import Unit
from signwild.configuration.sections.base import Name, Parameters
from signwild.configuration.sections.experiments.experiment import Experiment
from signwild.configuration.sections.experiments.learning_curve import LearningCurve
from signwild.configuration.sections.experiments.protocol import Protocol

Column = Literal[
    "loss",
    "accuracy",
    "precision",
    "f1_signing",
    "precision_signing",
    "recall_signing",
    "calibration_error",
    "parameters",
    "features",
    "forward_time_ms",
    "images_per_second",
]
"""The columns that tables can have."""

OF_SEGMENTS = {"loss", "precision", "calibration_error"}
OF_VIDEOS = {"precision_signing", "recall_signing"}
"""Columns that only tables of segments have, and columns that only tables of whole videos have."""


def columns_of(unit: Unit) -> list[Column]:
    """Return the names of the columns that a table of ``unit`` (segment or video) can have."""
    return [name for name in get_args(Column) if name not in (OF_VIDEOS if unit == "segment" else OF_SEGMENTS)]


def under_protocol(experiment: str, protocol: Protocol) -> str:
    """Return the name of an experiment under the protocol of a row."""
    return experiment if protocol == "cross_validation" else f"{experiment}_{protocol}"


class Row(Parameters):
    """A row of a table."""

    label: str
    experiment: Name
    protocol: Protocol | None = Field(None, description="another protocol than the table's, for this row")


class Table(Parameters):
    """A list of experiments, to be shown beside the paper's numbers."""

    caption: str
    columns: Annotated[list[Column], Field(min_length=1)]
    rows: Annotated[list[Row], Field(min_length=1)]
    unit: Unit = "segment"
    protocol: Protocol = Field("cross_validation", description="which folds train for its rows, and which are held out")
    reference: Name | None = Field(None, description="experiment of the row that the others are compared with")
    gain: Name | None = Field(None, description="experiment of the row whose gain over the reference a note states")
    notes: list[str] = []

    @property
    def experiments(self) -> list[str]:
        """Names of the experiments that the rows show, each under the protocol of its row."""
        return [under_protocol(row.experiment, self.protocol_of(row)) for row in self.rows]

    def protocol_of(self, row: Row) -> Protocol:
        """Return the protocol of a row: its own, or the table's."""
        return row.protocol or self.protocol

    def name_of(self, row: Row) -> str:
        """Return the name of a row in the table: its experiment's, with the protocol if that is not the table's."""
        protocol = self.protocol_of(row)
        return row.experiment if protocol == self.protocol else f"{row.experiment}_{protocol}"

    def counterpart_of(self, row: Row) -> str | None:
        """Return the name of the row that a row under another protocol than the table's is compared with.

        It is the row of the same experiment under the table's protocol, if there is one.
        """
        own = {other.experiment for other in self.rows if self.protocol_of(other) == self.protocol}
        return row.experiment if self.name_of(row) != row.experiment and row.experiment in own else None


class ExperimentsFile(Parameters):
    """The file of experiments, tables and the learning curve."""

    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]
    tables: dict[Name, Table]
    learning_curve: LearningCurve | None = None

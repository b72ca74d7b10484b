"""Tables: lists of experiments, to stand beside the paper's numbers."""

from typing import Annotated, Literal

from pydantic import Field

from signwild.classes import Unit
from signwild.parameters.base import Name, Parameters
from signwild.parameters.experiment import Experiment
from signwild.parameters.trained import Protocol

Column = Literal[
    "loss",
    "accuracy",
    "precision",
    "f1_signing",
    "precision_signing",
    "recall_signing",
    "calibration_error",
    "parameters",
    "forward_time_ms",
]


def under_protocol(experiment: str, protocol: Protocol) -> str:
    """Name of an experiment that a table asks for by its protocol."""
    return experiment if protocol == "cross_validation" else f"{experiment}_{protocol}"


class Row(Parameters):
    """A row of a table."""

    label: str
    experiment: Name


class Table(Parameters):
    """A list of experiments, to stand beside the paper's numbers."""

    caption: str
    columns: Annotated[list[Column], Field(min_length=1)]
    rows: Annotated[list[Row], Field(min_length=1)]
    unit: Unit = "segment"
    protocol: Protocol = Field("cross_validation", description="how the networks of its rows are trained and asked")
    reference: Name | None = Field(None, description="the row's experiment that the others are set against")
    gain: Name | None = Field(None, description="the row's experiment whose gain over the reference a note tells")
    notes: list[str] = []

    @property
    def experiments(self) -> list[str]:
        """Names of the experiments that the rows show, each under the table's protocol."""
        return [under_protocol(row.experiment, self.protocol) for row in self.rows]


class ExperimentsFile(Parameters):
    """The file of experiments and tables."""

    experiments: Annotated[dict[Name, Experiment], Field(min_length=1)]
    tables: dict[Name, Table]

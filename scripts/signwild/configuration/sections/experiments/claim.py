"""The paper's statements about its results, in a form that a run can be checked against."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, model_validator

from signwild.configuration.sections.base import Name, Parameters


class Claim(Parameters):
    """Claim of a statement about a table: ``experiment`` is better than each of ``against``, or as good."""

    tables: Annotated[list[Name], Field(min_length=1)]
    column: Literal["loss", "accuracy", "precision", "f1_signing"]
    kind: Literal["better", "as_good"]
    experiment: Name
    against: Annotated[list[Name], Field(min_length=1)]
    margin: PositiveFloat | None = None
    by: float | None = None

    @model_validator(mode="after")
    def _margin_belongs_to_as_good(self) -> "Claim":
        if (self.kind == "as_good") == (self.margin is None):
            raise ValueError("as_good needs a margin, and better has none")
        return self


class Statement(Parameters):
    """A statement of the paper, its place there, and its claim, whose ``by`` is the difference that the paper gives."""

    says: str
    where: str
    claim: Claim


class StatementsFile(Parameters):
    """The file of the paper's statements, by name."""

    statements: dict[Name, Statement]

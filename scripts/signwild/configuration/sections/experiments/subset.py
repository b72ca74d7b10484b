"""A part of the training data: a share of its persons (or sources, as folds are grouped)."""

from typing import Annotated

from pydantic import Field, PositiveInt

from signwild.configuration.sections.base import Parameters


class Subset(Parameters):
    """Share of the persons (or sources, or videos) of the training folds that are trained on.

    A larger share of the same draw contains the smaller ones.
    """

    share: Annotated[float, Field(gt=0, lt=1)]
    draw: PositiveInt = Field(1, description="number of the order in which the persons are taken")


SomePersons = Annotated[
    Subset | None,
    Field(
        exclude_if=lambda subset: subset is None,
        description="train on a share of the persons of the training folds; default: on all of them",
    ),
]
"""The subset that an experiment trains on; an experiment without one is described as before there were any."""

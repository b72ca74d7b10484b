"""The shape of the recurrent network."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from signwild.configuration.sections.base import NonNegativeInt, Parameters, Rate

Masks = Literal["gate", "shared"]
Averages = Literal["debiased", "plain"]

DROPOUTS = ("cell_dropout", "dropout")
"""Rates of dropout; networks that differ only in these, where they are above 0, share what is compiled."""


class Network(Parameters):
    """The recurrent network (paper figures 2 and 3, tables 3 and 4; sizes from the authors' code).

    ``cell: statistics`` replaces the recurrent layers by statistics of the whole segment: the mean, the deviation and
    the mean change of each feature.
    """

    cell: Literal["gru", "lstm", "statistics"] = "gru"
    layers: Annotated[int, Field(ge=1, le=3)] = Field(2, description="recurrent layers")
    units: PositiveInt = Field(256, description="units of a recurrent layer")
    cell_dropout: Rate = Field(0.3, description="dropout on the inputs of each recurrent layer")
    cell_dropout_masks: Masks = Field(
        "gate",
        description="gate: each gate of a cell (3 of a GRU, 4 of an LSTM) has its own inputs removed, as in the "
        "authors' Keras; shared: all gates the same",
    )
    batch_normalisation: bool = True
    batch_normalisation_momentum: Rate = Field(
        0.99, description="momentum of its running averages; with less than some hundred training steps use about 0.8"
    )
    batch_normalisation_averages: Averages = Field(
        "debiased",
        description="debiased: its running averages are divided by the weight of what they have seen, as in the "
        "authors' Keras; plain: they begin with 0 and 1, as in today's",
    )
    dense_units: NonNegativeInt = Field(64, description="units of the classifier's hidden layer; 0 leaves it out")
    dropout: Rate = Field(0.4, description="dropout before the last layer")
    l2: NonNegativeFloat = Field(
        0.0, description="penalty on the squared weights of the hidden and the last layer, added to the training loss"
    )

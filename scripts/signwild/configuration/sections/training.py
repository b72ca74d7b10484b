"""Settings of the training of the recurrent network."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from signwild.configuration.sections.base import NonNegativeInt, Parameters

StopOn = Literal["held_out", "inner"]
"""Segments that decide when a training stops: those that are then reported, or a part of the others."""

Precision = Literal["float32", "bfloat16"]
"""Type of the numbers that are multiplied."""


class Schedule(Parameters):
    """Changes of learning rate and batch size when the validation loss stops improving (paper section 5.1).

    The paper gives no numbers. A rate of a fifth is a step of Smith et al. (its reference 35); the others are ours.
    """

    learning_rate_factor: Annotated[float, Field(gt=0, lt=1)] = 0.2
    reductions: PositiveInt = Field(
        2, description="learning rates in a row without a lower loss, after which the batch grows"
    )
    batch_factor: Annotated[int, Field(ge=2)] = 2
    largest_batch: PositiveInt = Field(512, description="largest size of a batch, which is read into memory whole")


class Training(Parameters):
    """Training of the recurrent network (paper section 5.1)."""

    batch_size: PositiveInt = Field(32, description="segments in a batch, initially")
    learning_rate: PositiveFloat = Field(0.001, description="learning rate of Adam, initially")
    learning_rate_decay: Annotated[float, Field(ge=0)] = Field(
        0.0, description="after n steps of Adam the learning rate is divided by 1 + n times this"
    )
    schedule: Schedule | None = Field(Schedule(), description="null: constant, and the first plateau ends the training")
    epochs: NonNegativeInt = Field(
        500, description="epochs at most, in total; 0: the network of start_from is evaluated as it is"
    )
    patience: PositiveInt = Field(10, description="epochs without a lower validation loss before a step ends")
    stop_on: StopOn = Field(
        "held_out",
        description="held_out: validation is the fold that is reported, as in the paper. inner: it is a fifth of the "
        "training folds, by groups of videos; then training is repeated on all of them, for as long as was best",
    )
    class_weights: bool = Field(
        False, description="weight classes by the inverse of their share of the training segments"
    )
    precision: Precision = Field(
        "float32",
        description="bfloat16: products of inputs and weights while training, on processors and GPUs that have it; "
        "weights, sums and predictions stay float32",
    )
    start_from: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="folder of an exported detector with one network of each member: weights that training starts "
        "from, instead of random ones",
    )

    @model_validator(mode="after")
    def _has_a_network(self) -> "Training":
        if not self.epochs and self.start_from is None:
            raise ValueError(
                "epochs: 0 trains nothing; that goes with start_from alone, whose network is then evaluated"
            )
        return self

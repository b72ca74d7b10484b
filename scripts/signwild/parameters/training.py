"""How the recurrent network is trained."""

from pydantic import Field, PositiveFloat, PositiveInt

from signwild.parameters.base import Parameters


class Training(Parameters):
    """Training of the recurrent network (paper section 5.1)."""

    batch_size: PositiveInt = 32
    learning_rate: PositiveFloat = 0.001
    epochs: PositiveInt = 500
    patience: PositiveInt = Field(10, description="epochs without a lower validation loss before it stops")
    class_weights: bool = Field(
        False, description="weigh classes by the inverse of their share of the training segments"
    )

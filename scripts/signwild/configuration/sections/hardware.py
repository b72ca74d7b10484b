"""Settings that fit the machine: values that change speed and memory, and of results at most the rounding."""

from pydantic import Field, NonNegativeFloat, PositiveInt

from signwild.configuration.sections.base import Parameters


class Hardware(Parameters):
    """Settings that fit the machine; changing them reruns nothing."""

    feature_batch_size: PositiveInt = Field(
        32, description="images that VGG-16 processes at once; 256-512 on a GPU, halved once if they do not fit"
    )
    keep_training_s: NonNegativeFloat = Field(
        30.0,
        description="seconds after which a training's state is saved again, at the end of an epoch; 0: every epoch",
    )
    fits_per_job: PositiveInt = Field(
        100,
        description="networks that one training job trains at most; when its own are done, it trains others that read "
        "the same features and wait, as starting Keras and compiling a network take seconds",
    )
    fits_side_by_side: PositiveInt = Field(
        1,
        description="networks of one form that a training job trains at the same time, in the same steps; for a GPU",
    )

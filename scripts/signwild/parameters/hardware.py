"""What fits the machine: values that change speed and memory, never a result."""

from pydantic import Field, PositiveInt

from signwild.parameters.base import Parameters


class Hardware(Parameters):
    """What fits the machine; changing it reruns nothing."""

    feature_batch_size: PositiveInt = Field(32, description="images that VGG-16 sees at once; 256-512 on a GPU")

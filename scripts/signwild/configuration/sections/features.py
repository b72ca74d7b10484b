"""Settings of VGG-16: how it is run, and which layer is read."""

from typing import Literal

from pydantic import Field

from signwild.configuration.sections.base import Parameters

Layer = Literal["fc1", "block5", "block5_gap"]
"""Layers of VGG-16 to read: 4,096 codes after fc1's ReLU; the pooled block 5, flattened; its 512 channel means."""


class Features(Parameters):
    """Settings of VGG-16."""

    skip_unlabelled: bool = Field(False, description="compute no features for samples without a label")
    rescale_conv1: bool = Field(False, description="divide the repeated filters of block1_conv1 by their number")
    precision: Literal["float32", "bfloat16"] = "float32"

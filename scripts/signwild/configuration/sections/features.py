"""Settings of the networks that give features: which one, and how it is run."""

from typing import Literal

from pydantic import Field

from signwild.configuration.sections.backbones import BackboneName
from signwild.configuration.sections.base import Parameters


class Features(Parameters):
    """Settings of VGG-16 and the networks in its place."""

    network: BackboneName = Field("vgg16", description="network of experiments that name no `backbone`")
    skip_unlabelled: bool = Field(False, description="compute no features for samples without a label")
    rescale_conv1: bool = Field(
        False, description="divide the repeated filters of the network's first convolution by their number"
    )
    precision: Literal["float32", "bfloat16"] = "float32"

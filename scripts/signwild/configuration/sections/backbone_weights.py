"""The weights of networks other than VGG-16."""

from typing import Annotated, Literal

from pydantic import Field

from signwild.configuration.sections.base import NonNegativeInt, Parameters

OtherBackbone = Literal["mobilenet_v2", "efficientnet_v2_b0", "convnext_tiny"]


class BackboneWeights(Parameters):
    """Weights of a network other than VGG-16; images are prepared as the weights want them."""

    source: str = Field(
        "imagenet",
        description="imagenet (Keras's file), packaged (mobilenet_v2 only: from the package index), random, or the "
        "path of a .h5 file like Keras's",
    )
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        None, description="sha256 that Keras's file, or the file of `source`, must have; default: Keras's own checksum"
    )
    seed: NonNegativeInt = Field(0, description="seed of random weights")
    url: str | None = Field(None, description="folder that contains Keras's file; default: Keras's")

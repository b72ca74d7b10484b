"""The weights of VGG-16, and of the networks in its place."""

from typing import Annotated, Literal

from pydantic import Field

from signwild.configuration.sections.base import NonNegativeInt, Parameters

OtherBackbone = Literal["mobilenet_v2", "efficientnet_v2_b0", "convnext_tiny"]


class Weights(Parameters):
    """Weights of VGG-16, and the preprocessing that belongs to them."""

    source: str = Field(
        "imagenet",
        description="imagenet (Keras's file), packaged (torchvision's convolutions, from the package index), random, "
        "or the path of a .h5 or .npz file",
    )
    preprocessing: Literal["caffe", "torch"] | None = Field(
        None,
        description="required for a file: caffe (B,G,R, mean subtracted) or torch (R,G,B in 0..1, mean and deviation)",
    )
    fc1: Literal["refuse", "random"] = Field(
        "refuse", description="if fc1 is read and the weights have none: an error, or random numbers in its place"
    )
    seed: NonNegativeInt = Field(0, description="seed of random weights, and of a random fc1")
    url: str = Field(
        "https://storage.googleapis.com/tensorflow/keras-applications/vgg16",
        description="folder that contains Keras's files, or a mirror of it",
    )


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

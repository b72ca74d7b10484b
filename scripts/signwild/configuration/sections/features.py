"""The networks whose layers are read as features: what each offers and takes, its weights, and how it is run.

Sources: VGG-16 (Simonyan and Zisserman 2014), MobileNetV2 (Sandler et al. 2018), EfficientNetV2-B0 (Tan and Le 2021),
ConvNeXt-Tiny (Liu et al. 2022), all as in keras.applications.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from signwild.configuration.sections.base import Parameters

BackboneName = Literal["vgg16", "mobilenet_v2", "efficientnet_v2_b0", "convnext_tiny"]

Layer = Literal["fc1", "block5", "block5_gap", "final_gap", "last_block", "last_block_gap"]
"""Layers to read. Of VGG-16: 4,096 codes after fc1's ReLU; the pooled block 5, flattened; its 512 channel means. Of the
other networks: what their classifier reads, the channel means of the last layer; the last block, flattened; its channel
means."""

Preprocessing = Literal["caffe", "torch", "tf"]
"""Preparation of images: B,G,R with the mean subtracted; R,G,B in 0..1, by mean and deviation; R,G,B in -1..1."""

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"

SCALE = 32
"""Ratio of an image's side to that of every network's last map."""


@dataclass(frozen=True)
class WeightFile:
    """A file of Keras's: its checksum as Keras states it, md5 or sha256, or empty; and its approximate size."""

    name: str
    checksum: str
    size: int


@dataclass(frozen=True)
class Backbone:
    """A network, and the ImageNet weights of keras.applications for it.

    ``title``: its name for people. ``builder``: keras.applications' function. ``layers``: the width of each layer, or
    its channels if it is a flattened map; the first is the default. ``maps``: layers that are flattened.
    ``multiple``: number of which the image's side must be a multiple. ``files``: Keras's; of VGG-16 with and without
    fc1. ``packaged``: how images are prepared for the weights from the package index, if there are any.
    """

    title: str
    builder: str
    layers: dict[Layer, int]
    maps: tuple[Layer, ...]
    multiple: int
    preprocessing: Preprocessing
    url: str
    files: tuple[WeightFile, ...]
    licence: str
    packaged: Preprocessing | None = None

    def width(self, layer: Layer, image_size: int) -> int:
        """Return the number of features that a layer gives per sample."""
        return self.layers[layer] * ((image_size // SCALE) ** 2 if layer in self.maps else 1)


BACKBONES: dict[BackboneName, Backbone] = {
    "vgg16": Backbone(
        title="VGG-16",
        builder="VGG16",
        layers={"fc1": 4096, "block5": 512, "block5_gap": 512},
        maps=("block5",),
        multiple=1,
        preprocessing="caffe",
        url=f"{KERAS}/vgg16",
        files=(
            WeightFile("vgg16_weights_tf_dim_ordering_tf_kernels.h5", "64373286793e3c8b2b4e3219cbf3544b", 553_467_096),
            WeightFile(
                "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "6d6bbae143d832006294945121d1f1fc", 58_889_256
            ),
        ),
        licence="CC BY",
        packaged="torch",
    ),
    "mobilenet_v2": Backbone(
        title="MobileNetV2",
        builder="MobileNetV2",
        layers={"final_gap": 1280, "last_block": 320, "last_block_gap": 320},
        maps=("last_block",),
        multiple=SCALE,
        preprocessing="tf",
        url=f"{KERAS}/mobilenet_v2",
        # Keras checks no checksum of this file; `sha256` in the configuration pins one.
        files=(WeightFile("mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5", "", 9_031_936),),
        licence="Apache-2.0",
        packaged="torch",
    ),
    "efficientnet_v2_b0": Backbone(
        title="EfficientNetV2-B0",
        builder="EfficientNetV2B0",
        layers={"final_gap": 1280, "last_block": 192, "last_block_gap": 192},
        maps=("last_block",),
        multiple=SCALE,
        preprocessing="torch",
        url=f"{KERAS}/efficientnet_v2",
        files=(WeightFile("efficientnetv2-b0_notop.h5", "893217f2bb855e2983157299931e43ff", 23_677_248),),
        licence="Apache-2.0",
    ),
    "convnext_tiny": Backbone(
        title="ConvNeXt-Tiny",
        builder="ConvNeXtTiny",
        layers={"final_gap": 768, "last_block": 768, "last_block_gap": 768},
        maps=("last_block",),
        multiple=SCALE,
        preprocessing="torch",
        url=f"{KERAS}/convnext",
        files=(
            WeightFile(
                "convnext_tiny_notop.h5",
                "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
                111_280_512,
            ),
        ),
        licence="MIT",
    ),
}
"""Every network. Sizes of files but VGG-16's are those of their values."""


def qualified(backbone: BackboneName, layer: Layer) -> str:
    """Return the name of a network's layer in manifests and keys: of VGG-16 the layer's, else with the network's."""
    return layer if backbone == "vgg16" else f"{backbone}/{layer}"


def parts_of(name: str) -> tuple[BackboneName, Layer]:
    """Return the network and the layer of a qualified name."""
    backbone, slash, layer = name.rpartition("/")
    return (backbone, layer) if slash else ("vgg16", name)


def by_backbone(names: list[str]) -> dict[BackboneName, list[Layer]]:
    """Return the layers of qualified names by network, in the order of the names."""
    found: dict[BackboneName, list[Layer]] = {}
    for backbone, layer in map(parts_of, names):
        found.setdefault(backbone, []).append(layer)
    return found


def width_of_layer(name: str, image_size: int) -> int:
    """Return the number of features per sample of a layer by its qualified name."""
    backbone, layer = parts_of(name)
    return BACKBONES[backbone].width(layer, image_size)


class Features(Parameters):
    """Settings of VGG-16 and the networks in its place."""

    network: BackboneName = Field("vgg16", description="network of experiments that name no `backbone`")
    skip_unlabelled: bool = Field(False, description="compute no features for samples without a label")
    rescale_conv1: bool = Field(
        False, description="divide the repeated filters of the network's first convolution by their number"
    )
    precision: Literal["float32", "bfloat16"] = "float32"

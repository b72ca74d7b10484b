"""The weights of a run's networks, from its settings: which are used, where they come from, whether they are usable."""

from pathlib import Path

from signwild.configuration.sections.features import BACKBONES, BackboneName
from signwild.configuration.settings import Settings
from signwild.stages.tables.paper_numbers import is_imagenet
from signwild.stages.weights import packaged_vgg16
from signwild.stages.weights.prepare_backbone import check_backbone
from signwild.stages.weights.prepare_weights import SOURCES, check_weights

RANDOM = "random weights"
RANDOM_FC1 = "random weights in fc1"
"""Reasons why a run's numbers have no meaning at all, or not the paper's, besides not being comparable."""


def check_networks(settings: Settings, with_fc1: bool) -> None:
    """Check before any work that the networks take the images, and that their weights exist; raises InputError."""
    configuration = settings.configuration
    size = configuration.resample.image_size
    for name in settings.backbones:
        if name == "vgg16":
            check_weights(configuration.weights, size, with_fc1)
        else:
            check_backbone(name, configuration.weights_of(name), size)


def own_weights(settings: Settings, backbone: BackboneName) -> list[str]:
    """Return the user's file of a network's weights, if the configuration names one."""
    source = settings.configuration.weights_of(backbone).source
    return [] if source in SOURCES else [source]


def weights_folder(settings: Settings, backbone: BackboneName) -> str:
    """Return the folder of a network's fetched weights."""
    is_packaged = settings.configuration.weights_of(backbone).source == "packaged"
    return str(packaged_vgg16.FOLDER) if is_packaged else "results/weights"


def other_weights(settings: Settings, random_fc1: bool) -> list[str]:
    """Return why a run's weights are not the paper's: they are random, partly random, or not in a Keras file.

    A row of another network than VGG-16 is beside the paper's rows and no reason, unless that network is the default.
    """
    configuration, used = settings.configuration, settings.backbones
    source, network = configuration.weights.source, configuration.features.network
    drawn = [name for name in used if configuration.weights_of(name).source == "random"]
    if "vgg16" in drawn or (used and drawn == used):
        return [RANDOM]
    is_paper = "vgg16" not in used or source == "imagenet" or is_imagenet(Path(source))
    return [
        *([] if network == "vgg16" else [f"another network than VGG-16, {BACKBONES[network].title}"]),
        *([] if is_paper else ["other weights than the paper's"]),
        *([RANDOM_FC1] if random_fc1 else []),
        *(f"{RANDOM} in {BACKBONES[name].title}" for name in drawn),
    ]

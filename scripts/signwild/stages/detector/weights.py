"""The VGG-16 weights that a detector was made with: found, fetched or generated again on this machine, and checked."""

from pathlib import Path

from signwild.base.digests import file_digest, file_sha256
from signwild.base.errors import InputError
from signwild.base.project import PROJECT
from signwild.configuration.sections.weights import Weights as ConfiguredWeights
from signwild.exported.model import Detector, Variant, Weights
from signwild.stages.weights import packaged_vgg16
from signwild.stages.weights.packaged_vgg16 import packaged_weights
from signwild.stages.weights.prepare_weights import IMAGENET_FILES, SOURCES, fetch_imagenet
from signwild.stages.weights.receipt import PreparedWeights


def describe_weights(configured: ConfiguredWeights, prepared: PreparedWeights) -> Weights:
    """Return the description, for a detector's folder, of the weights of its run; ``prepared``: their receipt."""
    in_file = configured.source not in ("imagenet", "random")
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
) -> PreparedWeights:
    """Return the weights that a variant needs, identical to those the detector was made with; raises InputError.

    ``given``: a file of the user's, used if it holds these weights; ``hint``: the option that names it.
    ``project``: the folder in which fetched weights are looked for and stored.
    """
    wanted = detector.model.weights
    if wanted.source == "random":
        if given:
            raise InputError(f"{given}: the detector has random weights, made from their seed; leave {hint} out")
        return _prepared(wanted, "")
    if given:
        return _prepared(wanted, _checked(given, wanted, hint))
    if wanted.source == "file":
        raise InputError(
            f"{detector.folder}: was made with its maker's own file of weights, {wanted.file} (sha256 "
            f"{wanted.sha256}), which is not in it; name a copy with {hint}"
        )
    if wanted.source == "packaged":
        return _prepared(wanted, packaged_weights(project / packaged_vgg16.FOLDER))
    with_fc1 = any(detector.model.members[name].layer == "fc1" for name in variant.members)
    cache, url = project / "results/weights", ConfiguredWeights().url
    return _prepared(wanted, fetch_imagenet(url, with_fc1, cache, str(detector.folder), f"name it with {hint}"))


def _prepared(wanted: Weights, path: Path | str) -> PreparedWeights:
    return PreparedWeights(wanted.identity, str(path), wanted.preprocessing, wanted.seed, wanted.random_fc1)


def _checked(path: Path, wanted: Weights, hint: str) -> Path:
    """Check a file of weights and return it; Keras's files with and without fc1 hold the same convolutions."""
    if not path.is_file():
        raise InputError(f"{path}: no such file of VGG-16's weights; see {hint}")
    if wanted.source == "imagenet":
        is_right = file_digest(path, "md5") in {md5 for _, md5 in IMAGENET_FILES.values()}
    else:
        is_right = file_sha256(path) == wanted.sha256
    if not is_right:
        raise InputError(f"{path}: not the weights that the detector was made with ({wanted.identity}); see {hint}")
    return path

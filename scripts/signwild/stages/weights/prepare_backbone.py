"""Preparation of the weights of a network other than VGG-16: Keras's ImageNet file, packaged, a user's, or random."""

import json
from dataclasses import asdict
from pathlib import Path

import h5py

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.cli.program import run_function
from signwild.configuration.sections.features import BACKBONES, BackboneName, WeightFile
from signwild.configuration.sections.weights import BackboneWeights, OtherBackbone
from signwild.stages.weights import packaged_mobilenet_v2
from signwild.stages.weights.packaged_mobilenet_v2 import packaged_mobilenet_v2 as packaged_weights
from signwild.stages.weights.prepare_weights import SOURCES, fetch_keras_file
from signwild.stages.weights.receipt import PreparedWeights


def check_image_size(name: BackboneName, image_size: int) -> None:
    """Raise InputError if a network cannot take images of this size."""
    own = BACKBONES[name]
    if image_size % own.multiple:
        below = max(own.multiple, image_size // own.multiple * own.multiple)
        raise InputError(
            f"resample.image_size: {own.title} takes images of a multiple of {own.multiple} pixels, not {image_size}; "
            f"set {below} or {below + own.multiple}, or choose `tables` of which no row names backbone {name}"
        )


def check_backbone(name: OtherBackbone, parameters: BackboneWeights, image_size: int) -> None:
    """Check, before any work, that a network takes the images, and that its weights exist; raises InputError if not."""
    place = f"backbones.{name}"
    check_image_size(name, image_size)
    if parameters.source == "packaged" and BACKBONES[name].packaged is None:
        having = [other for other, own in BACKBONES.items() if own.packaged and other != "vgg16"]
        raise InputError(
            f"{place}.source: no package with {BACKBONES[name].title}'s weights is known, only with those of "
            f"{', '.join(having)}; give imagenet, random, or the path of a .h5 file"
        )
    if parameters.sha256 and parameters.source in ("packaged", "random"):
        raise InputError(f"{place}.sha256: belongs to a file, not to {parameters.source} weights; leave this key out")
    if parameters.url and parameters.source != "imagenet":
        raise InputError(f"{place}.url: is where Keras's file is; leave it out, or give `source: imagenet`")
    if parameters.source in SOURCES:
        return
    path = Path(parameters.source)
    if path.suffix != ".h5" or not path.is_file():
        raise InputError(
            f"{place}.source: no .h5 file {path}; give imagenet, packaged, random, or the path of such a file"
        )
    try:
        with h5py.File(path):
            pass
    except OSError as error:
        raise InputError(f"{place}.source: {path} cannot be read as .h5: {error}") from error


def prepare_backbone(
    network: OtherBackbone, parameters: BackboneWeights, image_size: int, cache: Path, receipt: Path
) -> None:
    """Make a network's weights available, fetching a file into ``cache`` if needed, and write their receipt (JSON).

    A file without the network's arrays, or with another checksum than is pinned, is an InputError.
    """
    check_backbone(network, parameters, image_size)
    own = BACKBONES[network]
    if parameters.source == "random":
        identity = f"random-{parameters.seed}-{own.preprocessing}"
        prepared = PreparedWeights(identity, "", own.preprocessing, parameters.seed)
    elif parameters.source == "packaged":
        path, identity = packaged_weights(cache), f"{packaged_mobilenet_v2.SHA256}-{own.packaged}"
        prepared = PreparedWeights(identity, str(path), own.packaged, 0)
    else:
        path = Path(parameters.source)
        if parameters.source == "imagenet":
            path = fetch_backbone(network, parameters.url, parameters.sha256, cache, f"backbones.{network}")
        found = file_sha256(path)
        if parameters.sha256 not in (None, found):
            raise InputError(f"backbones.{network}.sha256: {path} has {found}; delete the file, or correct this key")
        _check_arrays(network, path)
        prepared = PreparedWeights(f"{found}-{own.preprocessing}", str(path), own.preprocessing, 0)
    write_text(receipt, json.dumps(asdict(prepared), indent=2) + "\n")


def fetch_backbone(name: OtherBackbone, url: str | None, sha256: str | None, cache: Path, wanted_by: str) -> Path:
    """Return Keras's file of a network's weights in ``cache``, fetched if needed; raises InputError if that fails.

    ``url``: its folder, or None for Keras's. ``sha256``: its checksum, or None for the one that Keras states, if any.
    ``wanted_by``: the key or folder that requires it, for the message.
    """
    own = BACKBONES[name]
    (file,) = own.files
    pinned = WeightFile(file.name, sha256 or file.checksum, file.size)
    return fetch_keras_file(pinned, url or own.url, cache, wanted_by, f"put it into {cache}")


def _check_arrays(name: OtherBackbone, path: Path) -> None:
    # Imported late: Keras takes seconds to start.
    from signwild.stages.weights.backbone_arrays import load_values

    try:
        load_values(name, PreparedWeights("", str(path), "", 0))
    except (ValueError, OSError, KeyError) as error:
        raise InputError(
            f"backbones.{name}.source: {path} does not hold the arrays of {BACKBONES[name].title} without its "
            f"classifier ({str(error).splitlines()[0]}); give a file like Keras's {BACKBONES[name].files[0].name}"
        ) from error


if __name__ == "__main__":
    run_function(prepare_backbone, lock="receipt")

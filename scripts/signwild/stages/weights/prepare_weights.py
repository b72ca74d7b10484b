"""Preparation of VGG-16's weights: Keras's ImageNet files, torchvision's, a user's file, or random numbers."""

import json
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import h5py
import numpy as np

from signwild.base.digests import file_digest, file_sha256
from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.cli.program import run_function
from signwild.configuration.sections.features import BACKBONES, WeightFile
from signwild.configuration.sections.weights import Weights
from signwild.stages.weights import packaged_vgg16
from signwild.stages.weights.arrays import expected_shapes, keras_datasets
from signwild.stages.weights.packaged_vgg16 import packaged_weights
from signwild.stages.weights.receipt import PreparedWeights

IMAGENET_FILES = dict(zip((True, False), BACKBONES["vgg16"].files, strict=True))
"""Keras's files with and without the classifier's layers."""

DIGESTS = {32: "md5", 64: "sha256"}
"""Kinds of checksums that Keras states, by their number of digits."""

SOURCES = ("imagenet", "packaged", "random")
"""Sources that are not a user's file."""

SET_OWN_FILE = "set weights.source to its path and weights.preprocessing to caffe"
"""How to use Keras's file from elsewhere, for messages."""

WITHOUT_FC1 = "set `layer: block5_gap` and choose `tables` of which no row names fc1"
"""How to run without fc1, for messages."""

NO_FC1 = "contains no fc1, but experiments read it"
RANDOM_FC1 = "set `weights.fc1: random` for one that is untrained"


def check_weights(parameters: Weights, image_size: int, with_fc1: bool) -> None:
    """Check, before any work, that the weights exist, state their preprocessing and have the right shapes.

    Raises InputError if not. Reads only a file's table of contents.
    """
    if parameters.source in ("imagenet", "random") and parameters.fc1 == "random":
        reason = "all of them are random" if parameters.source == "random" else "they have an fc1 of their own"
        raise InputError(f"weights.fc1: does not go with the {parameters.source} weights: {reason}; leave this key out")
    if parameters.source == "random":
        return
    if parameters.source == "packaged":
        if parameters.preprocessing not in (None, packaged_vgg16.PREPROCESSING):
            raise InputError("weights.preprocessing: the packaged weights are torchvision's; leave this key out")
        if with_fc1 and parameters.fc1 == "refuse":
            raise InputError(f"weights.source: packaged {NO_FC1}; {RANDOM_FC1}, or {WITHOUT_FC1}")
        return
    if parameters.source == "imagenet":
        if with_fc1 and image_size != 224:
            raise InputError(
                f"resample.image_size: fc1 of the imagenet weights needs images of 224 pixels, not {image_size}; "
                f"set resample.image_size to 224, or {WITHOUT_FC1}"
            )
        if parameters.preprocessing not in (None, "caffe"):
            raise InputError("weights.preprocessing: the imagenet weights are caffe's; leave this key out")
        return
    path = Path(parameters.source)
    if not path.is_file():
        raise InputError(
            f"weights.source: no file {path}; give {', '.join(SOURCES)}, or the path of a .h5 or .npz file"
        )
    if parameters.preprocessing is None:
        raise InputError(f"weights.preprocessing: say what {path} was trained with: caffe or torch")
    shapes = stored_shapes(path)
    if parameters.fc1 == "random" and "fc1/kernel" in shapes:
        raise InputError(f"weights.fc1: {path} has an fc1 of its own; leave this key out")
    _check_shapes(path, shapes, image_size, with_fc1 and parameters.fc1 == "refuse")


def _check_shapes(path: Path, shapes: dict[str, tuple[int, ...]], image_size: int, with_fc1: bool) -> None:
    if with_fc1 and "fc1/kernel" not in shapes:
        raise InputError(
            f"weights.source: {path} {NO_FC1}; use weights with the classifier's layers, {RANDOM_FC1}, or {WITHOUT_FC1}"
        )
    for key, shape in expected_shapes(image_size, with_fc1).items():
        if key not in shapes:
            raise InputError(
                f"weights.source: {path} contains no {key}; it needs VGG-16's keys, block1_conv1/kernel and so on"
            )
        if shapes[key] != shape:
            hint = "; fc1 goes with one image_size only" if key.startswith("fc1") else ""
            raise InputError(f"weights.source: {path}: {key} has shape {shapes[key]}, VGG-16 needs {shape}{hint}")


def stored_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays in a weight file, by key, without reading the arrays."""
    try:
        if path.suffix == ".npz":
            return _npz_shapes(path)
        with h5py.File(path) as file:
            return {key: dataset.shape for key, dataset in keras_datasets(file).items()}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"weights.source: {path} cannot be read as .npz or .h5: {error}") from error


def prepare_weights(parameters: Weights, image_size: int, with_fc1: bool, cache: Path, receipt: Path) -> None:
    """Make the weights available, fetching a file into ``cache`` if needed, and write their receipt (JSON)."""
    check_weights(parameters, image_size, with_fc1)
    preprocessing = parameters.preprocessing or "caffe"
    if parameters.source == "packaged":
        path, identity = packaged_weights(cache), f"{packaged_vgg16.SHA256}-{packaged_vgg16.PREPROCESSING}"
        prepared = _with_fc1(PreparedWeights(identity, str(path), packaged_vgg16.PREPROCESSING, 0), parameters)
    elif parameters.source == "random":
        prepared = PreparedWeights(f"random-{parameters.seed}-{preprocessing}", "", preprocessing, parameters.seed)
    elif parameters.source == "imagenet":
        path = fetch_imagenet(parameters.url, with_fc1, cache, "weights.source", SET_OWN_FILE)
        _check_shapes(path, stored_shapes(path), image_size, with_fc1)
        # The files with and without fc1 hold the same convolutions, so features are the same.
        prepared = PreparedWeights("imagenet", str(path), preprocessing, 0)
    else:
        identity = f"{file_sha256(parameters.source)}-{preprocessing}"
        prepared = _with_fc1(PreparedWeights(identity, parameters.source, preprocessing, 0), parameters)
    write_text(receipt, json.dumps(asdict(prepared), indent=2) + "\n")


def _with_fc1(prepared: PreparedWeights, parameters: Weights) -> PreparedWeights:
    """Return the prepared weights, with a random fc1 if the parameters request it."""
    if parameters.fc1 == "refuse":
        return prepared
    identity = f"{prepared.identity}+fc1-random-{parameters.seed}"
    return replace(prepared, identity=identity, seed=parameters.seed, random_fc1=True)


def fetch_imagenet(url: str, with_fc1: bool, cache: Path, wanted_by: str, remedy: str) -> Path:
    """Return Keras's file of VGG-16 in ``cache``; see ``fetch_keras_file``."""
    return fetch_keras_file(IMAGENET_FILES[with_fc1], url, cache, wanted_by, remedy)


def fetch_keras_file(file: WeightFile, url: str, cache: Path, wanted_by: str, remedy: str) -> Path:
    """Return Keras's file in ``cache``, fetched from the folder ``url`` if needed; raises InputError if that fails.

    A file that Keras states no checksum of is taken as it is. For the message, ``wanted_by``: the key or folder that
    requires it; ``remedy``: how to use a file that was brought here by other means.
    """
    kept, digest = cache / file.name, DIGESTS.get(len(file.checksum))
    if kept.is_file() and (digest is None or file_digest(kept, digest) == file.checksum):
        return kept
    # Imported late: Keras takes seconds to start, and is not needed if the file is already here.
    import keras

    cache.mkdir(parents=True, exist_ok=True)  # Keras would put the file under /tmp instead
    address = f"{url}/{file.name}"
    try:
        found = keras.utils.get_file(
            file.name, address, file_hash=file.checksum or None, cache_dir=cache, cache_subdir="."
        )
    except Exception as error:  # Keras raises plain Exception for every failed download
        checksum = f" ({digest} {file.checksum})" if digest else ""
        raise InputError(
            f"{wanted_by}: {address} could not be fetched ({error}); with no network, bring the file here by "
            f"other means{checksum} and {remedy}"
        ) from error
    return Path(found)


def _npz_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    with zipfile.ZipFile(path) as archive:
        shapes = {}
        for name in archive.namelist():
            with archive.open(name) as member:
                major, _ = np.lib.format.read_magic(member)
                read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
                shapes[name.removesuffix(".npy")] = read(member)[0]
        return shapes


if __name__ == "__main__":
    run_function(prepare_weights, lock="receipt")

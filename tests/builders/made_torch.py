"""Files as PyTorch wrote them before version 1.6, made without PyTorch."""

import io
import pickle
import sys
from collections import OrderedDict
from types import ModuleType

import numpy as np
import pytest

from signwild.stages.weights.torch_arrays import MAGIC

STORAGES = {"f": "FloatStorage", "i": "LongStorage"}


class _Pickler(pickle.Pickler):
    def persistent_id(self, entry: object) -> object:
        return entry if isinstance(entry, tuple) and entry and entry[0] == "storage" else None


class _Tensor:
    """A tensor, pickled as PyTorch's: by the function that rebuilds it."""

    def __init__(self, rebuild: object, arguments: tuple) -> None:
        self._reduced = rebuild, arguments

    def __reduce__(self) -> tuple:
        return self._reduced


def torch_file(arrays: dict[str, np.ndarray], patch: pytest.MonkeyPatch, **changes: object) -> bytes:
    """Return a dictionary of arrays as PyTorch saved it.

    ``changes``: ``magic``, another first number; ``steps``, steps of every tensor; ``more``, further entries.
    """
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    for name in STORAGES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    exec("def _rebuild_tensor_v2(*arguments): pass", utils.__dict__)
    utils._rebuild_tensor_v2.__module__ = "torch._utils"
    for module in (torch, utils):
        patch.setitem(sys.modules, module.__name__, module)
    tensors, stream = OrderedDict(), io.BytesIO()
    for number, (name, array) in enumerate(arrays.items()):
        storage = ("storage", getattr(torch, STORAGES[array.dtype.kind]), str(number), "cpu", array.size, None)
        steps = changes.get("steps") or tuple(step // array.itemsize for step in array.strides)
        values = (storage, 0, array.shape, steps, False, OrderedDict())
        tensors[name] = _Tensor(utils._rebuild_tensor_v2, values)
    tensors |= changes.get("more", {})
    keys = [str(number) for number in range(len(arrays))]
    for part in (changes.get("magic", MAGIC), 1001, {"little_endian": True}, tensors, keys):
        _Pickler(stream, protocol=2).dump(part)
    for array in arrays.values():
        stream.write(np.int64(array.size).tobytes() + array.tobytes())
    return stream.getvalue()


def mobilenet_arrays(seed: int = 0) -> dict[str, np.ndarray]:
    """Return random arrays of PyTorch's MobileNetV2 without its classifier, by PyTorch's names.

    Variances are so small that what is added to them matters.
    """
    random, arrays = np.random.default_rng(seed), OrderedDict()

    def add(name: str, number: int, shape: tuple[int, ...]) -> None:
        filters, inputs = shape[0], np.prod(shape[1:])
        arrays[f"{name}{number}.weight"] = random.normal(0, np.sqrt(0.02 / inputs), shape)
        normalised = f"{name}{number + 1}"
        arrays[f"{normalised}.weight"] = random.uniform(0.5, 1.5, filters)
        arrays[f"{normalised}.bias"] = random.normal(0.2, 0.3, filters)
        arrays[f"{normalised}.running_mean"] = random.normal(0, 0.05, filters)
        arrays[f"{normalised}.running_var"] = random.uniform(0.003, 0.03, filters)
        arrays[f"{normalised}.num_batches_tracked"] = np.array(7, np.int64)

    add("features.0.", 0, (32, 3, 3, 3))
    for block, (inputs, filters, _, hidden) in enumerate(mobilenet_blocks(), start=1):
        name, number = f"features.{block}.conv.", 0
        if hidden != inputs:
            add(name, number, (hidden, inputs, 1, 1))
            number += 3
        add(name, number, (hidden, 1, 3, 3))
        add(name, number + 3, (filters, hidden, 1, 1))
    add("features.18.", 0, (1280, 320, 1, 1))
    return {
        name: array if array.dtype == np.int64 else np.ascontiguousarray(array, np.float32)
        for name, array in arrays.items()
    }


def mobilenet_blocks() -> list[tuple[int, int, int, int]]:
    """Return channels in, filters, stride and hidden channels of each block (Sandler et al. 2018, table 2)."""
    blocks, inputs = [], 32
    settings = (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )
    for expansion, filters, repeats, stride in settings:
        for number in range(repeats):
            blocks.append((inputs, filters, stride if number == 0 else 1, inputs * expansion))
            inputs = filters
    return blocks


def mobilenet_features(arrays: dict[str, np.ndarray], images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the last block's map (n, 320, r, c) and the means of the last layer (n, 1280), as PyTorch computes them.

    ``images``: (n, s, s, 3) uint8, prepared with ImageNet's mean and deviation of colours in 0..1.
    """
    x = (images / 255.0 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    x = x.transpose(0, 3, 1, 2)

    def layer(x: np.ndarray, name: str, number: int, stride: int = 1, is_linear: bool = False) -> np.ndarray:
        kernel = arrays[f"{name}{number}.weight"].astype(np.float64)
        normal = {part: arrays[f"{name}{number + 1}.{part}"][:, None, None] for part in PARTS}
        x = _convolve(x, kernel, stride)
        x = (x - normal["running_mean"]) / np.sqrt(normal["running_var"] + 1e-5) * normal["weight"] + normal["bias"]
        return x if is_linear else np.clip(x, 0, 6)

    x = layer(x, "features.0.", 0, stride=2)
    for block, (inputs, filters, stride, hidden) in enumerate(mobilenet_blocks(), start=1):
        name, number, before = f"features.{block}.conv.", 0, x
        if hidden != inputs:
            x, number = layer(x, name, 0), 3
        x = layer(layer(x, name, number, stride), name, number + 3, is_linear=True)
        x = x + before if stride == 1 and inputs == filters else x
    return x, layer(x, "features.18.", 0).mean(axis=(2, 3))


PARTS = ("weight", "bias", "running_mean", "running_var")


def _convolve(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Convolve (n, c, h, w) by (f, c, k, k), or each channel by its own kernel (c, 1, k, k), padded on all sides."""
    side = kernel.shape[-1]
    x = np.pad(x, ((0, 0), (0, 0), *2 * ((side // 2, side // 2),)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(2, 3))[:, :, ::stride, ::stride]
    if kernel.shape[1] == 1 and kernel.shape[0] == x.shape[1]:
        return np.einsum("nchwij,cij->nchw", windows, kernel[:, 0])
    return np.einsum("nchwij,fcij->nfhw", windows, kernel, optimize=True)

"""Reader of files that PyTorch wrote before version 1.6; no foreign code is run, and PyTorch is not needed.

Such a file is a row of pickles: a number, a version, the sizes of types, a dictionary of tensors that refer to storages
by key, and the storages' keys; then each storage's length, int64, and its values.
"""

import pickle
from collections import OrderedDict
from typing import BinaryIO

import numpy as np

from signwild.base.errors import InputError

MAGIC = 0x1950A86A20F9469CFC6C
TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
COUNT = np.dtype("<i8")


class _Tensors(pickle.Unpickler):
    """Unpickler of tensors as the arguments that they are rebuilt from; nothing is looked up or imported."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *arguments: arguments
        if module == "torch" and name in TYPES:
            return TYPES[name]
        raise InputError(f"refers to {module}.{name}, and only tensors of numbers are read")

    def persistent_load(self, pid: object) -> object:
        return pid


def read_torch_arrays(stream: BinaryIO, name: str) -> dict[str, np.ndarray]:
    """Read the tensors of a dictionary that PyTorch saved, by their keys.

    ``name``: the file's name, for messages. Raises InputError if it holds anything else, or is cut short.
    """
    try:
        magic, _, _, tensors, keys = (_Tensors(stream).load() for _ in range(5))
        if magic != MAGIC:
            raise InputError("is not a file of PyTorch's of before version 1.6")
        types = {entry[0][2]: entry[0][1] for entry in tensors.values()}
        storages = {key: _storage(stream, types[key]) for key in keys}
        return {name: _tensor(storages, *entry[:4]) for name, entry in tensors.items()}
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise InputError(f"{name}: is not a dictionary of tensors ({error})") from error


def _storage(stream: BinaryIO, kind: np.dtype) -> np.ndarray:
    (count,) = np.frombuffer(stream.read(COUNT.itemsize), COUNT)
    return np.frombuffer(stream.read(int(count) * kind.itemsize), kind, count)


def _tensor(storages: dict, storage: tuple, offset: int, shape: tuple[int, ...], steps: tuple[int, ...]) -> np.ndarray:
    values = storages[storage[2]][offset : offset + int(np.prod(shape))]
    if steps != tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))):
        raise ValueError("a tensor is not stored row by row")
    return values.reshape(shape)

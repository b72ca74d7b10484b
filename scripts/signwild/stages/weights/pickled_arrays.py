"""Reader of pickles that may hold only NumPy arrays in nested dictionaries; no foreign code is run."""

import pickle
from typing import BinaryIO

import numpy as np

from signwild.base.errors import InputError

RECONSTRUCT = np.ones(0).__reduce__()[0]
"""NumPy's function that makes an array from its pickle; its module has changed over time."""

ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): RECONSTRUCT,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}
"""All names that a pickle of arrays refers to, and the objects it gets; nothing is looked up or imported."""


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in ALLOWED:
            raise InputError(f"refers to {module}.{name}, and only NumPy's arrays are read")
        return ALLOWED[module, name]


def read_pickled_arrays(stream: BinaryIO, name: str) -> dict[str, np.ndarray]:
    """Read the arrays of a pickle of nested dictionaries, by their keys joined with ``/``.

    ``name``: the file's name, for messages. Raises InputError if it refers to anything but NumPy's arrays, is cut
    short, or holds something else.
    """
    try:
        found: dict[str, np.ndarray] = {}
        _add_arrays(_ArraysOnly(stream).load(), "", found)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise InputError(f"{name}: is not a pickle of arrays ({error})") from error
    return found


def _add_arrays(content: object, path: str, found: dict[str, np.ndarray]) -> None:
    if isinstance(content, np.ndarray) and content.dtype.kind in "iuf":
        found[path] = content
    elif isinstance(content, dict):
        for key, entry in content.items():
            _add_arrays(entry, f"{path}/{key}".removeprefix("/"), found)
    else:
        raise InputError(f"contains at {path or 'its top'} what is neither a dictionary nor an array of numbers")

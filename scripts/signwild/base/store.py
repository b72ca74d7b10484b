"""The permanent store: one HDF5 file per video and stage, found by its key, shared by all runs.

Besides its data a file contains what it was made from (``sources``), its ``key``, the ``seconds`` that it took to
make, and the ``content`` digest of its data, by which ``make verify`` finds files that a disk has damaged.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np

from signwild.base.digests import result_key
from signwild.base.errors import InputError
from signwild.base.files import is_full_disk, written_whole

_scratch: ContextVar[Path | None] = ContextVar("scratch", default=None)
_unwritable: list[h5py.File] = []


def store_path(store: Path, stage: str, key: str) -> Path:
    """Return the path at which the result of ``stage`` with ``key`` is, or will be, stored."""
    return store / stage / f"{key}.h5"


@contextmanager
def put_together_in(folder: Path | None) -> Iterator[None]:
    """Build HDF5 files in ``folder``, on a fast disk of this machine, then write them in one piece.

    ``folder`` may contain variables, such as $TMPDIR. Shared file systems of clusters handle thousands of small writes,
    and HDF5's locks, badly. Raises InputError if there is no such folder on this machine.
    """
    if folder:
        given, folder = folder, Path(os.path.expandvars(folder))
        if not folder.is_dir():
            raise InputError(f"{given}: no such folder on this machine; name one in the profile's `scratch`")
    token = _scratch.set(folder)
    try:
        yield
    finally:
        _scratch.reset(token)


@contextmanager
def new_hdf5(path: Path) -> Iterator[h5py.File]:
    """Write an HDF5 file completely or not at all: a kill in mid-write would leave one that cannot be opened.

    On a full disk the file stays open until the process ends. The process must end without HDF5's cleanup
    (``os._exit``), as HDF5 crashes when closing a file that it could not write.
    """
    if _scratch.get() is None:
        with written_whole(path) as temporary, _open_new(temporary) as file:
            yield file
        return
    # The name is unique to the target: leftovers of a killed process are removed when it is next written here.
    local = _scratch.get() / f"signwild-{result_key(str(path.absolute()))}{path.suffix}"
    try:
        with written_whole(local) as temporary, _open_new(temporary) as file:
            yield file
        with written_whole(path) as temporary:
            shutil.copyfile(local, temporary)
    finally:
        local.unlink(missing_ok=True)


@contextmanager
def _open_new(path: Path) -> Iterator[h5py.File]:
    file = h5py.File(path, "w", libver="latest")
    try:
        yield file
        file.flush()
    except BaseException as error:
        if is_full_disk(error):
            _unwritable.append(file)
        else:
            file.close()
        raise
    file.close()


@contextmanager
def new_store_file(path: Path, sources: Iterable[str], seconds: float) -> Iterator[h5py.File]:
    """Write a file of the store completely or not at all.

    ``sources``: the keys, or source bytes, that it was made from. They allow everything made from one video to be
    found, and removed. ``seconds``: the time it took to compute, from which later work is forecast.
    """
    with new_hdf5(path) as file:
        file["sources"] = np.array(sorted(set(sources)), "S")
        yield file
        file.attrs.update(key=path.stem, seconds=seconds)
        file.attrs["content"] = content_digest(file)


def create_images(group: h5py.Group, name: str, shape: tuple[int, ...], can_grow: bool = False) -> h5py.Dataset:
    """Create a dataset of images, ``shape`` (n, ...), for files kept some hours; with ``can_grow``, it grows along n.

    Each image is a chunk, as images are read by rows. LZ4 shrinks flow fields to a quarter, and costs little compared
    with computing them.
    """
    chunks, most = (1, *shape[1:]), (None, *shape[1:]) if can_grow else None
    return group.create_dataset(name, shape, np.uint8, maxshape=most, chunks=chunks, compression=hdf5plugin.LZ4())


def content_digest(file: h5py.File) -> str:
    """Return the sha256 over all datasets of an HDF5 file (names, types, shapes and bytes) and over its attributes."""
    digest = hashlib.sha256()
    for name, value in sorted(file.attrs.items()):
        if name != "content":
            digest.update(f"{name} {np.asarray(value).tolist()!r}".encode())

    def add(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            digest.update(f"{name} {item.dtype.str} {item.shape}".encode())
            digest.update(np.ascontiguousarray(item[()]).tobytes())

    file.visititems(add)
    return digest.hexdigest()


def read_sources(path: Path) -> set[str]:
    """Return the keys, or source bytes, that a store file was made from; raise InputError if they cannot be read."""
    try:
        with h5py.File(path) as file:
            return {source.decode() for source in file["sources"][()]}
    except (OSError, KeyError) as error:
        raise InputError(
            f"{path}: does not record what it was made from ({error}); delete it, and it is made again when needed"
        ) from None

"""Stored samples of a resampled video, and the file that they come from."""

import json
from collections.abc import Mapping
from pathlib import Path

import h5py
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.store import store_path


def read_samples(store: Path, key: str) -> pd.DataFrame:
    """Read the samples of one video: frame (0-based, decoding order), time_s (seconds, see ``frame_times``)."""
    path = store_path(store, "resample", key)
    if not path.exists():
        raise InputError(f"{path}: no such file; delete the folder resample/ of the run and start again")
    with h5py.File(path) as file:
        return pd.DataFrame({name: file[name][()] for name in ("frame", "time_s")})


def read_notes(store: Path, key: str) -> str:
    """Return what is unusual in a resampled video, as sentences in one line, or an empty string."""
    with h5py.File(store_path(store, "resample", key)) as file:
        return " ".join(json.loads(file.attrs["notes"]))


def unchanged_source(video: Mapping[str, str]) -> Path:
    """Return the file of a download manifest's row; raises InputError if it is not the one whose sha256 was taken."""
    path = Path(video["file"])
    if not path.exists() or path.stat().st_size != int(video["bytes"]):
        raise InputError(f"{path}: is gone or was changed since the data set was listed; start again")
    return path

"""Samples of a resampled video, as the store has them, and the file that they are from."""

from collections.abc import Mapping
from pathlib import Path

import h5py
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.store import store_path


def read_samples(store: Path, key: str) -> pd.DataFrame:
    """Samples of one video: frame (0-based, decoding order), time_s (seconds from the first frame)."""
    path = store_path(store, "resample", key)
    if not path.exists():
        raise InputError(f"{path}: no such file; delete the folder resample/ of the run and start again")
    with h5py.File(path) as file:
        return pd.DataFrame({name: file[name][()] for name in ("frame", "time_s")})


def unchanged_source(video: Mapping[str, str]) -> Path:
    """The file of a row of a download manifest; raises InputError when it is not the one whose sha256 was taken."""
    path = Path(video["file"])
    if not path.exists() or path.stat().st_size != int(video["bytes"]):
        raise InputError(f"{path}: has gone or was changed since the data set was listed; start again")
    return path

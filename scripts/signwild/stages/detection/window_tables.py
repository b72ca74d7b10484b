"""Tables of windows: a prediction for every sample of whole held-out videos."""

from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import PROBABILITIES
from signwild.base.errors import InputError
from signwild.stages.training.fusion import fuse_probabilities

WINDOW_COLUMNS = ["video_id", "fold", "frame", "time_s", "label", *PROBABILITIES]

SAMPLE = ["video_id", "fold", "frame"]
"""Columns that identify a sample."""


def fuse_windows(paths: list[Path], rule: str) -> pd.DataFrame:
    """Return the windows of several experiments as one table with fused probabilities (unchanged for one experiment).

    Raises InputError if a video has different samples in two of the tables.
    """
    tables = [pd.read_parquet(path) for path in paths]
    for path, table in zip(paths, tables, strict=True):
        if not table[SAMPLE].equals(tables[0][SAMPLE]):
            both = table[SAMPLE].merge(tables[0][SAMPLE], how="outer", indicator="where")
            video = both.loc[both["where"] != "both", "video_id"].iloc[0]
            raise InputError(f"{video!r} has features of other samples in {path} than in {paths[0]}; start again")
    fused = fuse_probabilities(np.stack([table[list(PROBABILITIES)].to_numpy(np.float64) for table in tables]), rule)
    return tables[0].assign(**dict(zip(PROBABILITIES, fused.astype(np.float32).T, strict=True)))

"""Lookup of the file in the store that holds the features of a segment."""

from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.base.store import store_path


def with_features(segments: pd.DataFrame, manifest: Path, what: str, store: Path) -> pd.DataFrame:
    """Return the segments with ``key`` and ``path`` of their video's features.

    ``manifest``: lists the features of all shards. ``what``: their layer, or ``descriptor``. Raises InputError if a
    video has no features, or if they are missing from the store.
    """
    remedy = f"delete {manifest} and the folder {manifest.with_suffix('')}, and start again"
    keys = read_table(manifest).query("layer == @what").set_index("video_id")["key"]
    segments = segments.assign(key=segments["video_id"].map(keys))
    if segments["key"].isna().any():
        video = segments.loc[segments["key"].isna(), "video_id"].iloc[0]
        raise InputError(f"{manifest}: no {what} features of {video!r}; {remedy}")
    # One path per video, shared by its segments, of which there may be millions.
    paths = {key: store_path(store, "features", key) for key in segments["key"].unique()}
    segments["path"] = segments["key"].map(paths)
    gone = next((path for path in paths.values() if not path.exists()), None)
    if gone:
        raise InputError(f"{gone}: no such file; {remedy}")
    return segments

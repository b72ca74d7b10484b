"""Which file of the store holds the features of a segment."""

from pathlib import Path

import pandas as pd

from signwild.errors import InputError
from signwild.files import read_tables
from signwild.store import store_path


def with_features(segments: pd.DataFrame, manifests: list[Path], what: str, store: Path) -> pd.DataFrame:
    """Segments with ``key`` and ``path`` of their video's features.

    ``manifests``: feature manifests. ``what``: their layer, or ``descriptor``. Raises InputError when a video
    has no features, or when they are gone from the store.
    """
    keys = read_tables(manifests).query("layer == @what").set_index("video_id")["key"]
    segments = segments.assign(key=segments["video_id"].map(keys))
    if segments["key"].isna().any():
        video = segments.loc[segments["key"].isna(), "video_id"].iloc[0]
        raise InputError(f"{manifests[0].parent}: no {what} features of {video!r}; delete this folder and start again")
    segments["path"] = [store_path(store, "features", key) for key in segments["key"]]
    gone = next((path for path in segments["path"].unique() if not path.exists()), None)
    if gone:
        raise InputError(f"{gone}: no such file; delete {manifests[0].parent} and start again")
    return segments

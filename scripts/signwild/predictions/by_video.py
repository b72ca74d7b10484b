"""Predictions by video: one row for all segments of a video."""

import pandas as pd

from signwild.base.classes import CLASSES


def video_rows(segments: pd.DataFrame) -> pd.DataFrame:
    """Return one row per video, in order: the row of its first segment, with the class of most of its segments.

    If two classes are equally common, the first in CLASSES is taken. ``segments``: sorted by video and start_frame.
    """
    counts = pd.crosstab(segments["video_id"], segments["label"]).reindex(columns=list(CLASSES), fill_value=0)
    rows = segments.drop_duplicates("video_id", ignore_index=True)
    return rows.assign(label=rows["video_id"].map(counts.idxmax(axis=1)))

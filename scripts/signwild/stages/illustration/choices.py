"""Selection of segments and videos for the pictures, by rules and, among equal ones, at random.

The random order is given by a hash of the id, so it does not change when other videos are added.
"""

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.digests import result_key

SEGMENT = ["video_id", "start_frame"]


def choose_examples(segments: pd.DataFrame, per_class: int) -> pd.DataFrame:
    """Return up to ``per_class`` random segments of each class, in the order of CLASSES: different groups, then videos.

    ``segments``: video_id, group, start_frame, label.
    """
    lots = [result_key(*row) for row in segments[SEGMENT].values.tolist()]
    drawn = segments.assign(lot=lots).sort_values("lot")
    drawn["in_video"] = drawn.groupby(["label", "video_id"]).cumcount()
    drawn = drawn.sort_values(["in_video", "lot"])
    drawn["in_group"] = drawn.groupby(["label", "group"]).cumcount()
    drawn = drawn.sort_values(["in_group", "in_video", "lot"])
    chosen = [drawn[drawn["label"] == name].head(per_class) for name in CLASSES]
    return pd.concat(chosen, ignore_index=True)[segments.columns]


def choose_predictions(predictions: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return up to ``count`` predictions to show, usual ones first, then instructive ones; with a column ``predicted``.

    First comes one right prediction of each class, the one of median confidence. Then mistakes follow: the most
    confident one of each pair of truth and prediction, the commonest pair first; then each pair's next one, and so on.
    A mistake in a video that is not shown yet comes before others of its pair. ``predictions``: one row per segment.
    """
    probabilities = predictions[list(PROBABILITIES)].to_numpy()
    table = predictions.assign(
        predicted=np.array(CLASSES)[probabilities.argmax(axis=1)], confidence=probabilities.max(axis=1)
    ).sort_values(["confidence", *SEGMENT], ascending=[False, True, True])
    chosen = []
    for name in CLASSES:
        right = table[(table["label"] == name) & (table["predicted"] == name)]
        chosen += [row for _, row in right.iloc[len(right) // 2 :].head(1).iterrows()]
    wrong = table[table["label"] != table["predicted"]]
    pairs = sorted((own for _, own in wrong.groupby(["label", "predicted"])), key=len, reverse=True)
    while pairs and len(chosen) < count:
        for k, own in enumerate(pairs):
            fresh = own[~own["video_id"].isin({row["video_id"] for row in chosen})]
            chosen.append((fresh if len(fresh) else own).iloc[0])
            pairs[k] = own.drop(index=chosen[-1].name)
        pairs = [own for own in pairs if len(own)]
    return pd.DataFrame(chosen[:count]).reset_index(drop=True).drop(columns="confidence")


def choose_videos(segments: pd.DataFrame, count: int) -> list[str]:
    """Return ids of up to ``count`` videos: those with the most classes first, then classes in turn, then at random.

    ``segments``: video_id and label. A video belongs to the class of most of its segments.
    """
    counts = pd.crosstab(segments["video_id"], segments["label"]).reindex(columns=list(CLASSES), fill_value=0)
    videos = pd.DataFrame(
        {
            "classes": (counts > 0).sum(axis=1),
            "main": counts.to_numpy().argmax(axis=1),
            "lot": [result_key(video_id) for video_id in counts.index],
        },
        index=counts.index,
    ).sort_values("lot")
    videos["turn"] = videos.groupby(["classes", "main"]).cumcount()
    order = videos.sort_values(["classes", "turn", "main"], ascending=[False, True, True])
    return order.index[:count].tolist()

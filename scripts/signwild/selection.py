"""Which videos of a data set a run leaves out, and why."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd

from signwild.errors import InputError
from signwild.files import read_table
from signwild.labels import Labels

EXCLUDED, NOT_LISTED, UNLABELLED = "excluded", "not_listed", "unlabelled"
"""Left out by the file of excluded videos; by a manifest that a run is restricted to; for want of labels."""

LEFT_OUT_COLUMNS = ["video_id", "status", "reason"]


def read_excluded(path: Path) -> set[str]:
    """The ids in a file of excluded videos: one a line; empty lines and those that begin with # do not count."""
    try:
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a text file with one video id a line") from None
    return {line for line in lines if line and not line.startswith("#")}


def read_manifest_ids(path: Path) -> set[str]:
    """The ids in a published manifest of videos; raises InputError for a file of another form."""
    try:
        table = read_table(path)
        return set(table[["video_id", "sha256"]]["video_id"])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: is no manifest of videos ({error}); it is a table with tabs, with columns "
            "video_id and sha256, such as results/{run}/dataset/manifest.tsv"
        ) from None


def select_videos(
    labels: Labels, excluded: Collection[str], listed: Collection[str] | None, manifest: Path | None
) -> tuple[Labels, pd.DataFrame]:
    """The labels of the videos that a run works on, and a table of those left out: video_id, status, reason.

    ``excluded``: ids to leave out. ``listed``: ids of the data set's own list, where it has one; labels of other
    videos are ignored. ``manifest``: a published manifest that the run is restricted to.
    """
    of_manifest = read_manifest_ids(manifest) if manifest else None
    labelled = set(labels.videos["video_id"])
    left_out = {}
    for video_id in sorted(labelled if listed is None else set(listed)):
        if video_id in excluded:
            left_out[video_id] = (EXCLUDED, "named in the file of excluded videos")
        elif of_manifest is not None and video_id not in of_manifest:
            left_out[video_id] = (NOT_LISTED, f"not in {manifest}")
        elif video_id not in labelled:
            left_out[video_id] = (UNLABELLED, "listed, but without labels")
    kept = (labelled if listed is None else labelled & set(listed)) - left_out.keys()
    if not kept:
        raise InputError(
            "no video is left: all are excluded, or in no list; check excluded_videos and dataset.manifest"
        )
    chosen = replace(
        labels,
        videos=labels.videos[labels.videos["video_id"].isin(kept)].reset_index(drop=True),
        spans=labels.spans[labels.spans["video_id"].isin(kept)].reset_index(drop=True),
    )
    rows = [(video_id, *why) for video_id, why in left_out.items()]
    return chosen, pd.DataFrame(rows, columns=LEFT_OUT_COLUMNS)

"""Selection of the videos that a run uses, and the reasons for leaving out the others."""

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.base.text import NOT_TEXT, lines_of
from signwild.stages.dataset.authors_files import LISTED
from signwild.stages.dataset.labels import Labels

EXCLUDED, NOT_LISTED, WITHOUT_LABELS = "excluded", "not_listed", "unlabelled"
"""Statuses of videos left out by the file of excluded videos, by a restricting manifest, or for lack of labels."""

LEFT_OUT_COLUMNS = ["video_id", "status", "reason"]


def read_excluded(path: Path) -> dict[str, int]:
    """Read the ids in a file of excluded videos, with their lines: one id or address per line, comments after a #."""
    ids = {}
    try:
        for number, line in lines_of(path):
            if line is None:
                raise InputError(f"{path}:{number}: {NOT_TEXT}")
            text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
            if text:
                address = LISTED.match(text)
                if "://" in text and not address:
                    raise InputError(f'{path}:{number}: "{text}" is not the address of a YouTube video; give the id')
                ids[address[1] if address else text] = number
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error}); give a text file with one video id per line") from None
    return ids


def read_manifest_ids(path: Path) -> set[str]:
    """Read the ids in a published manifest of videos; raises InputError for a file of another format."""
    try:
        table = read_table(path)
        return set(table[["video_id", "sha256"]]["video_id"])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: is not a manifest of videos ({error}); it is a table with tabs, with columns "
            "video_id and sha256, such as results/{run}/dataset/manifest.tsv"
        ) from None


def select_videos(
    labels: Labels, excluded: Collection[str], listed: Collection[str] | None, manifest: Path | None
) -> tuple[Labels, pd.DataFrame]:
    """Return the labels of the videos that a run uses, and a table of those left out: video_id, status, reason.

    ``excluded``: ids to leave out. ``listed``: ids in the list of the data set, if it has one; labels of other
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
            left_out[video_id] = (WITHOUT_LABELS, "listed, but without labels")
    if listed is not None and (others := labelled - set(listed)):
        print(f"{len(others):,} labelled videos are not in the list: ignored: {', '.join(sorted(others))}", flush=True)
    kept = (labelled if listed is None else labelled & set(listed)) - left_out.keys()
    if not kept:
        raise InputError(
            "no video is left: all are excluded or not in the list; check excluded_videos and dataset.manifest"
        )
    chosen = replace(
        labels,
        videos=labels.videos[labels.videos["video_id"].isin(kept)].reset_index(drop=True),
        spans=labels.spans[labels.spans["video_id"].isin(kept)].reset_index(drop=True),
    )
    rows = [(video_id, *why) for video_id, why in left_out.items()]
    return chosen, pd.DataFrame(rows, columns=LEFT_OUT_COLUMNS)

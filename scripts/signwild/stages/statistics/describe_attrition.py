"""Table of a data set's available and lost videos, with the reasons, by class and beside the paper's number."""

from pathlib import Path

import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.files import read_table, read_tables
from signwild.base.paper_facts import VIDEOS
from signwild.base.shards import ShardPaths
from signwild.base.table_forms import write_table_forms
from signwild.cli.program import run_function
from signwild.stages.dataset.selection import EXCLUDED, NOT_LISTED, WITHOUT_LABELS
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.status import OK, UNTRIED, DownloadFolder

GROUPS = ("available", "lost", "not yet", "unusable", "left out")
"""Available and usable; permanently lost; may be available later, or not requested; unusable file; not wanted."""

OF_KIND = {"lost": "lost", "temporary": "not yet", "stop": "not yet"}

STATUSES = {
    OK: ("available", "can be used"),
    **{status: (OF_KIND[failure.kind], failure.title) for status, failure in FAILURES.items()},
    UNTRIED: ("not yet", "not requested yet"),
    "missing": ("unusable", "no file"),
    "empty": ("unusable", "empty file"),
    "no_video": ("unusable", "a file without pictures"),
    "truncated": ("unusable", "a file that is cut short"),
    "undecodable": ("unusable", "a file that cannot be decoded"),
    "misaligned": ("unusable", "labels of a different cut of it"),
    EXCLUDED: ("left out", "excluded"),
    NOT_LISTED: ("left out", "not in the manifest"),
    WITHOUT_LABELS: ("left out", "without labels"),
}
"""Group and description of every status, in the order of the table."""

CAPTION = "Available videos, and why the others are not"
TOTAL = "all"


def describe_attrition(
    resampled: ShardPaths, labels: ShardPaths, left_out: Path, of_paper: bool, output_stem: Path, figure: Path
) -> pd.DataFrame:
    """Count a run's videos by status and class; write .csv, .md and .tex, and draw them.

    Returns the numbers. ``resampled``, ``labels``: the shards' resample manifests and label tables. ``left_out``:
    videos that the run does not process. ``of_paper``: whether the data set is the paper's; if so, its number of videos
    is given beside ours.
    """
    statuses = pd.concat([read_tables(resampled), read_table(left_out)])[["video_id", "status"]]
    table = count_videos(statuses, read_tables(labels))
    write_attrition(table, of_paper, output_stem, figure)
    return table


def write_attrition(table: pd.DataFrame, of_paper: bool, output_stem: Path, figure: Path) -> None:
    """Write a table that ``count_videos`` returned as .csv, .md and .tex, and draw it."""
    # Imported late: callers that only need the group of a status do not draw.
    from signwild.stages.statistics.attrition_figure import draw_attrition

    write_table_forms(table, _shown(table), CAPTION, _notes(table, of_paper), output_stem)
    draw_attrition(table, of_paper, figure)


def statuses_now(results: Path, shards: list[str], downloads: DownloadFolder | None) -> pd.DataFrame:
    """Return the current status of every video of a run, however far the run has come: video_id, status.

    ``results``: the run's folder, with its dataset stage complete. For an available video the manifest of a later stage
    counts, as a file can turn out to be unusable.
    """
    known = downloads.read_all() if downloads else {}
    rows = {}
    for shard in shards:
        for video in read_table(results / f"dataset/{shard}.tsv").itertuples():
            waiting = UNTRIED if downloads else "missing"
            asked = known.get(video.video_id)
            rows[video.video_id] = OK if video.sha256 else asked.status if asked else waiting
        resampled = results / f"resample/{shard}.tsv"
        for video in read_table(resampled).itertuples() if resampled.exists() else []:
            if rows.get(video.video_id) == OK:
                rows[video.video_id] = video.status
    table = pd.DataFrame(rows.items(), columns=["video_id", "status"])
    return pd.concat([table, read_table(results / "dataset/left_out.tsv")[["video_id", "status"]]], ignore_index=True)


def group_of(status: str) -> str:
    """Return the group that a status belongs to."""
    return STATUSES.get(status, ("unusable", status))[0]


def count_videos(statuses: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Count videos by status: group, status, title, a column for each class, videos; the last row is the total.

    ``statuses``: video_id, status. ``labels``: video_id, label. A video counts in every class that its labels name.
    """
    classes = {name: set(labels.loc[labels["label"] == name, "video_id"]) for name in CLASSES}
    unknown = [name for name in statuses["status"].unique() if name not in STATUSES]
    rows = []
    for status in [*STATUSES, *unknown]:
        title = STATUSES[status][1] if status in STATUSES else status
        ids = set(statuses.loc[statuses["status"] == status, "video_id"])
        if ids:
            counts = {name: len(ids & own) for name, own in classes.items()}
            rows.append({"group": group_of(status), "status": status, "title": title, **counts, "videos": len(ids)})
    rows.sort(key=lambda row: GROUPS.index(row["group"]))
    counted = [*CLASSES, "videos"]
    table = pd.DataFrame(rows, columns=["group", "status", "title", *counted])
    total = {"group": TOTAL, "status": "", "title": "", **table[counted].sum().astype(int)}
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True).astype(dict.fromkeys(counted, int))


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as text, under two levels of titles."""
    shown = {("", "Videos"): (table["group"] + ": " + table["title"]).str.removesuffix(": ")}
    for name in (*CLASSES, "videos"):
        shown["", name if name in CLASSES else TOTAL] = table[name].map("{:,d}".format)
    return pd.DataFrame(shown)


def _notes(table: pd.DataFrame, of_paper: bool) -> list[str]:
    """Return the notes below the table."""
    available = int(table.loc[table["group"] == "available", "videos"].sum())
    paper = f"{available:,} videos of the paper's {VIDEOS:,} ({100 * available / VIDEOS:.1f}%) can be used. "
    return [
        f"{paper if of_paper else ''}A video counts in every class that its labels name, so the classes may add up to "
        "more than all; what is left out has no class."
    ]


if __name__ == "__main__":
    run_function(describe_attrition, lock="output_stem")

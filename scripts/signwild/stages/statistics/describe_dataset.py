"""Size of a run's data set, class by class, beside the numbers of the paper's section 3."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.files import read_tables
from signwild.base.paper_facts import VIDEOS
from signwild.base.shards import ShardPaths
from signwild.base.table_forms import write_table_forms
from signwild.cli.program import run_function
from signwild.configuration.sections.segments import GroupBy
from signwild.stages.dataset.groups import folds_note, group_videos
from signwild.stages.dataset.sample_labels import UNLABELLED, label_samples
from signwild.stages.resample.samples import read_samples
from signwild.video.frame_times import footage_times

PAPER = {"videos": VIDEOS, "samples": 1_450_000, "labelled_samples": 1_230_000}
"""Videos, frames and annotated frames, from the paper's section 3; the last two are rounded there."""

TITLES = {
    "videos": "Videos",
    "failed_videos": "Failed videos",
    "persons": "Persons",
    "sources": "Sources",
    "groups": "Groups",
    "samples": "Samples",
    "labelled_samples": "Labelled samples",
    "hours": "Hours",
    "segments": "Segments",
}
"""Columns of the table and their titles."""

CAPTION = "The data set"

OF_VIDEO = ["person", "source", "group"]


def describe_dataset(
    resampled: ShardPaths,
    dataset: ShardPaths,
    labels: ShardPaths,
    segments_file: Path,
    store: Path,
    group_by: GroupBy,
    output_stem: Path,
    not_comparable: Sequence[str] = (),
) -> pd.DataFrame:
    """Count videos, persons, sources, samples and segments by class; write .csv, .md and .tex.

    Returns the numbers. ``resampled``, ``dataset``, ``labels``: the shards' resample manifests, data set tables and
    label tables. ``segments_file``: the run's segments. ``group_by``: what their groups are. ``not_comparable``:
    reasons why the numbers cannot be compared with the paper's.
    """
    samples = read_tables(resampled)
    listed = read_tables(dataset).assign(group=lambda table: group_videos(table, group_by).to_numpy())
    used = _usable_videos(samples, listed, read_tables(labels), store)
    segment_labels = pd.read_parquet(segments_file, columns=["label"])["label"]
    table = _count(used, segment_labels)
    table.loc[table["class"] == "total", "failed_videos"] = int((samples["status"] != "ok").sum())
    write_table_forms(table, _shown(table), CAPTION, _notes(group_by, not_comparable), output_stem)
    return table


def _usable_videos(samples: pd.DataFrame, videos: pd.DataFrame, labels: pd.DataFrame, store: Path) -> pd.DataFrame:
    """Return one row per usable video: OF_VIDEO, samples, seconds between samples, and samples of each class."""
    of_video = videos.set_index("video_id")[OF_VIDEO]
    spans = dict(list(labels.groupby("video_id")))

    def rows() -> Iterator[dict]:
        for video in samples.query("status == 'ok'").to_dict("records"):
            times = read_samples(store, video["key"])
            classes = label_samples(times, spans.get(video["video_id"], labels[:0]))
            counts = np.bincount(classes[classes != UNLABELLED], minlength=len(CLASSES)).tolist()
            yield {
                **of_video.loc[video["video_id"]],
                "samples": len(times),
                "step_s": np.diff(footage_times(times["time_s"].to_numpy())).mean() if len(times) > 1 else 0.0,
                **dict(zip(CLASSES, counts, strict=True)),
            }

    return pd.DataFrame(rows(), columns=[*OF_VIDEO, "samples", "step_s", *CLASSES])


def _count(used: pd.DataFrame, segment_labels: pd.Series) -> pd.DataFrame:
    """Return the table's numbers: a row for each class and one for all; values without a meaning there are missing."""
    rows = []
    for name in CLASSES:
        own = used[used[name] > 0]
        rows.append(
            {
                "class": name,
                "videos": len(own),
                **_distinct(own),
                "labelled_samples": int(own[name].sum()),
                "hours": float((own[name] * own["step_s"]).sum() / 3600),
                "segments": int((segment_labels == name).sum()),
            }
        )
    total = {name: sum(row[name] for row in rows) for name in ("labelled_samples", "hours", "segments")}
    total |= {"videos": len(used), **_distinct(used), "samples": int(used["samples"].sum())}
    total |= {f"{name}_paper": number for name, number in PAPER.items()}
    columns = ["class", *TITLES, *(f"{name}_paper" for name in PAPER)]
    table = pd.DataFrame([*rows, {"class": "total", **total}], columns=columns)
    whole = table.columns.difference(["class", "hours"])
    return table.astype(dict.fromkeys(whole, "Int64"))


def _distinct(videos: pd.DataFrame) -> dict[str, int]:
    """Count the distinct persons, sources and groups; unnamed ones do not count."""
    return {f"{name}s": videos.loc[videos[name] != "", name].nunique() for name in OF_VIDEO}


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as text, under two levels of titles."""

    def text(name: str) -> pd.Series:
        form = "{:,.2f}" if name == "hours" else "{:,d}"
        return table[name].map(lambda number: "" if pd.isna(number) else form.format(number))

    shown = {("", "Class"): table["class"]}
    for name, title in TITLES.items():
        shown[title, "ours" if name in PAPER else ""] = text(name)
        if name in PAPER:
            shown[title, "paper"] = text(f"{name}_paper")
    return pd.DataFrame(shown)


def _notes(group_by: GroupBy, not_comparable: list[str]) -> list[str]:
    reasons = [f"Not comparable with the paper: {'; '.join(not_comparable)}."] if not_comparable else []
    return [
        *reasons,
        "A video counts in every class that it contains, so the classes may add up to more than the total. "
        "Persons and sources are those that the labels name.",
        folds_note(group_by),
        "Samples are the frames taken from a video (5 Hz in the paper). Hours are those of the labelled samples. "
        "The paper's numbers of samples are rounded.",
    ]


if __name__ == "__main__":
    run_function(describe_dataset, lock="output_stem")

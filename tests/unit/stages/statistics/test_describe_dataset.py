"""Statistics of a data set: counted by hand on small videos, through the program."""

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from places import rule_program

from signwild.base.files import write_table
from signwild.base.shards import fold_paths
from signwild.base.store import new_hdf5, store_path
from signwild.stages.statistics.describe_dataset import describe_dataset

PROGRAM = rule_program("statistics.describe_dataset")

VIDEOS = {  # person, source, samples, frames from one to the next (at 30 a second)
    "a": ("anna", "one", 10, 6),
    "b": ("anna", "two", 20, 6),
    "c": ("", "two", 30, 15),
    "silent": ("", "", 5, 6),
}
SPANS = [
    ("a", "seconds", "0", "1", "signing"),  # samples 0, 0.2, ... 0.8
    ("a", "seconds", "1", "", "speaking"),  # the other five
    ("b", "frame", "0", "54", "signing"),  # ten samples
    ("c", "seconds", "0", "5", "other"),  # ten samples, half a second each
    ("gone", "seconds", "0", "5", "other"),
]


@pytest.fixture
def options(tmp_path: Path) -> dict[str, list[Path]]:
    """Return the program's options for four usable videos and a failed one, in two shards."""
    rows = [(name, "ok", f"key-{name}", *given) for name, (*given, _, _) in VIDEOS.items()]
    rows.append(("gone", "missing", "", "", "three"))
    for name, (_, _, count, step) in VIDEOS.items():
        with new_hdf5(store_path(tmp_path / "store", "resample", f"key-{name}")) as file:
            file["frame"] = step * np.arange(count)
            file["time_s"] = step * np.arange(count) / 30
            file["stretch"] = np.zeros(count, np.int64)
    spans = pd.DataFrame(SPANS, columns=["video_id", "unit", "start", "end", "label"])
    made: dict[str, list[Path]] = {"--resampled": [], "--dataset": [], "--labels": []}
    for shard in (0, 1):
        own = pd.DataFrame(rows[shard::2], columns=["video_id", "status", "key", "person", "source"])
        tables = (own, own, spans[spans["video_id"].isin(own["video_id"])])
        for (option, paths), table in zip(made.items(), tables, strict=True):
            paths.append(tmp_path / f"{option}_{shard}.tsv")
            write_table(paths[-1], table)
    segments = tmp_path / "segments.parquet"
    pd.DataFrame({"label": ["signing", "signing", "other"]}).to_parquet(segments)
    return made | {"--segments-file": [segments], "--store": [tmp_path / "store"]}


@pytest.mark.parametrize(("by", "groups"), [("person", [1, 1, 1, 3]), ("source", [1, 1, 1, 2])])
def test_every_class_and_the_whole_are_counted(options: dict, tmp_path: Path, by: str, groups: list[int]) -> None:
    table = describe_dataset(
        options["--resampled"], options["--dataset"], options["--labels"], *options["--segments-file"],
        *options["--store"], by, tmp_path / "dataset",
    )  # fmt: skip
    table = table.set_index("class")
    assert table.index.tolist() == ["signing", "speaking", "other", "total"]
    assert table["videos"].tolist() == [2, 1, 1, 4]
    assert table["persons"].tolist() == [1, 1, 0, 1]
    assert table["sources"].tolist() == [2, 1, 1, 2]
    assert table["groups"].tolist() == groups  # by source Anna's two sources are one
    assert table["labelled_samples"].tolist() == [15, 5, 10, 30]
    assert table["segments"].tolist() == [2, 0, 1, 3]
    seconds = np.array([15 * 0.2, 5 * 0.2, 10 * 0.5])
    assert table["hours"].to_numpy() == pytest.approx(np.append(seconds, seconds.sum()) / 3600)
    assert table.loc["total", ["samples", "failed_videos"]].tolist() == [10 + 20 + 30 + 5, 1]
    assert table.loc["signing":"other", ["samples", "failed_videos", "videos_paper"]].isna().all(axis=None)
    paper = table.loc["total", ["videos_paper", "samples_paper", "labelled_samples_paper"]]
    assert paper.tolist() == [1120, 1_450_000, 1_230_000]


def test_the_program_writes_three_forms_with_whole_numbers_and_reasons(options: dict, tmp_path: Path) -> None:
    arguments = [part for option, values in options.items() for part in (option, fold_paths([*map(str, values)]))]
    stem = tmp_path / "tables/dataset"
    reason = ["--group-by", "source", "--not-comparable", "rendered demo videos"]
    subprocess.run([*PROGRAM, *arguments, *reason, "--output-stem", stem], check=True)
    text = stem.with_suffix(".csv").read_text()
    assert text.splitlines()[0].startswith(
        "class,videos,failed_videos,persons,sources,groups,samples,labelled_samples,hours,segments"
    )
    assert text.splitlines()[-1].startswith("total,4,1,1,2,2,65,30,0.0025,3,1120,")
    markdown = stem.with_suffix(".md").read_text()
    header = next(line for line in markdown.splitlines() if line.startswith("| Class"))
    total = next(line for line in markdown.splitlines() if line.startswith("| total"))
    cells = dict(zip(*([cell.strip() for cell in line.split("|")] for line in (header, total)), strict=True))
    assert cells["Videos, paper"] == "1,120"
    assert cells["Samples, ours"] == "65"
    assert cells["Labelled samples, paper"] == "1,230,000"
    assert "Not comparable with the paper: rendered demo videos." in markdown
    assert "Folds by source: groups stay whole; a group is a source" in markdown
    assert "1,450,000" in stem.with_suffix(".tex").read_text()

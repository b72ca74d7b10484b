"""Segments: their starts, their videos, and the cases without any."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import new_hdf5, store_path
from signwild.configuration.sections.segments import Segments
from signwild.exported.training_videos import training_videos
from signwild.stages.dataset.sample_labels import UNLABELLED
from signwild.stages.segments.cut_segments import cut_segments, segment_starts

STARTS = {
    "one stretch, a rest at its end": ("aaaaaaaa", 3, 3, [0, 3]),
    "exactly one segment": ("aaa", 3, 3, [0]),
    "one sample too few": ("aa", 3, 3, []),
    "counting starts anew with a label": ("aaaabbbb", 3, 3, [0, 4]),
    "no segment across a change": ("aabbaabb", 3, 3, []),
    "no segment across a gap": ("aa.aaa", 3, 3, [3]),
    "a gap is no class": ("......", 3, 3, []),
    "the same label before and after a gap": ("aaa..aaa", 3, 3, [0, 5]),
    "overlapping segments": ("aaaaabbbb", 3, 1, [0, 1, 2, 5, 6]),
    "every other sample": ("aaaaaa", 3, 2, [0, 2]),
    "stride above the length": ("aaaaaaaaaa", 2, 5, [0, 5]),
    "no sample": ("", 3, 3, []),
}


@pytest.mark.parametrize("name", STARTS)
def test_where_segments_start(name: str) -> None:
    letters, length, stride, expected = STARTS[name]
    classes = np.array(["ab".find(letter) for letter in letters], np.int64)
    classes[classes < 0] = UNLABELLED
    starts = segment_starts(classes, np.zeros(len(classes), np.int64), length, stride)
    assert starts.tolist() == expected
    assert starts.dtype == np.int64


def test_no_segment_crosses_a_hole_in_the_footage() -> None:
    stretch = np.repeat([0, 1], [5, 7])
    assert segment_starts(np.zeros(12, np.int64), stretch, 3, 3).tolist() == [0, 5, 8]


class Dataset:
    """Videos of 20 samples, every sixth frame, with labels in seconds; two shards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.frozen = folder / "frozen.tsv"
        self.videos: list[list] = []
        self.spans: list[list] = []

    def add(self, video: str, *spans: tuple[str, float, float], status: str = "ok", **given: str) -> None:
        """Add a video with spans (label, start, end), and perhaps a person and a source."""
        sha256 = f"sha256-{video}" if status == "ok" else ""
        self.videos.append([video, status, f"key-{video}", sha256, given.get("person", ""), given.get("source", "")])
        self.spans += [[video, "seconds", str(start), str(end), label] for label, start, end in spans]
        if status == "ok":
            with new_hdf5(store_path(self.store, "resample", f"key-{video}")) as file:
                file["frame"] = 6 * np.arange(20)
                file["time_s"] = np.arange(20) / 5
                file["stretch"] = np.zeros(20, np.int64)

    def add_classes(self, count: int, start: int = 0) -> "Dataset":
        """Add ``count`` videos of each class, with two segments of ten samples each."""
        for number in range(start, start + count):
            for label in CLASSES:
                self.add(f"{label} {number}", (label, 0, 4))
        return self

    def cut(
        self, max_failed_share: float = 0.5, starts: tuple[Path, ...] = (), **parameters: int | str
    ) -> pd.DataFrame:
        """Cut the segments, and return their table."""
        columns = ["video_id", "status", "key", "sha256", "person", "source"]
        tables = {"manifests": [], "videos": [], "labels": []}
        spans = pd.DataFrame(self.spans, columns=["video_id", "unit", "start", "end", "label"])
        for shard in (0, 1):
            own = pd.DataFrame(self.videos[shard::2], columns=columns)
            mine = spans[spans["video_id"].isin(own["video_id"])]
            for (name, paths), table in zip(tables.items(), (own, own, mine), strict=True):
                paths.append(self.folder / f"{name}_{shard}.tsv")
                write_table(paths[-1], table)
        values = Segments(**({"length": 10, "stride": 10, "folds": 2} | parameters))
        folders = self.frozen, self.folder / "out"
        cut_segments(*tables.values(), self.store, values, max_failed_share, *folders, starts=starts)
        return pd.read_parquet(self.folder / "out/segments.parquet")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """A data set without videos."""
    return Dataset(tmp_path)


def test_segments_are_listed_with_their_first_frame_label_group_and_fold(dataset: Dataset) -> None:
    dataset.add_classes(2)
    dataset.add("both", ("speaking", 0, 2), ("signing", 2.2, 4), person="signing 1")
    segments = dataset.cut()
    assert list(segments.columns) == ["video_id", "group", "start_frame", "label", "fold"]
    own = segments[segments["video_id"] == "signing 1"]
    assert own[["start_frame", "label"]].values.tolist() == [[0, "signing"], [60, "signing"]]
    # Ten samples speaking; then only nine signing, from 2.2 s on.
    both = segments[segments["video_id"] == "both"]
    assert both[["start_frame", "label", "group"]].values.tolist() == [[0, "speaking", "signing 1"]]
    assert both["fold"].tolist() == own["fold"].unique().tolist()
    assert len(segments) == 13
    assert segments["video_id"].is_monotonic_increasing


def test_folds_and_balance_stand_beside_the_segments(dataset: Dataset) -> None:
    segments = dataset.add_classes(2).cut()
    folds = read_table(dataset.folder / "out/folds.tsv", {"fold": int})
    assert folds["video_id"].tolist() == sorted(segments["video_id"].unique())
    assert dict(zip(folds["video_id"], folds["fold"], strict=True)) == dict(
        zip(segments["video_id"], segments["fold"], strict=True)
    )
    balance = read_table(dataset.folder / "out/balance.tsv", {"fold": int, "segments": int})
    assert balance["segments"].tolist() == [2] * 6
    assert balance["label"].tolist() == [*CLASSES, *CLASSES]


def test_failed_and_unlabelled_videos_have_no_segments(dataset: Dataset) -> None:
    dataset.add_classes(2)
    dataset.add("no labels")
    dataset.add("too short", ("signing", 0, 1.7))
    dataset.add("gone", ("signing", 0, 4), status="missing")
    segments = dataset.cut()
    assert set(segments["video_id"]) == {f"{label} {number}" for label in CLASSES for number in (0, 1)}
    assert set(read_table(dataset.folder / "out/folds.tsv")["video_id"]) == set(segments["video_id"])


def test_a_stride_below_the_length_gives_overlapping_segments(dataset: Dataset) -> None:
    segments = dataset.add_classes(2).cut(stride=5)
    assert segments.query("video_id == 'other 0'")["start_frame"].tolist() == [0, 30, 60]


def test_too_many_failures_stop_the_run(dataset: Dataset) -> None:
    dataset.add_classes(2)
    for number, status in enumerate(("missing", "truncated", "missing")):
        dataset.add(f"bad {number}", ("signing", 0, 4), status=status)
    with pytest.raises(
        InputError,
        match=r"^3 of 9 videos cannot be used \(2 missing, 1 truncated\), more than max_failed_share 0\.3 allows; fix",
    ):
        dataset.cut(max_failed_share=0.3)
    assert not (dataset.folder / "out").exists()
    assert not dataset.frozen.exists()
    assert len(dataset.cut(max_failed_share=3 / 9)) == 12


def learned_from(folder: Path, *videos: str) -> Path:
    """Write the part of a detector's folder that names its training videos."""
    folder.mkdir()
    content = {"training_videos": [f"sha256-{video}" for video in videos]}
    (folder / "detector.json").write_text(json.dumps(content))
    return folder


def test_videos_that_the_starting_detector_has_learned_from_stop_the_run(dataset: Dataset, tmp_path: Path) -> None:
    dataset.add_classes(2).add("gone", ("other", 0, 4), status="missing")
    dataset.add("short", ("other", 0, 1))  # has no segment
    others = learned_from(tmp_path / "others", "speaking 7", "short")
    assert len(dataset.cut(starts=(others,))) == 12
    seen = learned_from(tmp_path / "seen", "speaking 1", "signing 0", "speaking 7")
    with pytest.raises(
        InputError, match=f"^{seen}: was trained on 2 of the run's 6 videos, so .*; leave them out"
    ) as end:
        dataset.cut(starts=(others, seen))
    assert str(end.value).split("\n")[1:] == ["  signing 0", "  speaking 1"]


def test_a_detector_knows_its_own_videos_and_those_of_the_detector_it_started_from(tmp_path: Path) -> None:
    samples = pd.DataFrame({"video_id": ["b", "a", "gone"], "sha256": ["sha256-b", "sha256-a", ""]})
    start = learned_from(tmp_path / "start", "c", "b")
    assert training_videos(samples, ["a", "b", "a"], [start]) == ["sha256-a", "sha256-b", "sha256-c"]
    assert training_videos(samples, ["a"], []) == ["sha256-a"]


def test_no_segments_stop_the_run(dataset: Dataset) -> None:
    dataset.add_classes(2)
    with pytest.raises(InputError, match=r"^no video has 21 labelled samples in a row; .*lower segments\.length"):
        dataset.cut(length=21)


def test_a_second_cut_changes_nothing(dataset: Dataset) -> None:
    dataset.add_classes(3).cut()
    files = [*sorted((dataset.folder / "out").iterdir()), dataset.frozen]
    before = [path.read_bytes() for path in files]
    dataset.cut()
    assert [path.read_bytes() for path in files] == before


def test_a_video_that_is_gone_for_a_while_keeps_its_fold(dataset: Dataset) -> None:
    segments = dataset.add_classes(3).cut()
    folds = segments.drop_duplicates("video_id").set_index("video_id")["fold"]
    entry = next(video for video in dataset.videos if video[0] == "other 2")
    entry[1] = "missing"
    assert "other 2" not in set(dataset.cut()["video_id"])
    assert "other 2" not in set(read_table(dataset.folder / "out/folds.tsv")["video_id"])
    entry[1] = "ok"
    assert dataset.cut().drop_duplicates("video_id").set_index("video_id")["fold"].equals(folds)


def test_by_source_a_source_and_its_persons_are_in_one_fold(dataset: Dataset) -> None:
    dataset.add_classes(3)
    for name, given in {
        "one": {"source": "studio"},
        "two": {"source": "studio", "person": "anna"},
        "three": {"source": "street", "person": "anna"},
        "four": {"person": "anna"},
        "five": {"source": "garden"},
    }.items():
        dataset.add(name, ("signing", 0, 4), **given)
    by_person = dataset.cut().drop_duplicates("video_id").set_index("video_id")["group"]
    assert by_person[["one", "two", "three", "four", "five"]].tolist() == ["one", "anna", "anna", "anna", "five"]
    with pytest.raises(
        InputError, match=r"^segments\.group_by is source, but the frozen folds of this run are by person"
    ):
        dataset.cut(group_by="source")
    # Nothing of the refused run is kept.
    assert set(read_table(dataset.frozen)["group_by"]) == {"person"}
    dataset.frozen.unlink()
    segments = dataset.cut(group_by="source")
    groups = segments.drop_duplicates("video_id").set_index("video_id")["group"]
    names = ["source studio", "source studio", "source studio", "source studio", "source garden"]
    assert groups[["one", "two", "three", "four", "five"]].tolist() == names
    assert groups["other 0"] == "video other 0"
    assert (segments.groupby("group")["fold"].nunique() == 1).all()
    assert set(read_table(dataset.folder / "out/folds.tsv")["group_by"]) == {"source"}


def test_by_source_a_name_of_a_group_that_is_gone_may_come_again(dataset: Dataset) -> None:
    dataset.add_classes(4)
    dataset.add("a", ("signing", 0, 4), source="b")
    dataset.add("c", ("signing", 0, 4), source="a", person="anna")
    folds = dataset.cut(group_by="source").drop_duplicates("video_id").set_index("video_id")["fold"]
    frozen = read_table(dataset.frozen, {"fold": int})
    # Frozen in two folds, whatever the shuffle says.
    other = 1 - folds["c"]
    write_table(dataset.frozen, frozen.assign(fold=frozen["fold"].where(frozen["video_id"] != "a", other)))
    next(video for video in dataset.videos if video[0] == "a")[1] = "missing"
    # Connects what was frozen with the name of the group that is gone.
    dataset.add("d", ("signing", 0, 4), source="b", person="anna")
    segments = dataset.cut(group_by="source").drop_duplicates("video_id").set_index("video_id")
    assert segments.loc["c", "group"] == segments.loc["d", "group"] == "source b"
    assert segments.loc[["c", "d"], "fold"].tolist() == [folds["c"]] * 2
    listed = read_table(dataset.folder / "out/folds.tsv", {"fold": int}).set_index("video_id")["fold"]
    assert listed.loc[segments.index].tolist() == segments["fold"].tolist()


def test_folds_that_were_frozen_before_there_were_sources_are_by_person(dataset: Dataset) -> None:
    segments = dataset.add_classes(3).cut()
    write_table(dataset.frozen, read_table(dataset.frozen).drop(columns="group_by"))
    assert dataset.cut(seed=1).equals(segments)
    assert set(read_table(dataset.frozen)["group_by"]) == {"person"}

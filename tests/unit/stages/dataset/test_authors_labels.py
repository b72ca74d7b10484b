"""The authors' label file in practice: faulty, repeated and unsorted rows; and its copy in parquet."""

from pathlib import Path

import pytest

from signwild.base.errors import InputError
from signwild.stages.dataset.authors_labels import read_frame_labels

TEXT = """a 0 S
a 6 S
b 0 n
a 18 P
a 12 S
a 6 S
b 6
b 12 n
b 18 N
b x n
b 24 n
b 24 P
b 99999999999 n
"""


def labels_file(folder: Path, text: str = TEXT) -> Path:
    path = folder / "groundtruth.txt"
    path.write_bytes(text.encode())
    return path


def test_faulty_rows_are_listed_with_their_lines_and_the_others_count(tmp_path):
    labels = read_frame_labels(labels_file(tmp_path)).sorted()
    faults = labels.faults.set_index("line")["fault"]
    assert faults.index.to_list() == [7, 9, 10, 12, 13]
    for line, words in {7: "2 fields", 9: "unknown class", 10: "whole number", 12: "two labels", 13: "larger"}.items():
        assert words in faults[line]
    # Rows out of order are sorted, a row that is there twice counts once, and a frame with two labels has none.
    assert labels.spans() == [
        ("a", "frame", "0", "12", "signing"),
        ("a", "frame", "18", "18", "speaking"),
        ("b", "frame", "0", "12", "other"),
    ]
    assert labels.extents().loc["a"].to_dict() == {"line": 1, "step": 6, "last": 18}
    assert labels.extents().loc["b", "last"] == 24


def test_too_large_a_share_of_faulty_rows_is_refused(tmp_path):
    path = labels_file(tmp_path)
    labels = read_frame_labels(path).sorted()
    labels.check_share(path, 0.5)
    with pytest.raises(
        InputError, match=r"5 of \d+ rows are faulty, more than dataset.max_malformed_share 0.1"
    ) as caught:
        labels.check_share(path, 0.1)
    assert "line 7" in str(caught.value)


def test_the_copy_in_parquet_says_the_same_until_the_file_changes(tmp_path):
    path, cache = labels_file(tmp_path), tmp_path / "groundtruth.parquet"
    first = read_frame_labels(path, cache)
    stamp = cache.stat().st_mtime_ns
    again = read_frame_labels(path, cache)
    assert cache.stat().st_mtime_ns == stamp
    assert again.video_ids == first.video_ids
    assert again.rows.equals(first.rows)
    assert again.faults.to_numpy().tolist() == first.faults.to_numpy().tolist()
    assert again.sorted().spans() == first.sorted().spans()
    labels_file(tmp_path, "c 0 S\n")
    assert read_frame_labels(path, cache).video_ids == ["c"]


def test_a_damaged_copy_is_made_anew(tmp_path):
    path, cache = labels_file(tmp_path), tmp_path / "groundtruth.parquet"
    cache.write_bytes(b"no parquet")
    assert read_frame_labels(path, cache).video_ids == ["a", "b"]
    assert read_frame_labels(path, cache).video_ids == ["a", "b"]


def test_a_gap_ends_a_span_and_the_commonest_gap_is_the_step(tmp_path):
    text = "".join(f"v {frame} S\n" for frame in (0, 5, 10, 15, 35, 40))
    labels = read_frame_labels(labels_file(tmp_path, text)).sorted()
    assert [span[2:4] for span in labels.spans()] == [("0", "15"), ("35", "40")]
    assert labels.extents().loc["v", "step"] == 5


def test_a_label_that_cannot_be_read_is_none(tmp_path):
    labels = read_frame_labels(labels_file(tmp_path, "v 0 S\nv 6 S\nv 12 X\nv 18 S\nv 24 S\n")).sorted()
    assert [span[2:4] for span in labels.spans()] == [("0", "6"), ("18", "24")]


def test_a_stray_row_does_not_break_a_video_apart(tmp_path):
    text = "".join(f"v {frame} S\n" for frame in range(0, 60, 6)) + "v 61 S\n"
    labels = read_frame_labels(labels_file(tmp_path, text)).sorted()
    assert [span[2:4] for span in labels.spans()] == [("0", "61")]

"""Statuses of a shard of local videos."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pandas as pd

from signwild.dataset import VIDEO_COLUMNS
from signwild.download import locate_videos
from signwild.files import read_table, write_table

PROGRAM = Path(__file__).parents[2] / "scripts" / "download_videos.py"
AWKWARD = ["-abc", "007", "Ab", "NA", "a b", "aB", "ħobż"]


def listed(folder: Path, contents: dict[str, bytes | None]) -> Path:
    """Write videos and the dataset's table of them; None is a video without a file."""
    rows = []
    for number, (video_id, content) in enumerate(contents.items()):
        file = folder / f"{number}.mp4"
        if content is not None:
            file.write_bytes(content)
        known = ("", "") if content is None else (hashlib.sha256(content).hexdigest(), len(content))
        rows.append((video_id, file, video_id, *known))
    write_table(folder / "dataset.tsv", pd.DataFrame(rows, columns=VIDEO_COLUMNS))
    return folder / "dataset.tsv"


def manifest_of(folder: Path, table: Path) -> pd.DataFrame:
    locate_videos(table, folder / "manifest.tsv")
    manifest = read_table(folder / "manifest.tsv")
    assert list(manifest) == ["video_id", "status", "reason", "file", "sha256", "bytes"]
    return manifest


def test_found_videos_are_ok(tmp_path):
    manifest = manifest_of(tmp_path, listed(tmp_path, {video_id: video_id.encode() for video_id in AWKWARD}))
    assert list(manifest["video_id"]) == AWKWARD
    assert set(manifest["status"]) == {"ok"}
    assert set(manifest["reason"]) == {""}
    for video_id, file, sha256, size in manifest[["video_id", "file", "sha256", "bytes"]].itertuples(index=False):
        content = Path(file).read_bytes()
        assert (content, sha256, int(size)) == (video_id.encode(), hashlib.sha256(content).hexdigest(), len(content))


def test_missing_and_empty_videos_have_a_reason(tmp_path):
    table = listed(tmp_path, {"gone": None, "empty": b"", "removed": b"x", "there": b"y"})
    (tmp_path / "2.mp4").unlink()
    manifest = manifest_of(tmp_path, table).set_index("video_id")
    assert manifest["status"].to_dict() == {"gone": "missing", "empty": "empty", "removed": "missing", "there": "ok"}
    for video_id, file in (("gone", "0.mp4"), ("empty", "1.mp4"), ("removed", "2.mp4")):
        row = manifest.loc[video_id]
        assert str(tmp_path / file) in row["reason"]
        assert row[["file", "sha256", "bytes"]].tolist() == ["", "", ""]


def test_a_file_that_came_after_the_listing_waits_for_the_next(tmp_path):
    table = listed(tmp_path, {"late": None})
    (tmp_path / "0.mp4").write_bytes(b"x")
    assert list(manifest_of(tmp_path, table)["status"]) == ["missing"]


def test_an_empty_shard_gives_an_empty_manifest(tmp_path):
    assert len(manifest_of(tmp_path, listed(tmp_path, {}))) == 0


def test_program(tmp_path):
    table = listed(tmp_path, {"-a": b"x"})
    subprocess.run([sys.executable, PROGRAM, "--dataset", table, "--manifest", tmp_path / "out" / "0.tsv"], check=True)
    assert read_table(tmp_path / "out" / "0.tsv")["status"].tolist() == ["ok"]

"""Tests of a user's own videos: a folder of files and a table of labels."""

import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pandas as pd
import pytest
from runs import snakemake, write_config

from signwild.base.files import read_tables

IDS = {
    "-starts-with-dash": "signing",
    "with space": "speaking",
    "ħobż": "other",
    "Case": "signing",
    "case": "speaking",
    "NA": "other",
}


@pytest.fixture(scope="module")
def rendered(micro: Path) -> list[Path]:
    """Return six usable videos."""
    manifest = read_tables(sorted(micro.glob("results/micro/download/*.tsv"))).query("status == 'ok'")
    resampled = read_tables(sorted(micro.glob("results/micro/resample/*.tsv"))).query("status == 'ok'")
    usable = manifest[manifest["video_id"].isin(resampled["video_id"])].sort_values("video_id")
    return [micro / path for path in usable["file"]]


def segments_only(folder: Path, config: Path) -> subprocess.CompletedProcess:
    """Run the workflow up to the segments: the form of a data set can change nothing after them."""
    return snakemake(folder, config, "results/micro/segments/segments.parquet")


def test_awkward_ids_and_files_go_through(rendered: list[Path], tmp_path: Path) -> None:
    videos = tmp_path / "my {videos} 100%"
    videos.mkdir()
    rows = ["video_id,file,start,end,label,person"]
    for number, ((video_id, label), source) in enumerate(zip(IDS.items(), rendered, strict=True)):
        shutil.copy(source, videos / f"{video_id} {{{number}}}.mp4")
        rows.append(f"{video_id},{video_id} {{{number}}}.mp4,0,4.9,{label},person {number}")
    (videos / "empty.mp4").write_bytes(b"")
    (videos / "text.mp4").write_text("no video\n" * 100)
    silence = ["-f", "lavfi", "-i", "anullsrc=duration=1", str(videos / "sound.m4a")]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *silence], check=True)
    rows += [f"{name.split('.')[0]},{name},0,3,other,x" for name in ("empty.mp4", "text.mp4", "sound.m4a", "gone.mp4")]
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    dataset = {"kind": "folder", "videos_dir": "my {videos} 100%", "labels": "labels.csv"}
    segments = {"folds": 2, "length": 10, "stride": 10}
    config = write_config(tmp_path, dataset=dataset, segments=segments, max_failed_share=0.5)
    done = segments_only(tmp_path, config)
    assert done.returncode == 0, done.stdout
    status = read_tables(sorted(tmp_path.glob("results/micro/resample/*.tsv"))).set_index("video_id")["status"]
    assert status[["empty", "text", "sound", "gone"]].tolist() == ["empty", "undecodable", "no_video", "missing"]
    table = pd.read_parquet(tmp_path / "results/micro/segments/segments.parquet")
    assert set(table["video_id"]) == set(IDS)
    assert table.set_index("video_id")["label"].to_dict() == IDS


@pytest.mark.exhaustive  # test_segments.py refuses them in seconds
def test_too_many_failures_stop_the_run(rendered: list[Path], tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    rows = ["video_id,file,label"]
    for number, (label, source) in enumerate(zip(IDS.values(), rendered, strict=True)):
        shutil.copy(source, tmp_path / f"videos/{number}.mp4")
        rows.append(f"v{number},{number}.mp4,{label}")
    rows += [f"gone{number},gone{number}.mp4,other" for number in range(4)]
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    dataset = {"kind": "folder", "videos_dir": "videos", "labels": "labels.csv"}
    done = segments_only(tmp_path, write_config(tmp_path, dataset=dataset, max_failed_share=0.3))
    assert done.returncode != 0
    assert "4 of 10 videos cannot be used (4 missing), more than max_failed_share 0.3 allows" in done.stdout


@pytest.mark.exhaustive  # test_dataset.py names it in seconds
def test_a_class_with_fewer_groups_than_folds_is_named(rendered: list[Path], tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    rows = ["video_id,file,label,person"]
    for number, (label, source) in enumerate(zip(IDS.values(), rendered, strict=True)):
        shutil.copy(source, tmp_path / f"videos/{number}.mp4")
        rows.append(f"v{number},{number}.mp4,{label},{'one' if label == 'other' else number}")
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    dataset = {"kind": "folder", "videos_dir": "videos", "labels": "labels.csv"}
    done = segments_only(tmp_path, write_config(tmp_path, dataset=dataset))
    assert done.returncode != 0
    assert "other" in done.stdout
    assert "segments.folds" in done.stdout

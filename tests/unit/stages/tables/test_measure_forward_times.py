"""Forward times are measured on a real video, per sample."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest
from made_videos import numbered_frames, write_video

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.base.files import write_table
from signwild.configuration.sections.difference import DifferenceStream
from signwild.configuration.sections.features import Features
from signwild.configuration.sections.flow import FlowStream
from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.rgb import RgbStream
from signwild.keys.features import FeatureRequest
from signwild.stages.tables.measure_forward_times import measure_forward_times
from signwild.stages.weights.receipt import PreparedWeights

STREAMS = {"flow": FlowStream(kind="flow"), "difference": DifferenceStream(kind="difference")}


def measure(folder: Path, *videos: Path) -> dict:
    """Measure both streams on the first of these videos that can be decoded."""
    rows = [[path.name, "ok", "", str(path), file_sha256(path), path.stat().st_size] for path in videos]
    table = pd.DataFrame(rows, columns=["video_id", "status", "reason", "file", "sha256", "bytes"])
    write_table(folder / "downloads.tsv", table)
    receipts = [folder / "vgg16.json", folder / "mobilenet_v2.json"]
    receipts[0].write_text(json.dumps(asdict(PreparedWeights("random-0", "", "caffe", 0))))
    receipts[1].write_text(json.dumps(asdict(PreparedWeights("random-0", "", "tf", 0))))
    measure_forward_times(
        [folder / "downloads.tsv"],
        {
            name: FeatureRequest(stream=stream, layers=["block5"], features=Features())
            for name, stream in STREAMS.items()
        },
        {
            name: FeatureRequest(stream=RgbStream(kind="rgb"), layers=[name], features=Features())
            for name in ("block5", "mobilenet_v2/final_gap")
        },
        Resample(image_size=64),
        receipts,
        folder / "times.json",
        batch_size=8,
    )
    for receipt in receipts:
        receipt.unlink()
    return json.loads((folder / "times.json").read_text())


def test_times_of_the_streams_and_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no video")
    measured = measure(tmp_path, tmp_path / "a.mp4", write_video(tmp_path / "b.mp4", numbered_frames(90)))
    times, speeds = measured["streams"], measured["networks"]
    # MobileNetV2 needs a fiftieth of VGG-16's multiplications.
    assert 0 < speeds["block5"] < speeds["mobilenet_v2/final_gap"]
    assert list(times) == ["flow", "difference"]
    assert all(set(entry) == {"motion_ms", "network_ms"} for entry in times.values())
    assert all(0 < value < 5000 for entry in times.values() for value in entry.values())
    # A sample of flow costs several Farneback fields, one of differences a few subtractions.
    assert times["flow"]["motion_ms"] > 2 * times["difference"]["motion_ms"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4", "downloads.tsv", "times.json"]


def test_no_video_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(InputError, match=r"no video can be decoded; its manifests say why"):
        measure(tmp_path, tmp_path / "a.mp4")
    assert not (tmp_path / "times.json").exists()

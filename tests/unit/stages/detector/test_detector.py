"""The detector on videos: the workflow's numbers block by block, and a result for any kind of file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from made_detector import LAYER, LENGTH, NETWORK, NETWORKS, SIZE, STREAMS, made_detector
from made_videos import IRREGULAR, Shard, numbered_frames, run_ffmpeg, write_video

from signwild.api import detect_signing
from signwild.base.classes import PROBABILITIES
from signwild.base.errors import InputError, UnusableVideo
from signwild.configuration.sections.features import Features
from signwild.configuration.sections.resample import Resample
from signwild.exported.model import Detector
from signwild.stages.detector.blocks import Reach, SampleBlocks
from signwild.stages.detector.detected_video import DetectedVideo
from signwild.stages.detector.networks import SlidingWindows, VariantNetworks
from signwild.stages.detector.one_video import RANDOM_WEIGHTS, VideoDetector
from signwild.stages.detector.session import images_at_once
from signwild.stages.detector.temperature import calibrate
from signwild.stages.detector.timeline import thinned
from signwild.stages.detector.weights import find_weights
from signwild.stages.detector.windows import predict_windows, window_rows
from signwild.stages.features.extractor import Extractor
from signwild.stages.resample.samples import read_samples
from signwild.stages.streams.kinds import stream_writer
from signwild.stages.streams.stream_files import compute_stream
from signwild.stages.training.fusion import fuse_probabilities
from signwild.stages.training.network import build_network
from signwild.video.container import probe_video

Detect = Callable[..., DetectedVideo]

PAUSED = "N/25+if(gte(N,63),600,0)"
"""Times of the frames of a video with a pause of ten minutes after 2.5 s, as an ffmpeg expression."""


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    return made_detector(tmp_path_factory.mktemp("detector"))


@pytest.mark.parametrize(
    ("size", "precision", "images"),
    [(96, "float32", 32), (128, "float32", 32), (160, "float32", 20), (224, "float32", 10), (224, "bfloat16", 20)],
)
def test_large_images_come_fewer_at_once(detector: Detector, size: int, precision: str, images: int) -> None:
    resample = detector.model.resample.model_copy(update={"image_size": size})
    features = detector.model.features.model_copy(update={"precision": precision})
    model = detector.model.model_copy(update={"resample": resample, "features": features})
    assert images_at_once(replace(detector, model=model)) == images


@pytest.fixture(scope="module")
def detect(detector: Detector) -> Detect:
    """Return a function that detects signing in a video, by a variant."""
    known = {}

    def run(path: Path, variant: str = "rgb", stride: int = 1, batch_size: int = 4, **decision: float) -> DetectedVideo:
        if (variant, batch_size) not in known:
            weights = find_weights(detector, detector.variant(variant))
            known[variant, batch_size] = VariantNetworks(detector, detector.variant(variant), weights, batch_size)
        networks = known[variant, batch_size]
        chosen = detector.variant(variant)
        chosen = chosen.model_copy(update={"decision": chosen.decision.model_copy(update=decision)})
        looking = VideoDetector(detector, chosen, networks, stride, threads=1)
        return looking.detect(path, lambda blocks, _: blocks)

    return run


def by_the_workflow(video: Path, detector: Detector, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples' frames and fused probabilities of a video, by the workflow's stages on whole files."""
    shard = Shard(folder)
    key = shard.resample(video, image_size=SIZE)["key"].iloc[0]
    compute_stream(shard.clips, folder / "flow.h5", stream_writer(STREAMS["flow"]), [key])
    samples = read_samples(shard.store, key)
    frames = samples["frame"].to_numpy()
    rows = window_rows(np.arange(len(frames)) + samples["stretch"].to_numpy(), LENGTH)
    weights = find_weights(detector, detector.variant("rgb_flow"))["vgg16"]
    members = []
    for name, file in {"rgb": shard.images, "flow": folder / "flow.h5"}.items():
        extractor = Extractor(weights, Features(), STREAMS[name].subtract_mean, 4)
        with h5py.File(file) as stream, h5py.File(detector.folder / "networks.h5") as networks:
            features = extractor.extract(stream[key], np.arange(len(frames)), [LAYER])[LAYER]
            answers = []
            for own in NETWORKS:
                network = build_network(NETWORK, LENGTH, features.shape[1])
                weights_of = networks[f"{name}/{own}"]
                for weight, number in zip(network.weights, sorted(weights_of), strict=True):
                    weight.assign(weights_of[number][()])
                answers.append(predict_windows(network, features, rows))
        members.append(np.mean(answers, axis=0, dtype=np.float64))
    return frames, fuse_probabilities(np.stack(members), "mean")


@pytest.mark.parametrize(("rate", "presentation"), [("30", None), ("50", None), ("7", None), ("25", PAUSED)])
def test_a_stream_of_blocks_gives_what_the_workflow_gives(
    detector: Detector, detect: Detect, tmp_path: Path, rate: str, presentation: str | None
) -> None:
    video = write_video(tmp_path / "v.mp4", 150, rate, presentation=presentation)
    found = detect(video, "rgb_flow")
    frames, expected = by_the_workflow(video, detector, tmp_path)
    assert found.windows["frame"].tolist() == frames.tolist()
    probabilities = found.windows[list(PROBABILITIES)].to_numpy()
    assert probabilities == pytest.approx(expected, abs=1e-6)
    assert np.ptp(probabilities, axis=0).max() > 0.01


@pytest.mark.parametrize("reach", [Reach(0, 1), Reach(2, 2), Reach(3, 2), Reach(5, 5)])
@pytest.mark.parametrize("size", [1, 3, 32])
@pytest.mark.parametrize("uneven", [False, True])
def test_blocks_hold_what_windows_see_and_no_more(tmp_path: Path, reach: Reach, size: int, uneven: bool) -> None:
    video = write_video(tmp_path / "v.mp4", 240, presentation="N/30+0.14*floor(N/7)" if uneven else None)
    times = probe_video(video, 1e9).times
    blocks = list(SampleBlocks(video, times, Resample(image_size=SIZE), reach, size, threads=1))
    assert {len(block.images) for block in blocks[:-1]} == {size}
    # At most 7 frames from sample to sample, here and to the block before.
    assert max(len(block.grey) for block in blocks) <= reach.before + 7 * size + reach.after + 1
    whole = next(iter(SampleBlocks(video, times, Resample(image_size=SIZE), reach, 1000, threads=1)))
    assert np.array_equal(np.concatenate([block.images for block in blocks]), whole.images)
    start = 0
    for block in blocks:
        for place, centre in enumerate(block.centres):
            window = np.arange(-reach.before, reach.after + 1)
            seen = np.clip(whole.centres[start + place] + window, 0, len(whole.grey) - 1)
            own = np.clip(centre + window, 0, len(block.grey) - 1)
            assert np.array_equal(block.grey[own], whole.grey[seen])
        start += len(block.images)


@pytest.mark.parametrize("stride", [1, 3, 25])
@pytest.mark.parametrize("samples", [1, 19, 20, 57])
def test_windows_of_a_stream_are_those_of_the_whole(samples: int, stride: int) -> None:
    features = np.arange(samples, dtype=np.float32)[:, None]
    expected = features[window_rows(np.arange(samples), LENGTH)[::stride], 0]
    for block in (1, 4, 64):
        sliding, seen, most = SlidingWindows(LENGTH, np.zeros(samples, np.int64), stride), [], 0
        for start in range(0, samples, block):
            held, rows = sliding.add(features[start : start + block])
            seen += held[rows, 0].tolist()
            most = max(most, len(held))
        held, rows = sliding.finish()
        assert len(rows) == 0
        assert np.array_equal(np.array(seen), expected)
        assert most <= LENGTH + block + stride


@pytest.mark.parametrize("stride", [1, 3, 25])
@pytest.mark.parametrize("block", [1, 4, 64])
def test_windows_do_not_cross_a_hole_and_begin_anew_after_it(block: int, stride: int) -> None:
    stretch = np.repeat([0, 1], [23, 34])
    features = np.arange(57, dtype=np.float32)[:, None]
    centres = [*range(0, 23, stride), *range(23, 57, stride)]
    expected = window_rows(np.arange(57) + stretch, LENGTH)[centres]
    sliding, seen = SlidingWindows(LENGTH, stretch, stride), []
    for start in range(0, 57, block):
        held, rows = sliding.add(features[start : start + block])
        seen += held[rows, 0].tolist()
    assert np.array_equal(np.array(seen), expected)


def test_a_stride_leaves_out_windows_and_changes_none(detect: Detect, tmp_path: Path) -> None:
    video = write_video(tmp_path / "v.mp4", 200)
    every, third = detect(video).windows, detect(video, stride=3).windows
    assert third["frame"].tolist() == every["frame"].tolist()[::3]
    names = list(PROBABILITIES)
    assert third[names].to_numpy() == pytest.approx(every[names].to_numpy()[::3], abs=1e-6)


def test_segments_tile_the_video_and_verdict_and_share_agree(detect: Detect, tmp_path: Path) -> None:
    found = detect(write_video(tmp_path / "v.mp4", 210), "flow")
    assert found.duration_s == pytest.approx(7.0, abs=1e-3)
    assert found.segments["start_s"].iloc[0] == 0
    assert found.segments["end_s"].tolist()[:-1] == found.segments["start_s"].tolist()[1:]
    assert found.segments["end_s"].iloc[-1] == pytest.approx(found.duration_s)
    assert found.signing_share == pytest.approx(found.signing_s / found.duration_s)
    assert found.verdict == ("signing" if found.signing_share >= 0.5 else "rest")
    assert found.flags == [RANDOM_WEIGHTS]
    assert (found.width, found.height, round(found.fps)) == (128, 96, 30)


def test_probabilities_are_calibrated_and_what_lacks_evidence_is_unsure(detect: Detect, tmp_path: Path) -> None:
    video, names = write_video(tmp_path / "v.mp4", 120), list(PROBABILITIES)
    plain, unsure = detect(video), detect(video, temperature=4.0, sure_signing_from=1.0, sure_rest_to=0.0)
    expected = calibrate(plain.windows[names].to_numpy(np.float64), 4.0)
    assert unsure.windows[names].to_numpy() == pytest.approx(expected, abs=1e-5)
    assert unsure.signing_probability == pytest.approx(expected[:, 0].mean(), abs=0.01)
    assert plain.verdict in ("signing", "rest")
    assert unsure.verdict == "unsure"
    assert unsure.flags[0].startswith("Check this video yourself: it would be called ")
    assert unsure.segments["unsure"].tolist() == (unsure.segments["probability"] < 0.6).tolist()


def test_three_lines_of_python_find_the_same(detector: Detector, detect: Detect, tmp_path: Path) -> None:
    video = write_video(tmp_path / "v.mp4", 60)
    found, expected = detect_signing(str(video), detector.folder, "rgb"), detect(video)
    assert found.verdict == expected.verdict
    assert found.segments["label"].tolist() == expected.segments["label"].tolist()
    names = list(PROBABILITIES)
    assert found.windows[names].to_numpy() == pytest.approx(expected.windows[names].to_numpy(), abs=1e-5)
    with pytest.raises(UnusableVideo, match=r"^missing: .*/w\.mp4: there is no such file; check the path$"):
        detect_signing(tmp_path / "w.mp4", detector.folder, "rgb")
    with pytest.raises(InputError, match="has no variant 'sound'"):
        detect_signing(video, detector.folder, "sound")
    with pytest.raises(InputError, match="random weights, made from their seed; leave `weights` out"):
        detect_signing(video, detector.folder, "rgb", weights=video)


def test_a_video_shorter_than_a_window_is_answered_and_flagged(detect: Detect, tmp_path: Path) -> None:
    found = detect(write_video(tmp_path / "v.mp4", 30))
    assert len(found.windows) == 5
    assert "fewer samples than a window: the first and the last of the 5 are" in found.flags[1]
    one = detect(write_video(tmp_path / "one.mp4", 1))
    assert len(one.windows) == 1
    assert len(one.segments) == 1
    assert one.flags[1:] == ["The file contains a single picture, so the results cannot be based on movement."]


def test_a_file_that_is_cut_short_is_answered_up_to_there(detect: Detect, tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mp4", 300, "30", "-movflags", "+faststart", "-g", "30")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(0.6 * whole.stat().st_size)])
    found = detect(cut)
    assert "cut short" in found.flags[1]
    assert 2 < found.duration_s < 9
    before = detect(whole).windows
    same = len(found.windows) - 12
    names = list(PROBABILITIES)
    assert found.windows[names].to_numpy()[:same] == pytest.approx(before[names].to_numpy()[:same], abs=1e-6)


def test_a_file_that_is_damaged_in_the_middle_is_answered_and_flagged(detect: Detect, tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", 300, "30", "-g", "10", "-bf", "0")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 5] = bytes(len(data) // 5)
    path.write_bytes(data)
    found = detect(path, "rgb_flow")
    assert any("damaged" in flag for flag in found.flags)
    assert found.windows["time_s"].is_monotonic_increasing
    assert len(found.windows) > 20


def test_times_count_from_where_the_file_begins(detect: Detect, tmp_path: Path) -> None:
    pictures, late = write_video(tmp_path / "pictures.mp4", 120), tmp_path / "late.mkv"
    sound = ["-f", "lavfi", "-i", "sine=duration=6"]
    run_ffmpeg(*sound, "-itsoffset", "2", "-i", pictures, "-map", "0:a", "-map", "1:v", "-c:v", "copy", late)
    found, plain = detect(late), detect(pictures)
    assert found.windows["time_s"].to_numpy() == pytest.approx(plain.windows["time_s"].to_numpy() + 2, abs=0.05)
    assert found.duration_s == pytest.approx(6, abs=0.1)
    assert found.segments["start_s"].iloc[0] == 0
    names = list(PROBABILITIES)
    assert found.windows[names].to_numpy() == pytest.approx(plain.windows[names].to_numpy(), abs=1e-6)


def test_a_pause_belongs_to_no_class_and_no_share(detect: Detect, tmp_path: Path) -> None:
    found = detect(write_video(tmp_path / "v.mp4", 150, "25", presentation=PAUSED))
    assert found.duration_s == pytest.approx(606, abs=1e-3)
    assert found.footage_s == pytest.approx(6, abs=1e-3)
    before, after = (found.segments["end_s"] < 3, found.segments["start_s"] > 600)
    assert (before | after).all()
    assert found.segments[before]["end_s"].iloc[-1] == pytest.approx(2.52, abs=1e-3)
    assert found.segments[after]["start_s"].iloc[0] == pytest.approx(602.52, abs=1e-3)
    assert found.signing_share == pytest.approx(found.signing_s / found.footage_s)
    assert any("no pictures from 2.5 to 602.5 s" in flag for flag in found.flags)
    assert len(thinned(found.windows)) == 2


def test_a_video_of_few_frames_a_second_is_answered_and_flagged(detect: Detect, tmp_path: Path) -> None:
    found = detect(write_video(tmp_path / "v.mp4", 30, "1"))
    assert found.windows["frame"].tolist() == list(range(30))
    assert any("has only 1 of the 5 frames a second" in flag for flag in found.flags)
    assert len(detect(write_video(tmp_path / "w.mp4", 72, "12")).windows) == 30


@pytest.mark.parametrize(("kind", "status"), [("empty", "empty"), ("text", "undecodable"), ("sound", "no_video")])
def test_what_is_no_video_is_a_reason(detect: Detect, tmp_path: Path, kind: str, status: str) -> None:
    path = tmp_path / "v.mp4"
    if kind == "sound":
        run_ffmpeg("-f", "lavfi", "-i", "sine=duration=2", "-c:a", "aac", path)
    else:
        path.write_bytes(b"" if kind == "empty" else b"no video at all" * 100)
    with pytest.raises(UnusableVideo) as problem:
        detect(path)
    assert problem.value.status == status


def test_turned_fast_and_uneven_videos_are_answered(detect: Detect, tmp_path: Path) -> None:
    upright = write_video(tmp_path / "upright.mp4", 60)
    turned = tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation", "90", "-i", upright, "-c", "copy", turned)
    assert (detect(turned).width, detect(turned).height) == (96, 128)
    fast = detect(write_video(tmp_path / "fast.mp4", 480, "120"), "flow")
    assert np.diff(fast.windows["time_s"]) == pytest.approx(0.2, abs=0.01)
    uneven = detect(write_video(tmp_path / "uneven.mp4", 120, presentation=IRREGULAR))
    assert np.diff(uneven.windows["time_s"]).mean() == pytest.approx(0.2, abs=0.01)
    large = detect(write_video(tmp_path / "large.mp4", numbered_frames(12, 3840, 2160)))
    assert (large.width, large.height) == (3840, 2160)

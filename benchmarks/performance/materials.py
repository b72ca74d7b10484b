"""Materials for the measurements: videos, streams, features and a detector, made from seeds and kept in a folder."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import h5py
import imageio_ffmpeg
import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.digests import computing_digest, file_sha256, result_key
from signwild.base.files import read_table, write_table
from signwild.base.store import new_hdf5, new_store_file, store_path
from signwild.configuration.sections.detection import Decision
from signwild.configuration.sections.difference import DifferenceStream
from signwild.configuration.sections.features import Features
from signwild.configuration.sections.flow import FlowStream
from signwild.configuration.sections.mhi import MhiStream
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.rgb import RgbStream
from signwild.demo.dataset import render_demo_dataset
from signwild.exported.folder import CHECKSUMS, FILES
from signwild.exported.model import Detector, DetectorModel, Member, Variant, Weights, read_detector
from signwild.keys.features import KERNELS
from signwild.stages.features.extractor import write_features
from signwild.stages.resample.resample_videos import MANIFEST_COLUMNS, resample_shard
from signwild.stages.streams.kinds import stream_writer
from signwild.stages.streams.stream_files import compute_stream
from signwild.stages.weights.receipt import PreparedWeights

Task = Callable[[], float]
"""Function that is timed; it returns the number of units that it did."""

LENGTH, FC1 = 20, 4096
"""Samples of a segment, and features of a sample."""

MOTION = {
    "flow": FlowStream(kind="flow"),
    "mhi": MhiStream(kind="mhi"),
    "difference": DifferenceStream(kind="difference"),
}
STREAMS = {"rgb": RgbStream(kind="rgb"), **MOTION}

WEIGHTS = PreparedWeights(identity="random-1-caffe", path="", preprocessing="caffe", seed=1)
"""Random weights cost the same time as others."""

SAMPLES, SHARD = 1293, 22
"""Samples per video and videos per shard in the paper's data set: 1.45 million samples of 1,122 videos."""

SEGMENTS_OF_VIDEO = 45
"""About the paper's 50,000 segments of 1,122 videos."""


@dataclass(frozen=True)
class Form:
    """Size in pixels, frames per second and bit rate of a video, about what YouTube uses for it."""

    width: int
    height: int
    fps: int
    bits: str


FORMS = {"720p30": Form(1280, 720, 30, "2500k"), "1080p60": Form(1920, 1080, 60, "6M")}

LONGEST_ENCODED_S = 60
"""A longer video repeats this one, because encoding takes longer than everything that is measured on it."""


def materials_digest() -> str:
    """Return a digest of the code that makes the materials, so those made by different code are not used."""
    others = (
        "signwild.stages.resample.decoding",
        "signwild.stages.features.extractor",
        "signwild.stages.faces.finding",
        "signwild.stages.training.network",
    )
    stages = computing_digest(*KERNELS.values(), *others)
    return result_key(stages, Path(__file__).read_text())[:8]


def emptied(folder: Path) -> Path:
    """Return the folder, emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def make_video(folder: Path, seconds: float, form: str = "720p30") -> Path:
    """Make a video of a signer, rendered small and enlarged to the form's size with camera noise, as H.264."""
    path = folder / f"video_{seconds:g}s_{form}.mp4"
    if path.exists():
        return path
    if seconds > LONGEST_ENCODED_S:
        source, how = make_video(folder, LONGEST_ENCODED_S, form), ["-c", "copy"]
    else:
        source, how = _rendered_signer(folder), _enlarged(FORMS[form])
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-stream_loop", "-1", "-i", source]
    temporary = path.with_name(f"making_{path.name}")
    command += ["-t", seconds, *how, temporary]
    subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL)
    temporary.rename(path)
    return path


def _rendered_signer(folder: Path) -> Path:
    """Return the signer in the widest picture: if an upright one were stretched, no detector would find the face."""
    if not (folder / "demo/videos.tsv").exists():  # written last
        render_demo_dataset(folder / "demo", 2, 10)
    signers = read_table(folder / "demo/videos.tsv").query("`class` == 'signing' and sha256 != ''")
    widths = signers["width"].astype(int) / signers["height"].astype(int)
    return folder / "demo" / signers["file"][widths.idxmax()]


def _enlarged(form: Form) -> list[str]:
    filters = f"scale={form.width}:{form.height}:flags=bicubic,noise=alls=8:allf=t,fps={form.fps}"
    return ["-vf", filters, "-c:v", "libx264", "-preset", "veryfast", "-b:v", form.bits, "-an"]


def write_downloads(folder: Path, video: Path) -> Path:
    """Write the download manifest of a shard of one video, and return its path."""
    facts = ["video", "ok", "", str(video), file_sha256(video), str(video.stat().st_size)]
    path = folder / f"{video.stem}.downloads.tsv"
    write_table(path, pd.DataFrame([facts], columns=["video_id", "status", "reason", "file", "sha256", "bytes"]))
    return path


def resampled(folder: Path, video: Path) -> Path:
    """Resample a video as a shard into a folder, and return the folder."""
    target = folder / f"resampled_{video.stem}"
    target.mkdir(exist_ok=True)
    paths = [target / name for name in ("samples.tsv", "images.h5", "clips.h5", "store")]
    if not paths[0].exists():
        resample_shard(write_downloads(folder, video), *paths, Resample(), lambda *_: True)
    return target


def make_streams(folder: Path, seconds: float, form: str = "720p30") -> Path:
    """Make a folder with the network's input for each stream of a video, like the workflow's temporary files."""
    target = resampled(folder, make_video(folder, seconds, form))
    key = read_table(target / "samples.tsv")["key"][0]
    for name, stream in MOTION.items():
        if not (target / f"{name}.h5").exists():
            compute_stream(target / "clips.h5", target / f"{name}.h5", stream_writer(stream), [key])
    if not (target / "rgb.h5").exists():
        (target / "rgb.h5").symlink_to("images.h5")
    return target


def make_samples(folder: Path, videos: int) -> Path:
    """Make a folder with the samples and labels of this many videos of the paper's mean length, SHARD per shard.

    It has the tables samples_{shard}.tsv, videos_{shard}.tsv and labels_{shard}.tsv, and a store. Every sample has a
    label.
    """
    target = folder / f"samples_{videos}"
    if (target / "whole").exists():
        return target
    frames, random = 6 * np.arange(SAMPLES), np.random.default_rng(0)
    columns = {
        "samples": MANIFEST_COLUMNS,
        "videos": ["video_id", "person", "source"],
        "labels": ["video_id", "unit", "start", "end", "label"],
    }
    for shard, first in enumerate(range(0, videos, SHARD)):
        rows: dict[str, list[list]] = {name: [] for name in columns}
        for number in range(first, min(first + SHARD, videos)):
            video, key = f"video-{number:06d}", f"key{number:017d}"
            with new_store_file(store_path(target / "store", "resample", key), [key], 1.0) as file:
                file["frame"], file["time_s"] = frames, frames / 30
                file["stretch"] = np.zeros(len(frames), np.int64)
            facts = {"video_id": video, "status": "ok", "key": key, "rows": SAMPLES, "sha256": "0" * 64}
            rows["samples"].append([facts.get(name, "") for name in MANIFEST_COLUMNS])
            rows["videos"].append([video, f"person {number}", ""])
            rows["labels"].append([video, "seconds", 0, frames[-1] / 30 + 1, CLASSES[random.integers(3)]])
        for name, own in rows.items():
            write_table(target / f"{name}_{shard:04d}.tsv", pd.DataFrame(own, columns=columns[name]))
    (target / "whole").touch()
    return target


def make_segments(folder: Path, count: int) -> pd.DataFrame:
    """Make segments in two folds, with features of fc1 in the store: path, start_frame, label, fold, video_id."""
    store = folder / "features"
    videos = -(-count // SEGMENTS_OF_VIDEO)
    noise = np.random.default_rng(0).normal(size=(SEGMENTS_OF_VIDEO * LENGTH, FC1)).astype(np.float16)
    frames = 6 * np.arange(len(noise))
    rows = []
    for number in range(videos):
        key = f"key{number:017d}"
        path = store_path(store, "features", key)
        if not path.exists():
            write_features(path, key, np.roll(noise, number, axis=1), frames)
        starts = frames[::LENGTH][: count - len(rows)]
        rows += [[path, start, CLASSES[number % 3], 0, f"video {number:06d}"] for start in starts]
    segments = pd.DataFrame(rows, columns=["path", "start_frame", "label", "fold", "video_id"])
    held_out = segments.iloc[:: max(1, count // 32)].assign(fold=1)
    return pd.concat([segments, held_out], ignore_index=True)


def make_frames(folder: Path, count: int, width: int) -> pd.DataFrame:
    """Make segments, with pairs of noisy frames (48, ``width``) in the store: path, start_frame, video_id."""
    random, rows = np.random.default_rng(0), []
    coarse = random.integers(0, 256, (SEGMENTS_OF_VIDEO * LENGTH, 6, 10)).astype(np.uint8)
    smooth = np.stack([cv2.resize(own, (width, 48), interpolation=cv2.INTER_CUBIC) for own in coarse])
    noisy = smooth + random.normal(0, 3, smooth.shape)
    pairs = np.clip(np.stack([noisy, np.roll(noisy, 1, axis=2)], axis=1), 0, 255).astype(np.uint8)
    frames = 6 * np.arange(len(pairs))
    for number in range(-(-count // SEGMENTS_OF_VIDEO)):
        key = f"key{number:017d}"
        path = store_path(folder / "frames", "features", key)
        with new_store_file(path, [key], 1.0) as file:
            file["frame"], file["features"] = frames, np.roll(pairs, number, axis=3)
        starts = frames[::LENGTH][: count - len(rows)]
        rows += [[path, start, f"video {number:06d}"] for start in starts]
    return pd.DataFrame(rows, columns=["path", "start_frame", "video_id"])


def make_arrays(folder: Path, segments: pd.DataFrame) -> None:
    """Write these features as one float32 ``.npy`` file per sample, like the authors: {video_id}/{frame}.npy."""
    for video_id, own in segments.groupby("video_id"):
        target = folder / "arrays" / str(video_id)
        if (target / "whole").exists():
            continue
        target.mkdir(parents=True, exist_ok=True)
        with h5py.File(own["path"].iloc[0]) as file:
            frames, features = file["frame"][()], file["features"][()].astype(np.float32)
        for frame, values in zip(frames, features, strict=True):
            np.save(target / f"{frame}.npy", values)
        (target / "whole").touch()


def make_detector(folder: Path) -> Detector:
    """Make a detector of the paper's size with the variant rgb_mhi: two streams, five folds each, random networks."""
    from signwild.stages.training.network import build_network

    target = folder / "detector"
    if (target / CHECKSUMS).exists():
        return read_detector(target)
    target.mkdir(exist_ok=True)
    streams = {name: STREAMS[name] for name in ("rgb", "mhi")}
    names = [f"fold_{number}" for number in range(5)]
    member = {"layer": "fc1", "network": Network(), "networks": names}
    variant = {"rule": "mean", "decision": Decision(), "scores": {"person": {}}, "ms_per_sample": None, "device": "cpu"}
    model = DetectorModel(
        run="bench",
        classes=CLASSES,
        length=LENGTH,
        resample=Resample(),
        features=Features(),
        streams=streams,
        weights=Weights(
            source="random", identity=WEIGHTS.identity, preprocessing=WEIGHTS.preprocessing, seed=WEIGHTS.seed
        ),
        members={name: Member(stream=name, **member) for name in streams},
        variants=[Variant(name="rgb_mhi", members=list(streams), **variant)],
        scores_of={"person": "bench"},
        not_comparable=["random weights"],
        training_videos=[],
    )
    with new_hdf5(target / "networks.h5") as file:
        network = build_network(Network(), LENGTH, FC1)
        for name in streams:
            for own in names:
                for number, weight in enumerate(network.weights):
                    file[f"{name}/{own}/{number:03d}"] = weight.numpy()
    (target / "detector.json").write_text(json.dumps(model.model_dump(mode="json")))
    (target / "model_card.md").write_text("# A detector of random numbers\n")
    (target / CHECKSUMS).write_text("".join(f"{file_sha256(target / name)}  {name}\n" for name in FILES))
    return read_detector(target)

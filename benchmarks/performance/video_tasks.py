"""Tasks on videos: streams, faces and the detector. OpenCV has one thread everywhere."""

import shutil
from pathlib import Path

import cv2
import h5py
import numpy as np

from performance import limits, materials, procedure
from performance.materials import FORMS, LENGTH, MOTION, WEIGHTS, Task, emptied

BATCH = 32
"""Number of images, or windows, that a network sees at once."""

FULL_SIZE_FRAMES = 90
"""Frames that are searched at full size: three seconds of video, because one minute takes ten minutes."""


def streams_ours(folder: Path, seconds: float) -> Task:
    """Resample, and compute flow, motion history and differences, as the workflow's two rules do."""
    from signwild.base.files import read_table
    from signwild.configuration.sections.resample import Resample
    from signwild.stages.resample.resample_videos import resample_shard
    from signwild.stages.streams.kinds import stream_writer
    from signwild.stages.streams.stream_files import compute_stream

    cv2.setNumThreads(1)
    downloads = materials.write_downloads(folder, materials.make_video(folder, seconds))
    target = emptied(folder / "working")

    def work() -> float:
        paths = [target / name for name in ("samples.tsv", "images.h5", "clips.h5", "store")]
        resample_shard(downloads, *paths, Resample(), lambda *_: True)
        keys = list(read_table(paths[0])["key"])
        for name, stream in MOTION.items():
            compute_stream(paths[2], target / f"{name}.h5", stream_writer(stream), keys)
        return seconds

    return work


def streams_procedure(folder: Path, seconds: float) -> Task:
    """Run the authors' four programs."""
    cv2.setNumThreads(1)
    video, target = materials.make_video(folder, seconds), emptied(folder / "working")

    def work() -> float:
        procedure.extract_streams(video, target)
        return seconds

    return work


def streams_limit(folder: Path, seconds: float) -> Task:
    """Decode the video once, and compute one Farneback field per native frame."""
    cv2.setNumThreads(1)
    video = materials.make_video(folder, seconds)
    target = materials.resampled(folder, video)
    with h5py.File(target / "clips.h5") as file:
        grey = next(iter(file.values()))["grey"][()]

    def work() -> float:
        limits.decode(video)
        limits.farneback(grey, MOTION["flow"])
        return seconds

    return work


def faces_ours(folder: Path, seconds: float, form: str = "720p30") -> Task:
    """Run five detectors on every third sample at reduced size, including the decoding."""
    from signwild.configuration.sections.faces import Faces
    from signwild.stages.faces.detect_faces import detect_faces

    cv2.setNumThreads(1)
    video = materials.make_video(folder, seconds, form)
    source, target = materials.resampled(folder, video), emptied(folder / "working")
    downloads = materials.write_downloads(folder, video)
    shutil.copytree(source / "store/resample", target / "store/resample")

    def work() -> float:
        manifests = (downloads, source / "samples.tsv", target / "faces.tsv")
        detect_faces(*manifests, target / "store", Faces())
        return seconds

    return work


def faces_procedure(folder: Path, seconds: float) -> Task:
    """Run the same detectors on frames at full size, only the first three seconds, which count as that many units."""
    from signwild.configuration.sections.faces import Faces
    from signwild.stages.faces.haar import find_boxes, load_cascades

    cv2.setNumThreads(1)
    video, known = materials.make_video(folder, seconds), Faces()
    # The same faces are searched for: the smallest size grows with the picture.
    parameters = known.model_copy(update={"min_size": known.min_size * FORMS["720p30"].height // known.short_side})
    cascades = load_cascades(parameters.detectors)

    def work() -> float:
        frames = procedure.find_faces_everywhere(
            video, FULL_SIZE_FRAMES, lambda picture: find_boxes(picture, cascades, parameters)
        )
        return frames / FORMS["720p30"].fps

    return work


def detector_ours(folder: Path, seconds: float, form: str = "720p30") -> Task:
    """Detect signing in a video from images and motion history, with the paper's network of five folds each."""
    from signwild.stages.detector.one_video import VideoDetector
    from signwild.stages.detector.session import build_networks

    detector = materials.make_detector(folder)
    variant = detector.variant("rgb_mhi")
    networks = build_networks(detector, {variant.name: {"vgg16": WEIGHTS}}, None, variant, None)
    looking = VideoDetector(detector, variant, networks, stride=1, threads=1)
    looking.detect(materials.make_video(folder, 3), lambda blocks, _: blocks)
    video = materials.make_video(folder, seconds, form)

    def work() -> float:
        looking.detect(video, lambda blocks, _: blocks)
        return seconds

    return work


def detector_limit(folder: Path, seconds: float) -> Task:
    """Decode the video once, and run the networks on as many images and windows in memory."""
    from performance.feature_tasks import network
    from signwild.stages.detector.networks import mean_network

    video, count = materials.make_video(folder, seconds), round(seconds * 5)
    detector = materials.make_detector(folder)
    images = {"rgb": np.zeros((BATCH, 224, 224, 3), np.uint8), "mhi": np.zeros((BATCH, 224, 224, 1), np.uint8)}
    windows = np.zeros((BATCH, LENGTH, materials.FC1), np.float32)
    pairs = []
    for name, batch in images.items():
        pairs += [(network(name, "float32"), batch), (mean_network(detector, name), windows)]
    for model, batch in pairs:
        model.predict_on_batch(batch)

    def work() -> float:
        limits.decode(video)
        for model, batch in pairs:
            limits.forward(model, batch, -(-count // BATCH))
        return seconds

    return work

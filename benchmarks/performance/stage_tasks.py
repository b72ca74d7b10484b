"""Tasks of single stages, to measure their memory and growth. OpenCV has one thread."""

from pathlib import Path

import cv2
import numpy as np

from performance import materials
from performance.materials import LENGTH, MOTION, STREAMS, WEIGHTS, Task, emptied

BATCH = 32


def stages_resample(folder: Path, seconds: float, form: str) -> Task:
    """Decode a video to samples and the grey clip."""
    from signwild.configuration.sections.resample import Resample
    from signwild.stages.resample.resample_videos import resample_shard

    cv2.setNumThreads(1)
    downloads = materials.write_downloads(folder, materials.make_video(folder, seconds, form))
    target = emptied(folder / "working")
    paths = [target / name for name in ("samples.tsv", "images.h5", "clips.h5", "store")]

    def work() -> float:
        resample_shard(downloads, *paths, Resample(), lambda *_: True)
        return seconds

    return work


def stages_motion(folder: Path, seconds: float, form: str, stream: str) -> Task:
    """Compute a motion stream of a resampled video."""
    from signwild.base.files import read_table
    from signwild.stages.streams.kinds import stream_writer
    from signwild.stages.streams.stream_files import compute_stream

    cv2.setNumThreads(1)
    source = materials.resampled(folder, materials.make_video(folder, seconds, form))
    target, keys = emptied(folder / "working"), list(read_table(source / "samples.tsv")["key"])

    def work() -> float:
        compute_stream(source / "clips.h5", target / "stream.h5", stream_writer(MOTION[stream]), keys)
        return seconds

    return work


def stages_features(folder: Path, seconds: float, form: str, stream: str, layers: list[str]) -> Task:
    """Run VGG-16 over a stream of a video, into the store."""
    import h5py

    from signwild.configuration.sections.features import Features
    from signwild.stages.features.extractor import Extractor, write_features

    group = next(iter(h5py.File(materials.make_streams(folder, seconds, form) / f"{stream}.h5").values()))
    rows, target = np.arange(round(seconds * 5)), emptied(folder / "working")
    extractor = Extractor(WEIGHTS, Features(), STREAMS[stream].subtract_mean, BATCH)
    extractor.extract(group, rows[:1], layers)  # build and compile

    def work() -> float:
        for layer, values in extractor.extract(group, rows, layers).items():
            write_features(target / f"{layer}.h5", "key", values, rows)
        return seconds

    return work


def stages_descriptor(folder: Path, seconds: float, form: str, kind: str) -> Task:
    """Compute a descriptor of a video whose faces are known, including the decoding."""
    from signwild.configuration.sections.faces import Faces
    from signwild.configuration.sections.learned_patches import LearnedPatchesDescriptor
    from signwild.configuration.sections.profiles import ProfilesDescriptor
    from signwild.configuration.sections.resample import Resample
    from signwild.configuration.sections.visual_features import VisualFeaturesDescriptor
    from signwild.stages.descriptors.compute_descriptor import compute_descriptor
    from signwild.stages.faces.detect_faces import detect_faces

    cv2.setNumThreads(1)
    video, limits = materials.make_video(folder, seconds, form), Resample()
    source, target = materials.resampled(folder, video), emptied(folder / "working")
    manifests = [materials.write_downloads(folder, video), source / "samples.tsv", source / "faces.tsv"]
    if not manifests[-1].exists():
        detect_faces(*manifests, source / "store", Faces())
    (target / "store").mkdir()
    for stage in ("resample", "faces"):
        (target / "store" / stage).symlink_to(source / "store" / stage)
    kinds = ProfilesDescriptor, VisualFeaturesDescriptor, LearnedPatchesDescriptor
    parameters = dict(zip(("profiles", "visual_features", "learned_patches"), kinds, strict=True))[kind](kind=kind)
    manifests[-1] = manifests[-1] if parameters.faces else None

    def work() -> float:
        written = (target / "descriptor.tsv", target / "store")
        compute_descriptor(*manifests, *written, parameters, LENGTH, limits.max_motion_rate)
        return seconds

    return work


def stages_segments(folder: Path, videos: int) -> Task:
    """Cut the segments of this many videos of the paper's length, and assign folds."""
    from signwild.configuration.sections.segments import Segments
    from signwild.stages.segments.cut_segments import cut_segments

    source, target = materials.make_samples(folder, videos), emptied(folder / "working")
    tables = [sorted(source.glob(f"{name}_*.tsv")) for name in ("samples", "videos", "labels")]

    def work() -> float:
        cut_segments(*tables, source / "store", Segments(), 0.5, target / "folds.tsv", target)
        return videos

    return work

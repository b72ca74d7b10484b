"""Tasks on VGG-16."""

from pathlib import Path

import h5py
import numpy as np

from performance import limits, materials, procedure
from performance.materials import STREAMS, WEIGHTS, Task, emptied


def features_ours(folder: Path, images: int, precision: str, batch_size: int, streams: list[str]) -> Task:
    """Run VGG-16 over samples of some streams, from HDF5 to HDF5."""
    from signwild.configuration.sections.features import Features
    from signwild.stages.features.extractor import Extractor, write_features

    share = images // len(streams)
    source, target = materials.make_streams(folder, _seconds_for(share)), emptied(folder / "working")
    features = Features(precision=precision)
    extractors = {name: Extractor(WEIGHTS, features, STREAMS[name].subtract_mean, batch_size) for name in streams}
    groups = {name: _only_group(source / f"{name}.h5") for name in streams}
    for name in streams:  # build and compile
        extractors[name].extract(groups[name], np.arange(1), ["fc1"])

    def work() -> float:
        for name in streams:
            values = extractors[name].extract(groups[name], np.arange(share), ["fc1"])["fc1"]
            write_features(target / f"{name}.h5", "key", values, np.arange(share))
        return share * len(streams)

    return work


def features_procedure(folder: Path, images: int, streams: list[str]) -> Task:
    """Run VGG-16 over the same samples, one at a time, with one input file and one output file each."""
    share, target = images // len(streams), emptied(folder / "working")
    models = {name: network(name, "float32") for name in streams}
    source = materials.make_streams(folder, _seconds_for(share))
    paths = {name: _one_file_each(_only_group(source / f"{name}.h5"), share, target / name) for name in streams}
    for name in streams:
        procedure.extract_features(models[name], paths[name][:1], target / f"{name}_features")

    def work() -> float:
        return sum(
            procedure.extract_features(models[name], paths[name], target / f"{name}_features") for name in streams
        )

    return work


def features_limit(folder: Path, images: int, precision: str, batch_size: int, streams: list[str]) -> Task:
    """Run VGG-16 on one full batch of each stream in memory."""
    from signwild.stages.streams.stream_files import read_stream

    share = images // len(streams)
    source = materials.make_streams(folder, _seconds_for(max(share, batch_size)))
    models = {name: network(name, precision) for name in streams}
    batches = {name: read_stream(_only_group(source / f"{name}.h5"), np.arange(batch_size)) for name in streams}
    for name in streams:
        models[name].predict_on_batch(batches[name])
    return lambda: sum(limits.forward(models[name], batches[name], share // batch_size) for name in streams)


def _only_group(path: Path) -> h5py.Group:
    return next(iter(h5py.File(path).values()))


def _one_file_each(group: h5py.Group, count: int, folder: Path) -> list[Path]:
    from signwild.stages.streams.stream_files import read_stream

    folder.mkdir()
    paths = [folder / f"{number}.npy" for number in range(count)]
    for number, path in enumerate(paths):
        np.save(path, read_stream(group, np.array([number]))[0])
    return paths


def network(stream: str, precision: str):
    """Return VGG-16 up to fc1 for the images of a stream."""
    from signwild.stages.features.vgg16 import build_extractor

    channels = {"rgb": 3, "flow": 30, "mhi": 1, "difference": 5}[stream]
    return build_extractor(WEIGHTS, 224, channels, ["fc1"], STREAMS[stream].subtract_mean, False, precision)


def _seconds_for(samples: int) -> float:
    return samples / 5

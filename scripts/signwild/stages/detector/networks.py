"""Prediction by a detector's networks on a video that comes block by block."""

from collections.abc import Iterable
from pathlib import Path

import h5py
import keras
import numpy as np

from signwild.configuration.sections.stream import Stream
from signwild.exported.folder import NETWORKS
from signwild.exported.model import Detector, Variant
from signwild.exported.network_files import read_network
from signwild.stages.detector.blocks import Block, Reach, SampleBlocks
from signwild.stages.detector.windows import predict_windows
from signwild.stages.features.extractor import Extractor
from signwild.stages.streams.kinds import stream_writer
from signwild.stages.training.fusion import fuse_probabilities
from signwild.stages.training.network import build_network
from signwild.stages.weights.arrays import layer_width
from signwild.stages.weights.receipt import PreparedWeights
from signwild.video.frame_times import stretch_starts


class VariantNetworks:
    """All networks of one variant, built once: VGG-16 for each stream, and all of each member."""

    def __init__(self, detector: Detector, variant: Variant, weights: PreparedWeights, batch_size: int) -> None:
        self._length, self._rule, self._batch_size = detector.model.length, variant.rule, batch_size
        self._members = {name: detector.model.members[name] for name in variant.members}
        self._streams = {member.stream: detector.model.streams[member.stream] for member in self._members.values()}
        self._layers = {
            name: sorted({member.layer for member in self._members.values() if member.stream == name})
            for name in self._streams
        }
        features = detector.model.features
        self._extractors = {
            name: Extractor(weights, features, stream.subtract_mean, batch_size)
            for name, stream in self._streams.items()
        }
        self._networks = {name: mean_network(detector, name) for name in self._members}

    def blocks(self, path: Path, times: np.ndarray, detector: Detector, threads: int) -> SampleBlocks:
        """Return the video as blocks from which the variant's streams can be computed."""
        reach = Reach.of(list(self._streams.values()))
        return SampleBlocks(path, times, detector.model.resample, reach, self._batch_size, threads)

    def predict(self, blocks: Iterable[Block], times: np.ndarray, stride: int) -> np.ndarray:
        """Return class probabilities of the window around every ``stride``-th sample, (windows, 3) float64.

        ``times``: of the samples that the video is expected to have, in seconds, (n,); if it ends earlier, so do the
        windows.
        """
        sliding = {name: SlidingWindows(self._length, times, stride) for name in self._members}
        found: dict[str, list[np.ndarray]] = {name: [] for name in self._members}
        for block in blocks:
            features = {name: self._features(name, block) for name in self._streams}
            for name, member in self._members.items():
                windows = sliding[name].add(features[member.stream][member.layer])
                found[name].append(self._probabilities(name, windows))
        for name in self._members:
            found[name].append(self._probabilities(name, sliding[name].finish()))
        return fuse_probabilities(np.stack([np.concatenate(found[name]) for name in self._members]), self._rule)

    def _features(self, stream: str, block: Block) -> dict[str, np.ndarray]:
        return block_features(block, self._streams[stream], self._layers[stream], self._extractors[stream])

    def _probabilities(self, name: str, windows: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        features, rows = windows
        if not len(rows):
            return np.empty((0, 3), np.float32)
        return predict_windows(self._networks[name], features, rows, self._batch_size)


def block_features(block: Block, stream: Stream, layers: list[str], extractor: Extractor) -> dict[str, np.ndarray]:
    """Return features of a block's samples by layer, (n, d) float16, computed like those of a shard in the workflow.

    The workflow's code writes and reads HDF5; here that is done in memory, for one block.
    """
    with h5py.File("block", "w", driver="core", backing_store=False) as file:
        clip, group = file.create_group("clip"), file.create_group("stream")
        if stream.kind == "rgb":
            group["images"] = block.images
        else:
            clip["grey"], clip["centres"], clip["breaks"] = block.grey, block.centres, block.breaks
            stream_writer(stream)(clip, group)
        return extractor.extract(group, np.arange(len(block.images)), layers)


class SlidingWindows:
    """Windows of features that come block by block; only features that windows still need are held.

    ``length``: samples of a window, of which ``length // 2`` are before its centre sample. ``times``: of the samples,
    in seconds, (n,). A window that would pass an end of the video, or a hole in it, repeats the last sample there (see
    ``windows.window_rows``).
    """

    def __init__(self, length: int, times: np.ndarray, stride: int) -> None:
        self._length, self._samples, self._stride = length, len(times), stride
        self._edges = np.append(stretch_starts(times), len(times))
        self._features: np.ndarray | None = None
        self._first = 0
        self._next = 0

    def add(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Add features (n, d) of the next samples; return those held, (m, d), and the rows of new complete windows."""
        held = features if self._features is None else np.concatenate([self._features, features])
        end = self._first + len(held)
        after = self._length - self._length // 2 - 1
        return self._windows(held, end if end >= self._samples else end - after)

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the same as ``add``, for the windows that are left if a video ended too early."""
        if self._features is None:
            return np.empty((0, 0)), np.empty((0, self._length), np.int64)
        return self._windows(self._features, self._first + len(self._features))

    def _windows(self, held: np.ndarray, end: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the windows around samples before ``end`` that were not returned yet."""
        centres = np.arange(self._next, end, self._stride)
        last = self._first + len(held) - 1
        stretch = np.searchsorted(self._edges, centres, side="right")
        start, end = self._edges[stretch - 1][:, None], np.minimum(self._edges[stretch] - 1, last)[:, None]
        rows = np.clip(centres[:, None] + np.arange(self._length) - self._length // 2, start, end) - self._first
        if len(centres):
            self._next = int(centres[-1]) + self._stride
        kept = min(max(self._next - self._length // 2, self._first), last)
        self._features, self._first = held[kept - self._first :], kept
        return held, rows


def mean_network(detector: Detector, member: str) -> keras.Model:
    """Combine a member's networks into one that returns the mean of their probabilities."""
    entry, model = detector.model.members[member], detector.model
    width = layer_width(entry.layer, model.resample.image_size)
    inputs = keras.Input((model.length, width))
    networks = [build_network(entry.network, model.length, width) for _ in entry.networks]
    with h5py.File(detector.folder / NETWORKS) as file:
        for network, name in zip(networks, entry.networks, strict=True):
            read_network(network, file[f"{member}/{name}"])
    answers = [network(inputs) for network in networks]
    return keras.Model(inputs, keras.layers.Average()(answers) if len(answers) > 1 else answers[0])

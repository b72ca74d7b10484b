"""Prediction by a detector's networks on a video that comes block by block."""

from collections.abc import Iterable
from pathlib import Path

import h5py
import keras
import numpy as np

from signwild.configuration.sections.features import BackboneName, width_of_layer
from signwild.configuration.sections.stream import Stream
from signwild.exported.folder import NETWORKS
from signwild.exported.model import Detector, Variant
from signwild.exported.network_files import read_network
from signwild.stages.detector.blocks import Block, Part, Reach, SampleBlocks, window_centres
from signwild.stages.detector.windows import predict_windows
from signwild.stages.features.stream_extractor import StreamExtractor
from signwild.stages.streams.kinds import stream_writer
from signwild.stages.training.fusion import fuse_probabilities
from signwild.stages.training.network import build_network
from signwild.stages.weights.receipt import PreparedWeights


class VariantNetworks:
    """All networks of one variant, built once: VGG-16, or another, for each stream, and all of each member.

    ``weights``: by network, as ``find_weights`` gives them.
    ``beside``: another variant of the same detector with the same batches, whose networks are used where they are the
    same.
    """

    def __init__(
        self,
        detector: Detector,
        variant: Variant,
        weights: dict[BackboneName, PreparedWeights],
        batch_size: int,
        beside: "VariantNetworks | None" = None,
    ) -> None:
        self._length, self._rule, self._batch_size = detector.model.length, variant.rule, batch_size
        self._members = {name: detector.model.members[name] for name in variant.members}
        self._streams = {member.stream: detector.model.streams[member.stream] for member in self._members.values()}
        self._layers = {
            name: sorted({member.what for member in self._members.values() if member.stream == name})
            for name in self._streams
        }
        features = detector.model.features
        known, same = ({}, {}) if beside is None else (beside._networks, beside._same_extractors(self._layers))
        self._shared = {} if beside is None else beside._shared
        self._extractors = {
            name: same.get(name) or StreamExtractor(weights, features, stream.subtract_mean, batch_size, self._shared)
            for name, stream in self._streams.items()
        }
        self._networks = {name: known.get(name) or mean_network(detector, name) for name in self._members}

    def _same_extractors(self, wanted: dict[str, list[str]]) -> dict[str, StreamExtractor]:
        """Return the networks for the streams of which all these layers are computed here as well."""
        return {name: own for name, own in self._extractors.items() if wanted.get(name) == self._layers[name]}

    def blocks(
        self, path: Path, times: np.ndarray, detector: Detector, threads: int, part: Part | None = None
    ) -> SampleBlocks:
        """Return the video, or a part of it, as blocks from which the variant's streams can be computed."""
        reach = Reach.of(list(self._streams.values()))
        return SampleBlocks(path, times, detector.model.resample, reach, self._batch_size, threads, part)

    def predict(self, blocks: Iterable[Block], stretch: np.ndarray, stride: int) -> np.ndarray:
        """Return class probabilities of the window around every ``stride``-th sample, (windows, 3) float64.

        ``stretch``: of the samples that the video is expected to have, (n,), see ``window_centres``; if it ends
        earlier, so do the windows.
        """
        sliding = {name: SlidingWindows(self._length, stretch, stride) for name in self._members}
        found: dict[str, list[np.ndarray]] = {name: [] for name in self._members}
        for block in blocks:
            features = {name: self._features(name, block) for name in self._streams}
            for name, member in self._members.items():
                windows = sliding[name].add(features[member.stream][member.what])
                found[name].append(self._probabilities(name, windows))
        for name in self._members:
            found[name].append(self._probabilities(name, sliding[name].finish()))
        return fuse_probabilities(np.stack([np.concatenate(found[name]) for name in self._members]), self._rule)

    def features(self, blocks: Iterable[Block]) -> dict[str, dict[str, np.ndarray]]:
        """Return features of all samples of some blocks, by stream and layer: (n, d) float16; none of no block."""
        found = [{name: self._features(name, block) for name in self._streams} for block in blocks]
        if not found:
            return {}
        return {
            name: {layer: np.concatenate([one[name][layer] for one in found]) for layer in layers}
            for name, layers in self._layers.items()
        }

    def predict_rows(self, features: dict[str, dict[str, np.ndarray]], rows: np.ndarray) -> np.ndarray:
        """Return class probabilities (n, 3) of windows of any samples, (n, length) int64: rows of ``features``."""
        found = [
            self._probabilities(name, (features[member.stream][member.what], rows))
            for name, member in self._members.items()
        ]
        return fuse_probabilities(np.stack(found), self._rule)

    def _features(self, stream: str, block: Block) -> dict[str, np.ndarray]:
        return block_features(block, self._streams[stream], self._layers[stream], self._extractors[stream])

    def _probabilities(self, name: str, windows: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        features, rows = windows
        if not len(rows):
            return np.empty((0, 3), np.float32)
        return predict_windows(self._networks[name], features, rows, self._batch_size)


def block_features(
    block: Block, stream: Stream, layers: list[str], extractor: StreamExtractor
) -> dict[str, np.ndarray]:
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

    ``length``: samples of a window, of which ``length // 2`` are before its centre sample. ``stretch``: the number
    of each sample's stretch of footage, (n,). A window that would pass an end of its stretch repeats the last sample
    there (see ``windows.window_rows``).
    """

    def __init__(self, length: int, stretch: np.ndarray, stride: int) -> None:
        self._length, self._samples = length, len(stretch)
        self._centres = window_centres(stretch, stride)
        starts, ends = (np.searchsorted(stretch, stretch, side) for side in ("left", "right"))
        self._starts, self._ends = starts[self._centres], ends[self._centres]
        self._features: np.ndarray | None = None
        self._first = 0
        self._done = 0

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
        new = slice(self._done, int(np.searchsorted(self._centres, end)))
        last = self._first + len(held) - 1
        start, stop = self._starts[new, None], np.minimum(self._ends[new, None] - 1, last)
        samples = self._centres[new, None] + np.arange(self._length) - self._length // 2
        rows = np.clip(samples, start, stop) - self._first
        self._done = max(self._done, new.stop)
        following = self._centres[self._done] if self._done < len(self._centres) else self._samples
        kept = min(max(int(following) - self._length // 2, self._first), last)
        self._features, self._first = held[kept - self._first :], kept
        return held, rows


def mean_network(detector: Detector, member: str) -> keras.Model:
    """Combine a member's networks into one that returns the mean of their probabilities."""
    entry, model = detector.model.members[member], detector.model
    width = width_of_layer(entry.what, model.resample.image_size)
    inputs = keras.Input((model.length, width))
    networks = [build_network(entry.network, model.length, width) for _ in entry.networks]
    with h5py.File(detector.folder / NETWORKS) as file:
        for network, name in zip(networks, entry.networks, strict=True):
            read_network(network, file[f"{member}/{name}"])
    answers = [network(inputs) for network in networks]
    return keras.Model(inputs, keras.layers.Average()(answers) if len(answers) > 1 else answers[0])

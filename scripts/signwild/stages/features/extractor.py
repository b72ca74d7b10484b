"""Extraction of features: VGG-16 run over the samples of a video, stored as float16."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np

from signwild.base.errors import InputError
from signwild.base.memory import is_out_of_memory
from signwild.base.store import new_store_file
from signwild.configuration.sections.features import Features
from signwild.stages.streams.stream_files import read_stream
from signwild.stages.weights.receipt import PreparedWeights


class Extractor:
    """VGG-16 for one stream, built when the first video needs it; if all is in the store, Keras never starts.

    A batch that does not fit in memory is halved, once. ``shared``: layers of other streams' VGG-16 with the same
    weights, settings and size of images; see ``build_extractor``.
    """

    def __init__(
        self,
        weights: PreparedWeights,
        features: Features,
        subtract_mean: bool,
        batch_size: int,
        shared: dict | None = None,
    ) -> None:
        self._weights = weights
        self._features = features
        self._subtract_mean = subtract_mean
        self._batch_size = batch_size
        self._smaller = batch_size // 2
        self._shared = {} if shared is None else shared
        self._models: dict = {}

    @property
    def device(self) -> str:
        """Device on which the network runs: gpu or cpu."""
        from signwild.base.device import network_device

        return network_device()

    def extract(self, group: h5py.Group, rows: np.ndarray, layers: list[str]) -> dict[str, np.ndarray]:
        """Return the features of the samples ``rows`` of one video, by layer: (n, d) float16.

        ``group``: the video's group in a stream file. Raises InputError if a feature is too large for
        float16 or NaN.
        """
        try:
            batches = list(self._batches(group, rows, layers))
        except Exception as error:
            if not self._smaller or not is_out_of_memory(error):
                raise
            print(f"{self._batch_size} images at once do not fit in memory: going on with {self._smaller}", flush=True)
            self._batch_size, self._smaller = self._smaller, 0
            batches = list(self._batches(group, rows, layers))
        features = {layer: np.concatenate([batch[layer] for batch in batches]) for layer in layers}
        for layer, values in features.items():
            if not np.isfinite(values).all():
                raise InputError(
                    f"{group.file.filename}{group.name}: {layer} has values that float16 cannot hold; "
                    "set features.rescale_conv1 to true, or check that weights.preprocessing fits the weights"
                )
        return features

    def _batches(self, group: h5py.Group, rows: np.ndarray, layers: list[str]) -> Iterator[dict[str, np.ndarray]]:
        size = self._batch_size
        for images in _read_ahead(group, [rows[start : start + size] for start in range(0, len(rows), size)]):
            # One batch shape means one compiled program, and one result regardless of what else is in the batch.
            padded = np.zeros((size, *images.shape[1:]), np.uint8)
            padded[: len(images)] = images
            outputs = self._model(images.shape, layers).predict_on_batch(padded)
            with np.errstate(over="ignore"):
                yield {layer: np.asarray(outputs[layer])[: len(images)].astype(np.float16) for layer in layers}

    def _model(self, shape: tuple[int, ...], layers: list[str]):
        signature = (shape[-1], *layers)
        if signature not in self._models:
            from signwild.stages.features.vgg16 import build_extractor

            self._models[signature] = build_extractor(
                self._weights,
                shape[1],
                shape[-1],
                layers,
                self._subtract_mean,
                self._features.rescale_conv1,
                self._features.precision,
                self._shared,
            )
        return self._models[signature]


def _read_ahead(group: h5py.Group, batches: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the network's input for each batch of rows; the next batch is read while the network runs on one."""
    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(read_stream, group, batches[0])
        for rows in batches[1:]:
            images, ahead = ahead.result(), reader.submit(read_stream, group, rows)
            yield images
        yield ahead.result()


def write_features(
    path: Path,
    sample_key: str,
    features: np.ndarray,
    frames: np.ndarray,
    seconds: float = 0.0,
    stream_seconds: float = 0.0,
    device: str = "cpu",
) -> None:
    """Write one video's features of one layer, (n, d) float16, with the samples' frames, (n,) int64, and their key.

    ``seconds``: the time that the network took on ``device``; ``stream_seconds``: the time that its stream took before.
    Both are the layer's share.
    """
    with new_store_file(path, [sample_key], seconds) as file:
        file["features"] = features
        file["frame"] = frames
        file.attrs.update(stream_seconds=stream_seconds, device=device)

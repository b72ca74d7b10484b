"""Forward time per sample (paper Table 2): computing a stream's images, and the networks' passes over them."""

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_tables, write_table, write_text
from signwild.base.keras_start import use_threads
from signwild.base.shards import ShardPaths
from signwild.cli.program import run_function
from signwild.configuration.sections.features import BackboneName
from signwild.configuration.sections.resample import Resample
from signwild.keys.features import FeatureRequest
from signwild.stages.features.stream_extractor import StreamExtractor
from signwild.stages.resample.resample_videos import resample_shard
from signwild.stages.streams.kinds import stream_writer
from signwild.stages.streams.stream_files import compute_stream
from signwild.stages.weights.at_hand import weights_at_hand
from signwild.stages.weights.receipt import PreparedWeights

IMAGES = "images.h5"

CLIP_SECONDS = 10.0
"""Length that suffices for the windows' overlap to count as it does in whole videos."""


def measure_forward_times(
    downloads: ShardPaths,
    motion_requests: dict[str, FeatureRequest],
    image_requests: dict[str, FeatureRequest],
    parameters: Resample,
    prepared_weights: Sequence[Path],
    output: Path,
    batch_size: int = 32,
    threads: int = 1,
) -> None:
    """Measure streams and networks on the start of the first usable video, and write the results as JSON.

    ``motion_requests``: by stream's name. ``image_requests``: of the images themselves, by the qualified name of a
    layer. ``prepared_weights``: the receipts of the networks' weights. The result is {"streams": {stream:
    {"motion_ms", "network_ms"}}, "networks": {layer: images per second}}; none includes decoding, and networks run on
    full batches.
    """
    use_threads(threads)
    weights = weights_at_hand(prepared_weights)
    with tempfile.TemporaryDirectory(prefix="signwild-") as name:
        clips, samples = _first_clip(downloads, parameters, Path(name))
        times = {}
        for stream, request in motion_requests.items():
            stream_file = Path(name) / f"{stream}.h5"
            with h5py.File(clips) as file:
                keys = list(file)
            start = time.perf_counter()
            compute_stream(clips, stream_file, stream_writer(request.stream), keys)
            motion = (time.perf_counter() - start) / samples
            times[stream] = {
                "motion_ms": round(1000 * motion, 2),
                "network_ms": round(1000 * _network_seconds(stream_file, samples, request, weights, batch_size), 2),
            }
        speeds = {
            layer: round(1 / _network_seconds(Path(name) / IMAGES, samples, request, weights, batch_size), 2)
            for layer, request in image_requests.items()
        }
    write_text(output, json.dumps({"streams": times, "networks": speeds}, indent=2) + "\n")


def _first_clip(downloads: list[Path], parameters: Resample, folder: Path) -> tuple[Path, int]:
    """Decode the start of the first decodable video; return its clips file and number of samples."""
    parameters = parameters.model_copy(update={"max_seconds": min(CLIP_SECONDS, parameters.max_seconds)})
    videos = read_tables(downloads).query("status == 'ok'").sort_values("video_id")
    for row in range(len(videos)):
        table, manifest, clips = folder / "video.tsv", folder / "samples.tsv", folder / "clips.h5"
        write_table(table, videos.iloc[[row]])
        resample_shard(table, manifest, folder / IMAGES, clips, folder / "store", parameters, lambda *_: True)
        result = pd.read_csv(manifest, sep="\t").iloc[0]
        if result["status"] == "ok":
            return clips, int(result["rows"])
    raise InputError(f"{downloads[0].parent}: no video can be decoded; its manifests say why")


def _network_seconds(
    stream_file: Path,
    samples: int,
    request: FeatureRequest,
    weights: dict[BackboneName, PreparedWeights],
    batch_size: int,
) -> float:
    """Return the network's seconds per sample on full batches, from the second of two passes: the first compiles."""
    extractor = StreamExtractor(weights, request.features, request.stream.subtract_mean, batch_size)
    rows = np.arange(min(samples, batch_size))
    with h5py.File(stream_file) as file:
        group = next(iter(file.values()))
        for _ in range(2):
            start = time.perf_counter()
            extractor.extract(group, rows, request.layers)
            elapsed = time.perf_counter() - start
    return elapsed / len(rows)


if __name__ == "__main__":
    run_function(measure_forward_times, lock="output")

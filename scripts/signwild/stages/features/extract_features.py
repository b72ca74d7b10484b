"""Features: activations of VGG-16 at each sample of a shard, all layers in one pass, kept in the store."""

from pathlib import Path
from time import monotonic

import h5py
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.keras_start import use_threads
from signwild.base.store import store_path
from signwild.cli.program import run_function
from signwild.cli.progress import progress
from signwild.keys.features import FeatureRequest, feature_key
from signwild.stages.features.extractor import Extractor, write_features
from signwild.stages.resample.missing import missing_layers, wanted_rows
from signwild.stages.resample.samples import read_samples
from signwild.stages.weights.prepare_weights import weights_at_hand

MANIFEST_COLUMNS = ["video_id", "layer", "key", "rows"]


def extract_features(
    resampled: Path,
    labels: Path,
    stream_file: Path,
    manifest: Path,
    store: Path,
    request: FeatureRequest,
    prepared_weights: Path,
    batch_size: int = 32,
    threads: int = 1,
) -> None:
    """Extract the features of one stream of a shard that the store lacks, and list all of them in ``manifest``.

    ``resampled``: the shard's resample manifest; ``labels``: its labels table; ``stream_file``: the
    network's input, at least for the videos that the store lacks; ``prepared_weights``: the receipt of VGG-16's
    weights.
    """
    use_threads(threads)
    weights = weights_at_hand(prepared_weights)
    spans = read_table(labels)
    extractor = Extractor(weights, request.features, request.stream.subtract_mean, batch_size)
    rows_out = []
    with h5py.File(stream_file) as stream:
        for video in progress(read_table(resampled).query("status == 'ok'").to_dict("records"), "features"):
            key = video["key"]
            samples = read_samples(store, key)
            rows = wanted_rows(samples, spans[spans["video_id"] == video["video_id"]], request)
            missing = missing_layers(key, request, weights.identity, rows, store)
            if missing:
                if key not in stream:
                    raise InputError(f"{stream_file}: lacks {video['video_id']!r}; delete this file and start again")
                frames, group, started = samples["frame"].to_numpy()[rows], stream[key], monotonic()
                extracted = extractor.extract(group, rows, list(missing))
                shares = (monotonic() - started, group.attrs.get("seconds", 0.0))
                for layer, values in extracted.items():
                    path = store_path(store, "features", missing[layer])
                    costs = [share / len(missing) for share in shares]
                    write_features(path, key, values, frames, *costs, device=extractor.device)
            rows_out += [
                [video["video_id"], layer, feature_key(key, request, layer, weights.identity, rows), len(rows)]
                for layer in request.layers
            ]
    write_table(manifest, pd.DataFrame(rows_out, columns=MANIFEST_COLUMNS))


if __name__ == "__main__":
    run_function(extract_features, lock="manifest")

"""Features: activations of VGG-16 and other networks at each sample of a shard, kept in the store.

All layers of a network are read in one pass.
"""

from collections.abc import Sequence
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
from signwild.configuration.sections.features import by_backbone, parts_of, qualified
from signwild.keys.features import FeatureRequest, feature_key
from signwild.stages.features.extractor import write_features
from signwild.stages.features.stream_extractor import StreamExtractor
from signwild.stages.resample.missing import missing_layers, wanted_rows
from signwild.stages.resample.samples import read_samples
from signwild.stages.weights.at_hand import weights_at_hand

MANIFEST_COLUMNS = ["video_id", "layer", "key", "rows"]


def extract_features(
    resampled: Path,
    labels: Path,
    stream_file: Path,
    manifest: Path,
    store: Path,
    request: FeatureRequest,
    prepared_weights: Sequence[Path],
    batch_size: int = 32,
    threads: int = 1,
) -> None:
    """Extract the features of one stream of a shard that the store lacks, and list all of them in ``manifest``.

    ``resampled``: the shard's resample manifest; ``labels``: its labels table; ``stream_file``: the
    network's input, at least for the videos that the store lacks; ``prepared_weights``: the receipts of the
    networks' weights.
    """
    use_threads(threads)
    weights = weights_at_hand(prepared_weights)
    spans = read_table(labels)
    identities = {name: prepared.identity for name, prepared in weights.items()}
    extractor = StreamExtractor(weights, request.features, request.stream.subtract_mean, batch_size)
    rows_out = []
    with h5py.File(stream_file) as stream:
        for video in progress(read_table(resampled).query("status == 'ok'").to_dict("records"), "features"):
            key = video["key"]
            samples = read_samples(store, key)
            rows = wanted_rows(samples, spans[spans["video_id"] == video["video_id"]], request)
            missing = missing_layers(key, request, identities, rows, store)
            if missing:
                if key not in stream:
                    raise InputError(f"{stream_file}: lacks {video['video_id']!r}; delete this file and start again")
                frames, group = samples["frame"].to_numpy()[rows], stream[key]
                stream_share = group.attrs.get("seconds", 0.0) / len(missing)
                for name, layers in by_backbone(list(missing)).items():
                    own, started = [qualified(name, layer) for layer in layers], monotonic()
                    extracted = extractor.extract(group, rows, own)
                    share = (monotonic() - started) / len(own)
                    for layer, values in extracted.items():
                        path = store_path(store, "features", missing[layer])
                        write_features(path, key, values, frames, share, stream_share, device=extractor.device)
            for layer in request.layers:
                own_key = feature_key(key, request, layer, identities[parts_of(layer)[0]], rows)
                rows_out.append([video["video_id"], layer, own_key, len(rows)])
    write_table(manifest, pd.DataFrame(rows_out, columns=MANIFEST_COLUMNS))


if __name__ == "__main__":
    run_function(extract_features, lock="manifest")

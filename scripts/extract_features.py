"""Run VGG-16 over the samples of a shard and keep the features of every wanted layer in the store."""

import argparse
from pathlib import Path

from cli import program, run
from cli_network import add_threads, use_threads
from cli_videos import progress
from signwild.keys.features import FeatureRequest
from signwild.stages.features.extract_features import extract_shard
from signwild.stages.weights.prepare_weights import weights_at_hand


def work(args: argparse.Namespace) -> None:
    """Extract the shard."""
    use_threads(args)
    extract_shard(
        args.samples,
        args.labels,
        args.stream,
        args.manifest,
        args.store,
        args.request,
        weights_at_hand(args.weights),
        args.batch_size,
        progress("features"),
    )


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--samples", type=Path, required=True, help="the shard's resample manifest")
    parser.add_argument("--labels", type=Path, required=True, help="the shard's labels table")
    parser.add_argument("--stream", type=Path, required=True, help="HDF5 file of what the network sees")
    parser.add_argument(
        "--request", type=FeatureRequest.model_validate_json, required=True, help="JSON: what is wanted"
    )
    parser.add_argument("--weights", type=Path, required=True, help="receipt of the weights")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--manifest", type=Path, required=True, help="table to write")
    parser.add_argument("--batch-size", type=int, default=32, help="images that the network sees at once")
    add_threads(parser)
    run(parser, work, output="manifest")

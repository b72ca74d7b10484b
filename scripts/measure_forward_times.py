"""Measure the time per sample of each motion stream, for computing its images and for the network's forward pass."""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from cli import program, run
from cli_network import add_threads, use_threads
from signwild.base.shards import shard_paths
from signwild.configuration.sections.resample import Resample
from signwild.keys.features import FeatureRequest
from signwild.stages.streams.kinds import stream_writer
from signwild.stages.tables.measure_forward_times import measure_forward_times
from signwild.stages.weights.prepare_weights import weights_at_hand


def work(args: argparse.Namespace) -> None:
    """Measure the streams."""
    use_threads(args)
    write = {name: stream_writer(request.stream) for name, request in args.requests.items()}
    measure_forward_times(
        args.downloads,
        args.requests,
        write,
        args.parameters,
        weights_at_hand(args.weights),
        args.batch_size,
        args.output,
    )


if __name__ == "__main__":
    parser = program(__doc__)
    requests = TypeAdapter(dict[str, FeatureRequest]).validate_json
    parser.add_argument("--downloads", type=shard_paths, required=True, help="the shards' download manifests")
    parser.add_argument("--requests", type=requests, required=True, help="JSON: what is wanted of each motion stream")
    parser.add_argument(
        "--parameters", type=Resample.model_validate_json, required=True, help="JSON: section `resample`"
    )
    parser.add_argument("--weights", type=Path, required=True, help="receipt of the weights")
    parser.add_argument("--output", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--batch-size", type=int, default=32, help="images that the network sees at once")
    add_threads(parser)
    run(parser, work, output="output")

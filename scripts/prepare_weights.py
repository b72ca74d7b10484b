"""Prepare VGG-16's weights, fetching a file if needed, and write a receipt of which weights they are."""

from pathlib import Path

from cli import program, run
from signwild.configuration.sections.weights import Weights
from signwild.stages.weights.prepare_weights import prepare_weights

if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--parameters", type=Weights.model_validate_json, required=True, help="JSON: section `weights`")
    parser.add_argument("--image-size", type=int, required=True, help="side of the network's images in pixels")
    parser.add_argument("--with-fc1", action="store_true", help="the layer fc1 is needed")
    parser.add_argument("--cache", type=Path, required=True, help="folder for a fetched file")
    parser.add_argument("--receipt", type=Path, required=True, help="JSON file to write")
    run(
        parser,
        lambda args: prepare_weights(args.parameters, args.image_size, args.with_fc1, args.cache, args.receipt),
        output="receipt",
    )

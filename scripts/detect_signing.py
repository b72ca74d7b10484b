"""Find signing in videos of any kind, and write tables, ELAN files, subtitles and pages that show it.

    .venv/bin/python scripts/detect_signing.py lecture.mp4 archive/

prints what it finds; start reading at found/index.html. Started again, it continues with what is missing. The exit
code is 1 if a video failed.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from tqdm import tqdm

from cli import program, run
from cli_network import add_threads, start_quietly, use_threads
from signwild.base.errors import InputError
from signwild.exported.folder import STARTER
from signwild.exported.model import Detector, Variant, read_detector
from signwild.stages.detector.many_videos import Manner, ManyVideos, Source
from signwild.stages.detector.weights import find_weights
from signwild.stages.weights.receipt import PreparedWeights
from signwild.video.files import named_videos


def work(args: argparse.Namespace) -> None:
    """Process every video."""
    use_threads(args)
    if not args.videos and not args.url:
        raise InputError("no video: name files, folders or patterns, or an address by --url")
    detector = read_detector(args.model)
    variant = detector.variant(args.variant)
    sources = [
        *(Source(file=path) for path in named_videos(args.videos)),
        *(Source(address=address) for address in args.url),
    ]
    number = f"{len(sources):,} video{'s' if len(sources) > 1 else ''}"
    _say(f"looking for signing in {number}, by {variant.name} of the detector {detector.identity}, into {args.out}")
    build = partial(_networks, detector, variant, find_weights(detector, variant, args.weights), args.batch_size)
    many = ManyVideos(args.out, detector, variant, Manner(args.stride, args.threads), build, _progress, _say)
    failed = many.detect(sources)
    print(f"{len(sources) - failed} of {len(sources)} videos: {args.out / 'index.html'}")
    if failed:
        sys.exit(f"error: {failed} of {len(sources)} videos failed; {args.out / 'index.html'} says why")


def _networks(detector: Detector, variant: Variant, weights: PreparedWeights, batch_size: int):
    # Imported late: TensorFlow takes seconds to start, and reads the number of threads when it does.
    start_quietly()
    from signwild.stages.detector.networks import VariantNetworks

    return VariantNetworks(detector, variant, weights, batch_size)


def _say(line: str) -> None:
    """Print a line at once, also to a file or another program, above the progress bar."""
    tqdm.write(line)
    sys.stdout.flush()


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return number


def _progress(blocks, samples: int, name: str):
    """Show the progress of a video, in samples."""
    with tqdm(total=samples, desc=name, unit="sample", mininterval=1) as bar:
        for block in blocks:
            yield block
            bar.update(len(block.images))


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("videos", nargs="*", metavar="VIDEO", help="files, folders (with all below), or patterns")
    parser.add_argument("--url", action="append", default=[], help="address of a video to download; may be repeated")
    parser.add_argument(
        "--model",
        type=Path,
        default=STARTER,
        help="a detector's folder, as `make export` writes it; else detectors/starter, which comes with the project",
    )
    parser.add_argument("--out", type=Path, default=Path("found"), help="folder of the results, else found")
    parser.add_argument("--variant", help="which of the detector's variants, such as rgb; else its first")
    parser.add_argument(
        "--stride", type=_at_least_one, default=1, help="samples from one window to the next (5 a second)"
    )
    parser.add_argument("--weights", type=Path, help="file of VGG-16's weights, where its maker had one of their own")
    parser.add_argument("--batch-size", type=_at_least_one, default=32, help="images at once; 256 on a GPU")
    add_threads(parser)
    parser.set_defaults(threads=os.cpu_count())
    run(parser, work, output="out")

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
from typing import TYPE_CHECKING

from tqdm import tqdm

from signwild.base.errors import InputError
from signwild.base.keras_start import start_quietly, use_threads
from signwild.base.notes import MOST_NAMES, Note
from signwild.cli.options import HELP
from signwild.cli.program import program, run
from signwild.configuration.sections.features import BackboneName
from signwild.exported.folder import STARTER
from signwild.exported.model import Detector, Variant, read_detector
from signwild.stages.detector.first_look import cheapest_variant
from signwild.stages.detector.many_videos import DetectionOptions, ManyVideos, Source
from signwild.stages.detector.weights import find_weights
from signwild.stages.weights.receipt import PreparedWeights
from signwild.video.files import NOT_VIDEOS, is_address, named_videos, other_files

if TYPE_CHECKING:
    from signwild.stages.detector.networks import VariantNetworks  # starts Keras, which takes seconds

DEFAULT = " (default: %(default)s)"


def work(args: argparse.Namespace) -> None:
    """Process every video."""
    use_threads(args.threads)
    for address in args.url:
        if not is_address(address):
            raise InputError(
                f'--url "{address}": is no address of the web, such as https://...; give files without --url'
            )
    if not args.videos and not args.url:
        raise InputError("no video: name files, folders or patterns, or an address by --url")
    if args.quick and args.stride > 1:
        raise InputError(
            "--quick and --stride: a quick pass looks at every window where it looks in full; leave one out"
        )
    detector = read_detector(args.model)
    variant = detector.variant(args.variant)
    used = [variant, cheapest_variant(detector)] if args.quick else [variant]
    sources = [
        *(Source(file=path) for path in named_videos(args.videos)),
        *(Source(address=address) for address in args.url),
    ]
    number = f"{len(sources):,} video{'s' if len(sources) > 1 else ''}"
    _say(f"looking for signing in {number}, by {variant.name} of the detector {detector.identity}, into {args.out}")
    if others := other_files(args.videos):
        _say(Note(NOT_VIDEOS, others).text(MOST_NAMES))
    weights = {one.name: find_weights(detector, one, args.weights) for one in used}
    build = partial(_networks, detector, weights, args.batch_size)
    options = DetectionOptions(args.stride, args.threads, args.list, args.quick)
    number, failed = ManyVideos(args.out, detector, variant, options, build, _progress, _say).detect(sources)
    print(f"{number - failed} of {number} videos: {args.out / 'index.html'}")
    if failed:
        sys.exit(f"error: {failed} of {number} videos failed; {args.out / 'index.html'} says why")


def _networks(
    detector: Detector,
    weights: dict[str, dict[BackboneName, PreparedWeights]],
    batch_size: int,
    variant: Variant,
    beside: "VariantNetworks | None",
) -> "VariantNetworks":
    # Imported late: TensorFlow takes seconds to start, and reads the number of threads when it does.
    start_quietly()
    from signwild.stages.detector.networks import VariantNetworks

    return VariantNetworks(detector, variant, weights[variant.name], batch_size, beside)


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
    parser.add_argument("videos", nargs="*", metavar="VIDEO", help=HELP["videos"])
    parser.add_argument("--url", action="append", default=[], metavar="ADDRESS", help=HELP["url"])
    parser.add_argument("--list", action="store_true", help=HELP["list"])
    parser.add_argument("--model", type=Path, default=STARTER, metavar="PATH", help=HELP["model"])
    parser.add_argument("--out", type=Path, default=Path("found"), metavar="PATH", help=HELP["out"] + DEFAULT)
    parser.add_argument("--variant", metavar="NAME", help=HELP["variant"])
    parser.add_argument("--quick", action="store_true", help=HELP["quick"])
    parser.add_argument("--stride", type=_at_least_one, default=1, metavar="NUMBER", help=HELP["stride"] + DEFAULT)
    parser.add_argument("--weights", type=Path, metavar="PATH", help=HELP["weights"])
    parser.add_argument(
        "--batch-size", type=_at_least_one, default=32, metavar="NUMBER", help=HELP["batch_size"] + DEFAULT
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="NUMBER", help=HELP["threads"] + DEFAULT)
    run(parser, work, output="out")

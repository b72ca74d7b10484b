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

from signwild.base.errors import InputError
from signwild.base.keras_start import use_threads
from signwild.base.notes import MOST_NAMES, Note
from signwild.cli.options import HELP
from signwild.cli.program import program, run
from signwild.exported.folder import STARTER
from signwild.exported.model import read_detector
from signwild.stages.detector.first_look import cheapest_variant
from signwild.stages.detector.many_videos import DetectionOptions, ManyVideos, Source
from signwild.stages.detector.session import build_networks, say, show_progress
from signwild.stages.detector.weights import find_weights
from signwild.video.files import NOT_VIDEOS, is_address, named_videos, other_files

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
    say(f"looking for signing in {number}, by {variant.name} of the detector {detector.identity}, into {args.out}")
    if others := other_files(args.videos):
        say(Note(NOT_VIDEOS, others).text(MOST_NAMES))
    weights = {one.name: find_weights(detector, one, args.weights) for one in used}
    build = partial(build_networks, detector, weights, args.batch_size)
    options = DetectionOptions(args.stride, args.threads, args.list, args.quick)
    number, failed = ManyVideos(args.out, detector, variant, options, build, show_progress, say).detect(sources)
    print(f"{number - failed} of {number} videos: {args.out / 'index.html'}")
    if failed:
        sys.exit(f"error: {failed} of {number} videos failed; {args.out / 'index.html'} says why")


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return number


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
    parser.add_argument("--batch-size", type=_at_least_one, metavar="NUMBER", help=HELP["batch_size"])
    parser.add_argument(
        "--threads", type=_at_least_one, default=os.cpu_count(), metavar="NUMBER", help=HELP["threads"] + DEFAULT
    )
    run(parser, work, output="out")

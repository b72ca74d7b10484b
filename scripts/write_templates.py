"""Write an .eaf template for each video, with empty tiers signing, speaking and other, to annotate in ELAN."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.stages.dataset.elan_writer import write_templates
from signwild.video.files import named_videos


def work(args: argparse.Namespace) -> None:
    """Write the templates, and print which files were there already and stay unchanged."""
    written, there = write_templates(named_videos(args.videos), args.out)
    if there:
        print(f"{len(there):,} .eaf files are there already, and stay as they are: {', '.join(map(str, there))}")
    print(f"{len(written):,} templates are written to {args.out}")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("videos", nargs="+", metavar="VIDEO", help="video file, folder of videos, or a pattern")
    parser.add_argument("--out", type=Path, required=True, help="folder of the templates")
    run(parser, work)

"""Check an exported detector and copy it over the one in the project, complete file by file, the checksums last.

python scripts/ship_detector.py results/starter/detector detectors/starter
"""

import argparse
import shutil
from pathlib import Path

from cli import program, run
from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.exported.folder import CHECKSUMS, FILES, MOST_SHIPPED_BYTES
from signwild.exported.model import read_detector


def work(args: argparse.Namespace) -> None:
    """Copy the folder."""
    detector = read_detector(args.exported)
    size = sum((args.exported / name).stat().st_size for name in FILES)
    if size > MOST_SHIPPED_BYTES:
        raise InputError(
            f"{args.exported}: has {size:,} bytes, and the project ships at most {MOST_SHIPPED_BYTES:,}; "
            "set detection.networks to all, or give network fewer units"
        )
    for name in (*FILES, CHECKSUMS):
        with written_whole(args.shipped / name) as temporary:
            shutil.copyfile(args.exported / name, temporary)
    print(f"{args.shipped}: the detector {detector.identity}, {size:,} bytes")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("exported", type=Path, help="folder of a run's exported detector")
    parser.add_argument("shipped", type=Path, help="folder in the project")
    run(parser, work)

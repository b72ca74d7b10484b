"""Measure stages beside the authors' procedure and the machine's limits, into the table of docs/performance.md.

    make bench                              # all, some 20 minutes on two cores; alone on the machine
    make bench STAGES="streams reads"       # some; the table's other rows stay as they are

Materials are made up and kept in --folder, some 6 GB, until it is deleted;
what is made by other code is made anew.
"""

import argparse
import os
import platform
import sys
from contextlib import suppress
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

from performance.comparisons import comparisons  # noqa: E402
from performance.materials import materials_digest  # noqa: E402
from performance.measuring import measure_in_turn  # noqa: E402
from performance.page import check_page, update_table  # noqa: E402

PAGE = ROOT / "docs/performance.md"

PACKAGES = (
    "opencv-contrib-python-headless",
    "imageio-ffmpeg",
    "tensorflow-cpu",
    "tensorflow",
    "keras",
    "h5py",
    "hdf5plugin",
    "numpy",
)
"""What does the work, of which one TensorFlow is there."""


def main() -> None:
    """Measure, stage by stage; the table is written after each, so that nothing is lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", help="names of comparisons; without one, all")
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks/materials", help="where materials are kept")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured, in turn with the others")
    parser.add_argument("--seconds", type=float, default=60, help="of the video")
    parser.add_argument("--images", type=int, default=256, help="for VGG-16: a multiple of four batches of 32")
    parser.add_argument("--segments", type=int, default=10_000, help="for training")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page whose table is brought up to date")
    arguments = parser.parse_args()
    known = comparisons(arguments.seconds, arguments.images, arguments.segments)
    if unknown := set(arguments.stages) - set(known):
        parser.error(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if arguments.images % 128:
        parser.error("--images must be a multiple of 128: full batches of each of four streams")
    where, folder = machine(), arguments.folder / materials_digest()
    check_page(arguments.page)
    folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.stages or known:
        print(name, file=sys.stderr, flush=True)
        uses = measure_in_turn(known[name].works, folder, arguments.rounds)
        row = known[name].row(uses) | {"measured": f"{date.today()}, {where}, {arguments.rounds} rounds"}
        update_table(arguments.page, row, [comparison.stage for comparison in known.values()])
        print("  " + ", ".join(f"{column}: {value}" for column, value in row.items()), flush=True)


def machine() -> str:
    """The processor, its cores, and the versions of what does the work."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    found = []
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return f"{os.cpu_count()} cores of {model}; {', '.join(found)}"


if __name__ == "__main__":
    main()

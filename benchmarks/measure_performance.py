"""Measure stages against the authors' procedure and the machine's limits, and their growth, for docs/performance.md.

    make bench                              # all, some two hours on two cores; alone on the machine
    make bench STAGES="streams reads"       # some; the tables' other rows stay as they are

Materials are generated and kept in --folder, some 8 GB, until it is deleted;
those that were made by different code are made again.
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

from performance.growth_figure import draw_growth  # noqa: E402
from performance.materials import materials_digest  # noqa: E402
from performance.page import HOW, check_page, read_rows, update_table  # noqa: E402
from performance.suite import suite  # noqa: E402

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
"""Packages that do the work; only one of the two TensorFlow packages is installed."""


def main() -> None:
    """Measure stage by stage; the table is written after each row, so nothing is lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", help="names of what is measured; without one, all")
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks/materials", help="where materials are kept")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured, in turn with the others")
    parser.add_argument("--seconds", type=float, default=60, help="of the video")
    parser.add_argument("--images", type=int, default=256, help="for VGG-16: a multiple of four batches of 32")
    parser.add_argument("--segments", type=int, default=10_000, help="for training")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page whose tables are brought up to date")
    arguments = parser.parse_args()
    if sys.platform != "linux":
        parser.error("memory is measured by Linux's /proc: run it on Linux")
    known = suite(arguments.seconds, arguments.images, arguments.segments)
    if unknown := set(arguments.stages) - set(known):
        parser.error(f"no stage {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if arguments.images % 128:
        parser.error("--images must be a multiple of 128: full batches of each of four streams")
    where, folder = machine(), arguments.folder / materials_digest()
    check_page(arguments.page, sorted({measurement.table for measurement in known.values()}))
    folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.stages or known:
        print(name, file=sys.stderr, flush=True)
        rounds = 1 if known[name].once else arguments.rounds
        for row in known[name].rows(folder, rounds):
            how = {HOW: f"{date.today()}, {where}, {rounds} round{'s' * (rounds > 1)}"}
            update_table(arguments.page, known[name].table, row | how, known[name].order)
            print("  " + ", ".join(f"{column}: {value}" for column, value in row.items()), flush=True)
        if known[name].table == "growth":
            draw_growth(read_rows(arguments.page, "growth"), arguments.page.with_name("growth.svg"))


def machine() -> str:
    """Return the processor, its cores, and the versions of the packages that do the work."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    found = []
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return f"{os.cpu_count()} cores of {model}; {', '.join(found)}"


if __name__ == "__main__":
    main()

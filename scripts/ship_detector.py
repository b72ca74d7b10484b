"""Check an exported detector and copy it over the one in the project, complete file by file, the checksums last.

python scripts/ship_detector.py results/starter/detector detectors/starter
"""

import shutil
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.cli.program import run_function
from signwild.exported.folder import CHECKSUMS, FILES, MOST_SHIPPED_BYTES
from signwild.exported.model import read_detector


def ship_detector(detector_folder: Path, shipped_folder: Path, /) -> None:
    """Check an exported detector and copy it over the one in the project."""
    detector = read_detector(detector_folder)
    size = sum((detector_folder / name).stat().st_size for name in FILES)
    if size > MOST_SHIPPED_BYTES:
        raise InputError(
            f"{detector_folder}: has {size:,} bytes, and the project ships at most {MOST_SHIPPED_BYTES:,}; "
            "set detection.networks to all, or give network fewer units"
        )
    for name in (*FILES, CHECKSUMS):
        with written_whole(shipped_folder / name) as temporary:
            shutil.copyfile(detector_folder / name, temporary)
    print(f"{shipped_folder}: the detector {detector.identity}, {size:,} bytes")


if __name__ == "__main__":
    run_function(ship_detector, description=__doc__)

"""The detector that the project ships: an exported one, checked, and copied complete."""

import shutil
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.exported.folder import CHECKSUMS, FILES, MOST_SHIPPED_BYTES
from signwild.exported.model import read_detector


def ship_detector(exported: Path, shipped: Path) -> None:
    """Check an exported detector and copy it over the one in ``shipped``, file by file, the checksums last."""
    detector = read_detector(exported)
    size = sum((exported / name).stat().st_size for name in FILES)
    if size > MOST_SHIPPED_BYTES:
        raise InputError(
            f"{exported}: has {size:,} bytes, and the project ships at most {MOST_SHIPPED_BYTES:,}; "
            "set detection.networks to all, or give network fewer units"
        )
    for name in (*FILES, CHECKSUMS):
        with written_whole(shipped / name) as temporary:
            shutil.copyfile(exported / name, temporary)
    print(f"{shipped}: the detector {detector.identity}, {size:,} bytes")

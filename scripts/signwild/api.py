"""Finding signing from Python, with neither Snakemake nor make: docs/detection.md shows how.

from signwild.api import detect_signing
found = detect_signing("lecture.mp4")
print(found.verdict, found.segments)
"""

import os
from functools import lru_cache
from pathlib import Path

from signwild.base.errors import UnusableVideo
from signwild.exported.folder import STARTER
from signwild.exported.model import read_detector
from signwild.stages.detector.detected_video import DetectedVideo
from signwild.stages.detector.one_video import VideoDetector
from signwild.stages.detector.weights import find_weights

BATCH_SIZE = 32
"""Images that VGG-16 sees at once."""


def detect_signing(
    video: Path | str,
    detector: Path | str = STARTER,
    variant: str | None = None,
    weights: Path | str | None = None,
) -> DetectedVideo:
    """Look at a whole video, and return what was found: ``segments``, a table, ``verdict``, and more.

    ``detector``: a folder that `make export` wrote, else the one that comes with the project. ``variant``: one of the
    detector's, else its first. ``weights``: a file of VGG-16's weights, where the detector's maker had one of their
    own. The networks are built at the first call, which takes seconds, and kept for the next one.
    Raises InputError for a detector or weights that cannot be used, and UnusableVideo where there is no such file, or
    nothing of it can be decoded.
    """
    if not Path(video).is_file():
        raise UnusableVideo("missing", f"{video}: there is no such file; check the path")
    folder, own = Path(detector), Path(weights) if weights else None
    looking = _ready(folder, read_detector(folder).identity, variant, own)
    return looking.detect(Path(video), lambda blocks, _: blocks)


@lru_cache(maxsize=1)
def _ready(folder: Path, identity: str, variant_name: str | None, weights: Path | None) -> VideoDetector:  # noqa: ARG001
    """The detector with its networks; ``identity`` tells a folder whose files were changed meanwhile."""
    # As the project's programs do; another backend that a user's Keras is set to is not what was tested.
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from signwild.stages.detector.networks import VariantNetworks  # late: starts Keras

    detector = read_detector(folder)
    variant = detector.variant(variant_name)
    found = find_weights(detector, variant, weights, hint="`weights`")
    networks = VariantNetworks(detector, variant, found, BATCH_SIZE)
    return VideoDetector(detector, variant, networks, stride=1, threads=os.cpu_count() or 1)

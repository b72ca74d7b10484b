"""Signing detection from Python, without Snakemake or make; see docs/detection.md.

from signwild.api import detect_signing
found = detect_signing("lecture.mp4")
print(found.verdict, found.segments)
"""

import os
from functools import lru_cache
from pathlib import Path

import signwild.base.environment  # noqa: F401  before anything that loads HDF5 or TensorFlow
from signwild.base.errors import UnusableVideo
from signwild.exported.folder import STARTER
from signwild.exported.model import read_detector
from signwild.stages.detector.detected_video import DetectedVideo
from signwild.stages.detector.one_video import VideoDetector
from signwild.stages.detector.session import build_networks
from signwild.stages.detector.weights import find_weights


def detect_signing(
    video: Path | str,
    detector: Path | str = STARTER,
    variant: str | None = None,
    weights: Path | str | None = None,
) -> DetectedVideo:
    """Detect signing in a whole video, and return the result: ``segments``, a table, ``verdict``, and more.

    ``detector``: a folder that `make export` wrote, by default the one that comes with the project. ``variant``: a
    variant of the detector, by default its first. ``weights``: a file of VGG-16's weights, needed if the detector's
    maker used a custom one. The networks are built at the first call, which takes seconds, and kept for the next one.
    Raises InputError for a detector or weights that cannot be used, and UnusableVideo if the file is missing or
    nothing of it can be decoded.
    """
    if not Path(video).is_file():
        raise UnusableVideo("missing", f"{video}: there is no such file; check the path")
    folder, own = Path(detector), Path(weights) if weights else None
    looking = _ready(folder, read_detector(folder).identity, variant, own)
    return looking.detect(Path(video), lambda blocks, _: blocks)


@lru_cache(maxsize=1)
def _ready(folder: Path, identity: str, variant_name: str | None, weights: Path | None) -> VideoDetector:  # noqa: ARG001
    """Return the detector with its networks; ``identity`` reveals files of the folder that changed meanwhile."""
    detector = read_detector(folder)
    variant = detector.variant(variant_name)
    found = find_weights(detector, variant, weights, hint="`weights`")
    networks = build_networks(detector, {variant.name: found}, None, variant, None)
    return VideoDetector(detector, variant, networks, stride=1, threads=os.cpu_count() or 1)

"""Propose annotations in ELAN: add tiers with the signing that a detector finds to .eaf files, and change nothing else.

    .venv/bin/python scripts/propose_annotations.py annotations/ videos/new.mp4

adds the tiers "signing (proposed)", "speaking (proposed)" and "other (proposed)". The videos of .eaf files are found by
their links; a video without an .eaf file gets one beside it. A backup is kept beside each file that is changed. Started
again, also with another detector (and another --out), it replaces its own proposals, unless somebody has edited them.
The exit code is 1 if a file failed.
"""

import os
import sys
from functools import partial
from pathlib import Path

from pydantic import PositiveInt

import signwild.base.environment  # noqa: F401  before anything that loads HDF5
from signwild.annotation.propose import propose_all, usable_targets
from signwild.annotation.targets import find_targets
from signwild.annotation.tier_names import written_tiers
from signwild.base.keras_start import use_threads
from signwild.base.words import counted
from signwild.cli.program import run_function
from signwild.exported.folder import STARTER
from signwild.exported.model import read_detector
from signwild.stages.detector.kept_results import absolute
from signwild.stages.detector.many_videos import DetectionOptions, ManyVideos, Source
from signwild.stages.detector.session import build_networks, say, show_progress
from signwild.stages.detector.weights import find_weights


def propose_annotations(
    annotated: list[str],
    /,
    *,
    model: Path = STARTER,
    out: Path = Path("found"),
    variant: str | None,
    weights: Path | None,
    batch_size: PositiveInt | None,
    threads: PositiveInt | None,
    tiers: list[str] = (),
    configfile: Path | None = None,
) -> None:
    """Add tiers with what a detector finds to .eaf files; everything else in them stays as it is.

    ``out``: the folder of the detector's results, as detect_signing.py writes it; what is there is not computed again.
    ``tiers``, or ``configfile``, which is a run's configuration: the empty tiers that a new file gets.
    """
    named = written_tiers(tiers, "--tiers", configfile)
    faults: list[str] = []
    targets = usable_targets(find_targets(annotated, out, faults.append), out, faults.append)
    for fault in faults:
        say(f"failed: {fault}")
    failed, total = len(faults), len(faults) + len(targets)
    if targets:
        number = threads or os.cpu_count() or 1
        use_threads(number)
        detector = read_detector(model)
        chosen = detector.variant(variant)
        build = partial(build_networks, detector, {chosen.name: find_weights(detector, chosen, weights)}, batch_size)
        say(f"proposals of {chosen.name} of the detector {detector.identity} for {counted(total, '.eaf file')}")
        videos = {absolute(target.video): target.video for target in targets}
        detection = ManyVideos(out, detector, chosen, DetectionOptions(1, number), build, show_progress, say)
        detection.detect([Source(file=video) for video in videos.values()])
        failed += propose_all(targets, out, named, say)
    print(f"{total - failed:,} of {total:,} .eaf files have proposals")
    if failed:
        sys.exit(f"error: {failed:,} of {total:,} .eaf files have none; the lines above say why")


if __name__ == "__main__":
    run_function(propose_annotations, lock="out", description=__doc__)

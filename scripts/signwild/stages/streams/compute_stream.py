"""Motion streams of a shard, for the videos whose features are missing."""

from collections.abc import Sequence
from pathlib import Path

import cv2

from signwild.base.store import put_together_in
from signwild.cli.program import run_function
from signwild.cli.progress import progress
from signwild.configuration.sections.stream import Stream
from signwild.keys.features import FeatureRequest
from signwild.stages.resample.missing import missing_keys, wanted_check
from signwild.stages.streams import stream_files
from signwild.stages.streams.kinds import stream_writer


def compute_stream(
    resampled: Path,
    clips: Path,
    parameters: Stream,
    output: Path,
    store: Path,
    labels: Path | None = None,
    prepared_weights: Sequence[Path] = (),
    requests: list[FeatureRequest] | None = None,
    scratch: Path | None = None,
) -> None:
    """Compute one motion stream for the videos of a shard whose features of that stream are missing.

    ``resampled``: the shard's resample manifest. ``clips``: the HDF5 file of grey clips. ``output``: an HDF5 file, see
    ``stream_files``. ``requests``: the features that later stages want, which with ``labels`` and
    ``prepared_weights`` determine what is missing; without requests, all videos are computed. ``scratch``: see
    ``put_together_in``.
    """
    cv2.setNumThreads(1)  # Farneback gains nothing from threads; a shard is a job, and jobs share the cores
    keys = missing_keys(resampled, wanted_check(requests, prepared_weights, labels, store))
    with put_together_in(scratch):
        stream_files.compute_stream(clips, output, stream_writer(parameters), progress(keys, parameters.kind))


if __name__ == "__main__":
    run_function(compute_stream, lock="output")

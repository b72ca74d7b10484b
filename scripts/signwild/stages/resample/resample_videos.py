"""Resample: decode each video once into 5 Hz samples and the grey clip for the motion streams.

For each usable video the store keeps a small file of its samples: frame and time. The images
and the grey clip are large and temporary: two files per shard that hold only what later stages still need.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from signwild.base.errors import UnusableVideo
from signwild.base.files import read_table, write_table
from signwild.base.store import new_hdf5, put_together_in, store_path
from signwild.cli.program import run_function
from signwild.cli.progress import progress
from signwild.configuration.sections.resample import Resample
from signwild.keys.features import FeatureRequest
from signwild.keys.samples import sample_key
from signwild.stages.resample.decoding import resample_video
from signwild.stages.resample.missing import wanted_check
from signwild.stages.resample.samples import read_notes, read_samples, unchanged_source

MANIFEST_COLUMNS = ["video_id", "status", "reason", "key", "sha256", "rows", "notes"]


def resample_videos(
    downloads: Path,
    manifest: Path,
    images: Path,
    clips: Path,
    store: Path,
    parameters: Resample,
    labels: Path | None = None,
    prepared_weights: Sequence[Path] = (),
    requests: list[FeatureRequest] | None = None,
    scratch: Path | None = None,
    threads: int = 1,
) -> None:
    """Decode each video of a shard once: 5 Hz samples, their images, and the grey clip for the motion streams.

    ``requests``: the features that later stages want, which with ``labels`` and ``prepared_weights`` determine what is
    still missing; without requests, all videos are decoded. ``scratch``: see ``put_together_in``. The rest is
    described by ``resample_shard``.
    """
    is_missing = wanted_check(requests, prepared_weights, labels, store)
    with put_together_in(scratch):
        resample_shard(
            downloads,
            manifest=manifest,
            images=images,
            clips=clips,
            store=store,
            parameters=parameters,
            is_missing=is_missing,
            threads=threads,
        )


def resample_shard(
    downloads: Path,
    manifest: Path,
    images: Path,
    clips: Path,
    store: Path,
    parameters: Resample,
    is_missing: Callable[[str, str], bool],
    threads: int = 1,
) -> None:
    """Resample the videos of a shard.

    ``downloads``: the shard's download manifest. ``manifest``: written last, a row per video with its status, and notes
    on what is unusual in it.
    ``images``: HDF5, for each sample key ``images`` (n, s, s, 3) uint8 RGB. ``clips``: for each sample key
    ``grey`` (g, s, s) uint8; ``centres`` (n,) int64, each sample's position in the clip; and ``breaks`` (k,) int64, the
    positions of the first frame after each hole in the footage.
    ``is_missing(video_id, key)``: whether a later stage still needs the images or the clip of a video whose
    samples are in the store.
    """
    rows = []
    with new_hdf5(images) as images_file, new_hdf5(clips) as clips_file:
        for video in progress(read_table(downloads).to_dict("records"), "resample"):
            row = {name: video[name] for name in MANIFEST_COLUMNS if name in video}
            if video["status"] == "ok":
                key = sample_key(video["sha256"], parameters)
                try:
                    if Path(video["file"]).exists():
                        unchanged_source(video)
                    if not store_path(store, "resample", key).exists() or is_missing(video["video_id"], key):
                        resample_video(video, key, images_file, clips_file, store, parameters, threads)
                    row |= {"key": key, "rows": str(len(read_samples(store, key))), "notes": read_notes(store, key)}
                except UnusableVideo as problem:
                    row |= {"status": problem.status, "reason": problem.reason}
            rows.append(row)
    write_table(manifest, pd.DataFrame(rows, columns=MANIFEST_COLUMNS, dtype=object).fillna(""))


if __name__ == "__main__":
    run_function(resample_videos, lock="manifest")

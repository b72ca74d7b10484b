"""Descriptors: features of each sample from the source videos, or the small frames from which features are learned."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import cv2
import h5py
import numpy as np
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import new_store_file, store_path
from signwild.cli.program import run_function
from signwild.cli.progress import progress
from signwild.configuration.sections.descriptor import Descriptor
from signwild.keys.descriptors import descriptor_key
from signwild.stages.descriptors.footage import Footage
from signwild.stages.descriptors.grey_frames import record_frames
from signwild.stages.descriptors.motion_profiles import describe_profiles
from signwild.stages.descriptors.pose.networks import Networks
from signwild.stages.descriptors.pose.recording import record_people
from signwild.stages.descriptors.visual_features import describe_visual_features
from signwild.stages.faces.face_files import read_faces
from signwild.stages.faces.found_faces import count_faces
from signwild.stages.resample.samples import read_samples, unchanged_source
from signwild.stages.weights.packaged_pose import FOLDER, packaged_pose

MANIFEST_COLUMNS = ["video_id", "layer", "key", "rows"]


def compute_descriptor(
    downloads: Path,
    resampled: Path,
    faces_manifest: Path | None,
    manifest: Path,
    store: Path,
    parameters: Descriptor,
    length: int,
    max_motion_rate: int,
    threads: int = 1,
) -> None:
    """Compute one descriptor of a shard's usable videos if the store lacks it, and list it in ``manifest``.

    ``downloads``, ``resampled``, ``faces_manifest``: the shard's download, resample and faces manifests; the
    last is None for a descriptor that needs no faces.
    ``length``: samples per segment. ``max_motion_rate``: frames per second above which a video is thinned.
    """
    cv2.setNumThreads(1)  # jobs share the cores
    sources = read_table(downloads).set_index("video_id")
    faces = read_table(faces_manifest).set_index("video_id")["key"] if faces_manifest else {}
    describe, rows = None, []
    for video in progress(read_table(resampled).query("status == 'ok'").to_dict("records"), "descriptor"):
        name, sample_key = video["video_id"], video["key"]
        if faces_manifest and name not in faces:
            raise InputError(f"{faces_manifest}: lacks {name!r}; delete this file and start again")
        key = descriptor_key(sample_key, faces.get(name), parameters, length, max_motion_rate)
        path = store_path(store, "features", key)
        if not path.exists():
            started = monotonic()
            source = unchanged_source(sources.loc[name])
            footage = _open_footage(source, store, sample_key, max_motion_rate, threads)
            describe = describe or _describer(parameters, store, length)
            values = describe(footage, faces.get(name))
            with new_store_file(path, [sample_key], monotonic() - started) as file:
                file["frame"] = footage.samples
                for column, content in values.items():
                    file[column] = content
        rows.append([name, "descriptor", key, video["rows"]])
    write_table(manifest, pd.DataFrame(rows, columns=MANIFEST_COLUMNS))


def _open_footage(source: Path, store: Path, sample_key: str, max_motion_rate: int, threads: int) -> Footage:
    """Return the footage of a resampled video."""
    samples = read_samples(store, sample_key)["frame"].to_numpy()
    with h5py.File(store_path(store, "resample", sample_key)) as file:
        frames, fps = int(file.attrs["decoded_frames"]), float(file.attrs["fps"])
    return Footage(source, samples, frames, fps, max_motion_rate, threads)


def _describer(
    parameters: Descriptor, store: Path, length: int
) -> Callable[[Footage, str | None], dict[str, np.ndarray]]:
    """Return a function from a video's footage, and the key of its faces, to the content of its file in the store."""
    if parameters.kind == "pose":
        networks = Networks(packaged_pose(FOLDER))
        return lambda footage, _: record_people(
            footage.sample_pictures(parameters.short_side), len(footage.samples), networks
        )

    if parameters.kind == "learned_patches":
        side = parameters.short_side
        return lambda footage, _: record_frames(
            footage.grey_frames(side), len(footage.samples), side, parameters.frames
        )

    def describe(footage: Footage, faces_key: str) -> dict[str, np.ndarray]:
        faces = read_faces(store, faces_key)
        boxes = faces.by_sample(len(footage.samples))
        frames = footage.grey_frames(parameters.short_side)
        if parameters.kind == "profiles":
            values = describe_profiles(frames, boxes, parameters)
        else:
            values = describe_visual_features(frames, boxes, parameters, length)
        return {"faces": count_faces(boxes), **values}

    return describe


if __name__ == "__main__":
    run_function(compute_descriptor, lock="manifest")

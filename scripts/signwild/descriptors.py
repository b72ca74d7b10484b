"""Descriptors: hand-crafted features of each sample, from the foreground about the faces, kept in the store."""

from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic

import numpy as np
import pandas as pd

from signwild.digests import computing_digest, result_key
from signwild.errors import InputError
from signwild.faces import read_faces
from signwild.files import read_table, write_table
from signwild.footage import Footage, open_footage
from signwild.parameters.descriptor import Descriptor
from signwild.profiles import describe_profiles
from signwild.resample import unchanged_source
from signwild.store import new_store_file, store_path
from signwild.visual_features import describe_visual_features

MANIFEST_COLUMNS = ["video_id", "layer", "key", "rows"]


def descriptor_key(sample_key: str, faces_key: str, parameters: Descriptor, length: int, max_motion_rate: int) -> str:
    """Key of one video's descriptor: its samples and faces, the code that computes it, and what that is given."""
    return result_key(
        sample_key,
        faces_key,
        computing_digest(f"signwild.{parameters.kind}", "signwild.footage"),
        parameters.model_dump(exclude={"faces"}),
        max_motion_rate,
        length if parameters.kind == "visual_features" else None,
    )


def describe_shard(
    downloads: Path,
    samples_manifest: Path,
    faces_manifest: Path,
    manifest: Path,
    store: Path,
    parameters: Descriptor,
    length: int,
    max_motion_rate: int,
    max_seconds: float,
    threads: int = 1,
    progress: Callable[[list], Iterable] = iter,
) -> None:
    """Compute one descriptor of a shard's usable videos, as far as the store lacks it, and list it in ``manifest``.

    ``downloads``, ``samples_manifest``, ``faces_manifest``: the shard's download, resample and faces manifests.
    ``length``: samples of a segment. ``max_motion_rate``: frames a second above which a video is thinned.
    """
    sources = read_table(downloads).set_index("video_id")
    faces = read_table(faces_manifest).set_index("video_id")["key"]
    rows = []
    for video in progress(read_table(samples_manifest).query("status == 'ok'").to_dict("records")):
        name, sample_key = video["video_id"], video["key"]
        if name not in faces:
            raise InputError(f"{faces_manifest}: lacks {name!r}; delete this file and start again")
        key = descriptor_key(sample_key, faces[name], parameters, length, max_motion_rate)
        path = store_path(store, "features", key)
        if not path.exists():
            source = unchanged_source(sources.loc[name])
            footage = open_footage(source, store, sample_key, max_motion_rate, max_seconds, threads)
            _describe_video(path, sample_key, footage, store, faces[name], parameters, length)
        rows.append([name, "descriptor", key, video["rows"]])
    write_table(manifest, pd.DataFrame(rows, columns=MANIFEST_COLUMNS))


def _describe_video(
    path: Path,
    sample_key: str,
    footage: Footage,
    store: Path,
    faces_key: str,
    parameters: Descriptor,
    length: int,
) -> None:
    """Compute one video's descriptor and write its file in the store."""
    started = monotonic()
    faces = read_faces(store, faces_key)
    boxes = [faces.at_sample(row) for row in range(len(footage.samples))]
    frames = footage.grey_frames(parameters.short_side)
    if parameters.kind == "profiles":
        values = describe_profiles(frames, boxes, parameters)
    else:
        values = describe_visual_features(frames, boxes, parameters, length)
    with new_store_file(path, [sample_key], monotonic() - started) as file:
        file["frame"] = footage.samples
        file["faces"] = np.array([len(own) for own in boxes], np.int64)
        for name, column in values.items():
            file[name] = column

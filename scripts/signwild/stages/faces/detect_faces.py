"""Detection of faces in a video's samples, kept in the store."""

from pathlib import Path

import cv2
import pandas as pd

from signwild.base.files import read_table, write_table
from signwild.base.store import store_path
from signwild.cli.program import run_function
from signwild.cli.progress import progress
from signwild.configuration.sections.faces import Faces
from signwild.keys.faces import faces_key
from signwild.stages.faces.face_files import read_faces
from signwild.stages.faces.finding import find_faces
from signwild.stages.faces.haar import load_cascades
from signwild.stages.resample.samples import read_samples, unchanged_source

MANIFEST_COLUMNS = ["video_id", "key", "rows", "with_face"]


def detect_faces(
    downloads: Path,
    resampled: Path,
    manifest: Path,
    store: Path,
    parameters: Faces,
    threads: int = 1,
) -> None:
    """Find the faces of a shard's usable videos if the store lacks them.

    ``downloads``, ``resampled``: the shard's download and resample manifests. ``manifest``: written last, a
    row per usable video with the number of inspected samples and of those with a kept face.
    """
    cv2.setNumThreads(1)  # jobs share the cores
    cascades = load_cascades(parameters.detectors)
    sources = read_table(downloads).set_index("video_id")
    rows = []
    for video in progress(read_table(resampled).query("status == 'ok'").to_dict("records"), "faces"):
        key = faces_key(video["key"], parameters)
        path = store_path(store, "faces", key)
        if not path.exists():
            samples = read_samples(store, video["key"])
            source = unchanged_source(sources.loc[video["video_id"]])
            find_faces(source, video["key"], samples, path, cascades, parameters, threads)
        faces = read_faces(store, key)
        rows.append([video["video_id"], key, len(faces.look), faces.looks_with_face])
    write_table(manifest, pd.DataFrame(rows, columns=MANIFEST_COLUMNS))


if __name__ == "__main__":
    run_function(detect_faces, lock="manifest")

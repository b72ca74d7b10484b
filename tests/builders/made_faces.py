"""Pictures with faces that detectors find, and a shard of videos in which faces are detected."""

from pathlib import Path

import numpy as np
import pandas as pd
from made_videos import Shard

from signwild.base.files import read_table
from signwild.base.store import store_path
from signwild.configuration.sections.faces import Faces
from signwild.demo.drawing import paste
from signwild.demo.heads import CENTRE, HEAD_HEIGHT, LEFT, TOP, Face, build_head
from signwild.stages.faces.detect_faces import detect_faces
from signwild.stages.faces.face_files import read_faces
from signwild.stages.faces.found_faces import FacesOfVideo

FACE = Face((1.0, 0.95, 1), (35, 52, 78), "short", smoothness=0.5, width=1.0, beard=0.0, mirrored=False)

MIDDLE = 235.0
"""Vertical position of the middle of the face in the portrait from which heads are made."""

ALL = Faces(every=1, persistence_seconds=1, min_size=30)
QUICK = ALL.model_copy(update={"detectors": ["frontalface_default", "frontalface_alt2"]})


def draw_faces(
    width: int, height: int, centres: list[tuple[float, float]], count: int = 1, head: float = 60
) -> np.ndarray:
    """Draw RGB frames (count, height, width, 3) uint8, all equal, with faces of ``head`` pixels from crown to chin."""
    picture = np.full((height, width, 3), 150, np.uint8)
    sprite = build_head(FACE, head).sprites[0, False, False]
    middle = np.array([CENTRE - LEFT, MIDDLE - TOP]) * head / HEAD_HEIGHT
    for centre in centres:
        paste(picture, sprite, np.column_stack([np.eye(2), np.array(centre) - middle]))
    return np.repeat(picture[None, :, :, ::-1], count, axis=0)


class FaceShard(Shard):
    """Some videos as one shard, and the faces found in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.faces_manifest = folder / "faces.tsv"

    def detect(self, *videos: Path, parameters: Faces = QUICK) -> dict[str, FacesOfVideo]:
        """Resample videos and find their faces; return them by id."""
        self.resample(*videos)
        return self.detect_again(parameters)

    def detect_again(self, parameters: Faces = QUICK) -> dict[str, FacesOfVideo]:
        """Find the faces of the videos that were resampled last; return them by id."""
        detect_faces(self.folder / "downloads.tsv", self.manifest, self.faces_manifest, self.store, parameters)
        return {video_id: read_faces(self.store, key) for video_id, key in self.found["key"].items()}

    @property
    def found(self) -> pd.DataFrame:
        """Faces manifest, by id."""
        return read_table(self.faces_manifest, {"rows": int, "with_face": int}).set_index("video_id")

    def path(self, video_id: str) -> Path:
        """Return the file of a video's faces."""
        return store_path(self.store, "faces", self.found.loc[video_id, "key"])

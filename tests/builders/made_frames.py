"""A small store of grey frames, with the tables that classification reads, in the form of a descriptor's."""

from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.files import write_table
from signwild.base.store import new_store_file, store_path

LENGTH, SEGMENTS, HEIGHT, WIDTH = 3, 2, 16, 24


def striped(label: str, random: np.random.Generator) -> np.ndarray:
    """Return a noisy frame (HEIGHT, WIDTH) uint8 with stripes: one direction for each class, at a random phase."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    along = {"signing": x, "speaking": y, "other": x + y}[label]
    waves = 60 * np.sin(2 * np.pi * (along + random.uniform(0, 6)) / 6)
    return np.clip(128 + waves + random.normal(0, 12, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8)


class Frames:
    """Frames of videos in a store, with their manifest and segments.

    Each video has ``SEGMENTS`` segments of ``LENGTH`` samples of two frames; every sixth frame is a sample.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store, self.manifest, self.segments = folder / "store", folder / "frames.tsv", folder / "segments.parquet"

    def make(self, videos: int = 12, folds: int = 3) -> "Frames":
        """Write the frames of videos of all classes in turn, as many of each in every fold."""
        rows, manifest = [], []
        for video in range(videos):
            label, fold, name = CLASSES[video % 3], video // 3 % folds, f"video {video:02d}"
            random = np.random.default_rng(video)
            starts = 6 * LENGTH * np.arange(SEGMENTS)
            with new_store_file(self.path(video), [f"samples{video}"], 1.0) as file:
                file["frame"] = 6 * np.arange(SEGMENTS * LENGTH)
                pictures = [[striped(label, random)] * 2 for _ in range(SEGMENTS * LENGTH)]
                file["features"] = np.array(pictures)
            manifest.append([name, "descriptor", f"key{video}", SEGMENTS * LENGTH])
            rows += [[name, name, start, label, fold] for start in starts]
        write_table(self.manifest, pd.DataFrame(manifest, columns=["video_id", "layer", "key", "rows"]))
        columns = ["video_id", "group", "start_frame", "label", "fold"]
        pd.DataFrame(rows, columns=columns).to_parquet(self.segments, index=False)
        return self

    def path(self, video: int) -> Path:
        """Return the file of a video's frames."""
        return store_path(self.store, "features", f"key{video}")

    def stored_segments(self) -> pd.DataFrame:
        """Return the segments, with the ``path`` of their video's frames."""
        segments = pd.read_parquet(self.segments)
        return segments.assign(path=[self.path(int(name[-2:])) for name in segments["video_id"]])

"""A small store of features, and the tables that training reads with it."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.files import read_table, write_table
from signwild.base.store import store_path
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Training
from signwild.stages.features.extractor import write_features
from signwild.stages.training.train_experiment import train_experiment

LENGTH, SEGMENTS, WIDTH = 5, 4, 64

# As the programs are started, because results are compared byte by byte. TensorFlow reads it at its first operation.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


def experiment(training: dict | None = None, **network: object) -> TrainedExperiment:
    """Return an experiment of a small network trained for a few epochs, with these values changed."""
    return TrainedExperiment(
        stream="rgb",
        layer="fc1",
        network=Network(**({"units": 8, "layers": 1, "dense_units": 8} | network)),
        training=Training(**({"batch_size": 8, "epochs": 6, "learning_rate": 0.01} | (training or {}))),
    )


class Features:
    """Features of videos in a store, with their manifest and segments.

    Each video has ``SEGMENTS`` segments of ``LENGTH`` samples; every tenth frame is a sample.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.manifest = folder / "features.tsv"
        self.segments = folder / "segments.parquet"

    def make(self, videos: int = 12, folds: int = 3, skill: float = 1.0, identity: float = 0.0) -> "Features":
        """Write features: noise, plus ``skill`` times the class's pattern, plus ``identity`` times the video's."""
        random = np.random.default_rng(0)
        patterns = random.normal(size=(len(CLASSES), WIDTH))
        rows, manifest = [], []
        for video in range(videos):
            label, fold = video % 3, video // 3 % folds
            values = random.normal(size=(SEGMENTS * LENGTH, WIDTH))
            values += skill * patterns[label] + identity * random.normal(size=WIDTH)
            frames = 10 * np.arange(len(values))
            write_features(
                store_path(self.store, "features", f"key{video}"), f"samples{video}", values.astype(np.float16), frames
            )
            manifest.append([f"video {video:02d}", "fc1", f"key{video}", len(values)])
            starts = frames[::LENGTH]
            rows += [[f"video {video:02d}", f"video {video:02d}", start, CLASSES[label], fold] for start in starts]
        write_table(self.manifest, pd.DataFrame(manifest, columns=["video_id", "layer", "key", "rows"]))
        columns = ["video_id", "group", "start_frame", "label", "fold"]
        pd.DataFrame(rows, columns=columns).to_parquet(self.segments, index=False)
        return self

    def stored_segments(self) -> pd.DataFrame:
        """Return the segments, with the ``path`` of their video's features."""
        segments = pd.read_parquet(self.segments)
        keys = read_table(self.manifest).set_index("video_id")["key"]
        return segments.assign(path=[store_path(self.store, "features", keys[name]) for name in segments["video_id"]])

    @property
    def trained(self) -> list[Path]:
        """Files of trained folds in the store, oldest first."""
        return sorted((self.store / "training").glob("[!.]*.h5"), key=lambda path: path.stat().st_mtime_ns)

    def train(self, specification: TrainedExperiment, name: str = "rgb", seed: int = 1, **options: object) -> Path:
        """Train on all folds, with options of ``train_experiment``, and return the folder of the results."""
        output = self.folder / "training" / name
        tables = (self.segments, self.manifest)
        tags = {"weights": "none"}
        options = {"keep_every": 0.0} | options  # a test's epochs are short: each is saved
        train_experiment("made", name, seed, specification, LENGTH, *tables, self.store, tags, output, **options)
        return output

    def command(self, specification: TrainedExperiment, name: str = "rgb", seed: int = 1) -> list[str]:
        """Return the options of the program that does the same."""
        options = {
            "run": "made",
            "name": name,
            "seed": seed,
            "experiment": specification.model_dump_json(),
            "length": LENGTH,
            "segments-file": self.segments,
            "features": self.manifest,
            "store": self.store,
            "tags": '{"weights": "none"}',
            "output-dir": self.folder / "training" / name,
        }
        return [str(part) for option, value in options.items() for part in (f"--{option}", value)]

"""Small grey frames of samples: which frames they are, their size, and a real video's in the store."""

from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from made_videos import Shard, write_video

from signwild.base.files import read_table
from signwild.base.store import store_path
from signwild.configuration.sections.learned_patches import LearnedPatchesDescriptor
from signwild.stages.descriptors.compute_descriptor import compute_descriptor
from signwild.stages.descriptors.grey_frames import record_frames
from signwild.stages.resample.samples import read_samples


class FilmedShard(Shard):
    """A shard of videos, and the small frames of its samples."""

    def describe(self, **values: object) -> tuple[str, dict[str, np.ndarray]]:
        """Store the small frames of the shard's only video; return its key, and the content of its file."""
        parameters = LearnedPatchesDescriptor.model_validate({"kind": "learned_patches", "short_side": 24} | values)
        tables = self.folder / "downloads.tsv", self.manifest, None, self.folder / "described.tsv"
        compute_descriptor(*tables, self.store, parameters, 20, 30)
        (row,) = read_table(self.folder / "described.tsv").itertuples()
        with h5py.File(store_path(self.store, "features", row.key)) as file:
            return row.key, {name: column[()] for name, column in file.items()}


def moving_square(count: int) -> np.ndarray:
    """Return RGB frames (count, 96, 128, 3) of a bright square that moves on a grey gradient."""
    frames = np.repeat(np.linspace(40, 120, 128)[None, None, :, None], count, axis=0)
    frames = np.tile(frames, (1, 96, 1, 3)).astype(np.uint8)
    for number, frame in enumerate(frames):
        frame[30:54, 2 * number : 2 * number + 24] = 230
    return frames


def numbered(*rows: int, height: int = 4, width: int = 6) -> list[tuple[int, np.ndarray]]:
    """Return a frame for each row of samples, whose grey level is its number."""
    return [(row, np.full((height, width), number, np.uint8)) for number, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "count", "levels"),
    [
        ([0, 0, 0, 1, 1, 2, 2], 1, [[0], [3], [5]]),
        ([0, 0, 0, 1, 1, 2, 2], 2, [[0, 1], [3, 4], [5, 6]]),
        ([0, 1, 2], 2, [[0, 1], [1, 2], [2, 2]]),  # a frame is a sample and the one that follows another
        ([0], 2, [[0, 0]]),
        ([0, 0, 2, 2], 2, [[0, 1], [1, 1], [2, 3]]),  # of a thinned video: a sample between two frames
        ([0, 1, 1], 1, [[0], [1], [1]]),  # the last sample, likewise
    ],
)
def test_a_sample_has_its_frame_and_those_that_follow(rows: list[int], count: int, levels: list[list[int]]) -> None:
    features = record_frames(numbered(*rows), len(levels), 4, count)["features"]
    assert features.shape == (len(levels), count, 4, 6)
    assert features.dtype == np.uint8
    assert features[..., 0, 0].tolist() == levels


def test_a_small_video_is_enlarged_and_keeps_its_shape() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (10, 30)).astype(np.uint8)
    features = record_frames([(0, frame)], 1, 24, 1)["features"]
    assert features.shape == (1, 1, 24, 72)
    assert np.array_equal(features[0, 0], cv2.resize(frame, (72, 24)))


@pytest.mark.parametrize("count", [1, 2])
def test_the_frames_of_a_real_video_are_in_the_store(count: int, tmp_path: Path) -> None:
    shard, pictures = FilmedShard(tmp_path), moving_square(40)
    row = shard.resample(write_video(tmp_path / "a.mp4", pictures)).loc["a.mp4"]
    _, values = shard.describe(frames=count)
    frames = read_samples(shard.store, row.key)["frame"].to_numpy()
    assert values["frame"].tolist() == frames.tolist()
    assert "faces" not in values
    assert values["features"].shape == (len(frames), count, 24, 32)
    for sample, frame in zip(values["features"], frames, strict=True):
        for own, picture in zip(sample, pictures[frame : frame + count], strict=True):
            small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (32, 24), interpolation=cv2.INTER_AREA)
            assert np.abs(own.astype(int) - small).mean() < 6


def test_the_encoder_is_no_part_of_the_frames_key_and_the_frames_are(tmp_path: Path) -> None:
    shard = FilmedShard(tmp_path)
    shard.resample(write_video(tmp_path / "a.mp4", moving_square(20)))
    changes = {}, {"encoder": {"kind": "kmeans", "features": 7}}, {"frames": 1}, {"short_side": 32}
    keys = [shard.describe(**values)[0] for values in changes]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3

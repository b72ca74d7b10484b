"""Streams on disk: the network's input for each sample, read back from shard files."""

import h5py
import numpy as np
import pytest

from signwild.stages.streams.stream_files import BLOCK, append_images, compute_stream, read_stream, write_window_images


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "stream.h5", "w") as file:
        yield file


def numbered_images(count: int, channels: int = 3) -> np.ndarray:
    """Return images (count, 4, 4, channels) uint8 with value 10 * image + channel."""
    values = 10 * np.arange(count)[:, None] + np.arange(channels)
    return np.broadcast_to(values[:, None, None, :], (count, 4, 4, channels)).astype(np.uint8)


def test_images_of_the_samples_themselves(file):
    append_images(file, numbered_images(8))
    assert np.array_equal(read_stream(file, np.array([1, 4, 7])), numbered_images(8)[[1, 4, 7]])


def test_windows_are_stacked_in_the_order_of_time(file):
    append_images(file, numbered_images(12))
    file["windows"] = np.array([[1, 2, 3], [11, 0, 2], [0, 0, 5]])
    seen = read_stream(file, np.array([0, 1, 2]))
    assert seen.shape == (3, 4, 4, 9)
    assert seen[:, 2, 1].tolist() == [
        [10, 11, 12, 20, 21, 22, 30, 31, 32],
        [110, 111, 112, 0, 1, 2, 20, 21, 22],
        [0, 1, 2, 0, 1, 2, 50, 51, 52],
    ]
    assert np.array_equal(read_stream(file, np.array([1])), seen[1:2])
    assert np.array_equal(read_stream(file, np.array([0, 2])), seen[[0, 2]])


def test_images_are_added_to_those_there(file):
    images = numbered_images(20)
    for part in (images[:1], images[1:8], images[8:]):
        append_images(file, part)
    assert np.array_equal(file["images"][()], images)


@pytest.mark.parametrize("count", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5])
def test_every_window_gets_its_frames_however_many_there_are(file, count):
    clip = file.create_group("clip")
    clip["grey"] = np.arange(count, dtype=np.uint8)[:, None, None] * np.ones((2, 2), np.uint8)
    clip["centres"] = np.arange(count)
    clip["breaks"] = np.empty(0, np.int64)
    write_window_images(clip, file, 1, 2, lambda frames: np.moveaxis(frames, 0, -1))
    expected = np.clip(np.arange(count)[:, None] + [-1, 0, 1, 2], 0, count - 1)
    assert np.array_equal(file["images"][:, 0, 0], expected)


def test_only_the_videos_asked_for(tmp_path):
    clips, stream = tmp_path / "clips.h5", tmp_path / "streams" / "stream.h5"
    with h5py.File(clips, "w") as source:
        for value, key in enumerate("abc"):
            source[f"{key}/grey"] = np.full((2, 4, 4), value, np.uint8)

    def write(clip: h5py.Group, group: h5py.Group) -> None:
        append_images(group, clip["grey"][:][..., None])

    compute_stream(clips, stream, write, ["a", "c"])
    with h5py.File(stream) as target:
        assert set(target) == {"a", "c"}
        assert (target["c/images"][()] == 2).all()
    compute_stream(clips, stream, write, [])
    with h5py.File(stream) as target:
        assert len(target) == 0


def test_a_stream_that_fails_leaves_no_file(tmp_path):
    with h5py.File(tmp_path / "clips.h5", "w") as source:
        source["a/grey"] = np.zeros((2, 4, 4), np.uint8)
    with pytest.raises(KeyError):
        compute_stream(tmp_path / "clips.h5", tmp_path / "stream.h5", lambda clip, _: clip["colour"], ["a"])
    assert [path.name for path in tmp_path.iterdir()] == ["clips.h5"]

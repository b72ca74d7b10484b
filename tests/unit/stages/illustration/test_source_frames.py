"""Frames of the source videos: the requested ones, in colour, upright and with their aspect ratio."""

import numpy as np
import pandas as pd
import pytest
from made_videos import Shard, read_numbers, run_ffmpeg, write_video

from signwild.base.errors import InputError
from signwild.stages.illustration.source_frames import SourceVideos, read_frames
from signwild.stages.resample.samples import read_samples

RED, BLUE = (200, 30, 40), (20, 60, 210)


def coloured(width: int = 128, height: int = 64, count: int = 8) -> np.ndarray:
    """Return frames with a red upper half and a blue lower half."""
    frames = np.empty((count, height, width, 3), np.uint8)
    frames[:, : height // 2], frames[:, height // 2 :] = RED, BLUE
    return frames


def sources(shard: Shard) -> SourceVideos:
    return SourceVideos([shard.folder / "downloads.tsv"], [shard.manifest], shard.store)


def test_frames_are_those_asked_for_with_aspect_and_colour_kept(tmp_path):
    path = write_video(tmp_path / "a.mp4", 100)
    wanted = np.array([0, 5, 63, 64, 99])
    pictures = read_frames(path, wanted, 48)
    assert pictures.shape == (5, 48, 64, 3)
    assert read_numbers(pictures) == wanted.tolist()
    picture = read_frames(write_video(tmp_path / "b.mp4", coloured()), np.array([3]), 32)[0]
    assert picture.shape == (32, 64, 3)
    assert np.abs(picture[4:12, 8:56] - np.array(RED, int)).max() < 12
    assert np.abs(picture[20:28, 8:56] - np.array(BLUE, int)).max() < 12


def test_a_video_that_is_turned_when_shown_is_upright(tmp_path):
    plain, turned = write_video(tmp_path / "a.mp4", coloured()), tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation:v:0", "-90", "-i", plain, "-c", "copy", turned)
    picture = read_frames(turned, np.array([0]), 64)[0]
    assert picture.shape == (64, 32, 3)
    left, right = picture[8:56, 3:12].mean(axis=(0, 1)), picture[8:56, 20:29].mean(axis=(0, 1))
    assert left == pytest.approx(BLUE, abs=8)  # turned by a quarter to the right: what was above is at the right
    assert right == pytest.approx(RED, abs=8)


def test_frames_of_segments_keep_the_order_of_the_segments(tmp_path):
    shard = Shard(tmp_path)
    found = shard.resample(write_video(tmp_path / "a.mp4", 150), write_video(tmp_path / "b.mp4", 90))
    frames = read_samples(shard.store, found.loc["a.mp4", "key"])["frame"].to_numpy()
    segments = pd.DataFrame({"video_id": ["b.mp4", "a.mp4", "a.mp4"], "start_frame": frames[[2, 4, 3]]})
    shown = sources(shard).segment_frames(segments, [0, 2, 5], 48)
    assert [read_numbers(own) for own in shown] == [
        frames[[2, 4, 7]].tolist(),
        frames[[4, 6, 9]].tolist(),
        frames[[3, 5, 8]].tolist(),
    ]


def test_all_videos_that_are_gone_or_changed_are_named_at_once(tmp_path):
    shard = Shard(tmp_path)
    paths = [write_video(tmp_path / f"{name}.mp4", 60) for name in "abc"]
    shard.resample(*paths)
    paths[0].unlink()
    paths[2].write_bytes(paths[2].read_bytes() + b"more")
    segments = pd.DataFrame({"video_id": [path.name for path in paths], "start_frame": 0})
    with pytest.raises(InputError, match=r"a\.mp4, \S*/c\.mp4: gone or changed .* put them back"):
        sources(shard).segment_frames(segments, [0], 48)


def test_a_video_that_gives_fewer_frames_than_before_is_an_error(tmp_path):
    path = write_video(tmp_path / "a.mp4", 30)
    with pytest.raises(RuntimeError, match="gives 30 frames now, at least 36 before"):
        read_frames(path, np.array([0, 35]), 48)

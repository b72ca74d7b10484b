"""Grey frames of real video files, each with the sample that it belongs to."""

import numpy as np
import pytest
from made_videos import run_ffmpeg, write_video

from signwild.stages.descriptors.footage import Footage
from signwild.video.tracks import reduced_size


def frames_seen(path, samples, count, step=1, short_side=48):
    footage = Footage(path, np.array(samples), count, step, 1, 400.0)
    return list(footage.grey_frames(short_side))


def test_each_frame_belongs_to_the_last_sample_before_it(tmp_path):
    path = write_video(tmp_path / "a.mp4", 100)
    seen = frames_seen(path, [0, 7, 9, 80], 100)
    assert [row for row, _ in seen] == [0] * 7 + [1] * 2 + [2] * 71 + [3] * 20
    assert seen[0][1].shape == (48, 64)
    assert seen[0][1].dtype == np.uint8
    assert [row for row, _ in frames_seen(path, [0, 6, 12], 100)] == [0] * 6 + [1] * 6 + [2] * 6
    assert [row for row, _ in frames_seen(path, [0], 100)] == [0] * 100


def test_thinned_frames_are_every_nth_across_blocks(tmp_path):
    path = write_video(tmp_path / "a.mp4", 150)
    every, thinned = frames_seen(path, [0, 50, 100], 150), frames_seen(path, [0, 50, 100], 150, step=7)
    assert len(thinned) == 22
    for own, other in zip(thinned, every[::7], strict=True):
        assert own[0] == other[0]
        assert np.array_equal(own[1], other[1])


def test_frames_of_a_video_that_is_turned_when_shown_are_upright(tmp_path):
    plain, turned = write_video(tmp_path / "a.mp4", 10), tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation:v:0", "-90", "-i", plain, "-c", "copy", turned)
    assert frames_seen(turned, [0], 10)[0][1].shape == (64, 48)


@pytest.mark.parametrize(
    ("size", "short_side", "reduced"),
    [
        ((1280, 720), 360, (640, 360)),
        ((720, 1280), 360, (360, 640)),
        ((320, 240), 360, (320, 240)),
        ((9, 999), 1, (1, 111)),
    ],
)
def test_frames_are_reduced_by_their_shorter_side_and_never_enlarged(size, short_side, reduced):
    assert reduced_size(*size, short_side) == reduced


def test_a_video_that_gives_fewer_frames_than_before_is_an_error(tmp_path):
    path = write_video(tmp_path / "a.mp4", 30)
    with pytest.raises(RuntimeError, match="gives 30 frames now, at least 36 before"):
        frames_seen(path, [0, 6, 12, 18, 24, 30], 40)

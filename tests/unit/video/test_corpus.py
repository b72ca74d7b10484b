"""Files of all kinds: training and detector see the frames that ffmpeg decodes, each at its time."""

import subprocess
from pathlib import Path

import h5py
import imageio_ffmpeg
import numpy as np
import pytest
from made_videos import SIZE, Shard, read_numbers
from odd_videos import CORPUS, Odd, make_base

from signwild.base.store import store_path
from signwild.configuration.sections.resample import Resample
from signwild.stages.detector.blocks import ENDLESS_S, Reach, SampleBlocks
from signwild.stages.resample.samples import read_samples
from signwild.video.container import probe_video
from signwild.video.tracks import find_track

QUICK = {
    *("h264.mp4", "hevc 10 bit.mp4", "vp8.webm", "mpeg2.mpg", "mpeg4.avi", "wmv2.wmv"),
    *("two recordings joined.ts", "two passes with hidden frames.webm", "a frame with its neighbour's time.mkv"),
    *("an hour's jump after the first frame.mkv", "a pause of ten minutes.mp4", "a poster before the video.mp4"),
    *("a preview before the default track.mkv", "begun between key frames.ts", "every second frame without a time.ts"),
    *("sound two seconds before the pictures.ts", "h264 with reordering.avi", "trimmed without encoding.mkv"),
    *("a clock that runs over.ts", "a change of size.ts", "one frame a second.mp4", "interlaced.mpg"),
}
"""Files that are looked at in every run of the tests; the others only in the longest."""

NAMES = [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.exhaustive]) for name in CORPUS]

CLOCK_S = 0.0011
"""Times agree to within a tick of the clock of Matroska files and of Flash's, a millisecond."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base") / "base.mkv")


def decoded_by_ffmpeg(path: Path) -> int:
    """Return how many frames ffmpeg itself gives for the chosen track."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", path, "-map", f"0:{find_track(path).index}"]
    command += ["-fps_mode", "passthrough", "-s", "16x16", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"]
    return len(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) // 256


def test_the_quick_ones_are_a_third_of_the_corpus() -> None:
    assert set(CORPUS) > QUICK
    assert len(CORPUS) >= 60
    assert len(QUICK) <= len(CORPUS) / 2.9


@pytest.mark.parametrize("name", NAMES)
def test_frames_and_times(name: str, base: Path, tmp_path: Path) -> None:
    odd: Odd = CORPUS[name]
    path = tmp_path / f"video{odd.suffix}"
    odd.make(base, path)
    assert decoded_by_ffmpeg(path) == len(odd.numbers)

    shard = Shard(tmp_path)
    row = shard.resample(path, max_motion_rate=25).loc[path.name]
    assert (row.status, row.reason) == ("ok", "")
    samples = read_samples(shard.store, row.key)
    frames = samples["frame"].to_numpy()
    assert samples["time_s"].to_numpy() == pytest.approx(np.array(odd.times)[frames], abs=CLOCK_S)
    assert read_numbers(shard.pictures(row.key)) == np.array(odd.numbers)[frames].tolist()
    assert read_numbers(shard.clip(row.key)[0]) == list(odd.numbers)
    with h5py.File(store_path(shard.store, "resample", row.key)) as file:
        assert file.attrs["decoded_frames"] == len(odd.numbers)

    facts = probe_video(path, ENDLESS_S)
    blocks = SampleBlocks(path, facts.times, Resample(image_size=SIZE, max_motion_rate=25), Reach(2, 2), 16, 1)
    pictures = [block.images for block in blocks]
    assert blocks.decoded_times == pytest.approx(np.array(odd.times), abs=CLOCK_S)
    assert not blocks.damaged
    assert blocks.samples.tolist() == frames.tolist()
    assert read_numbers(np.concatenate(pictures)) == np.array(odd.numbers)[frames].tolist()

    told = row.notes
    for part in odd.notes:
        assert part in told
    assert told.count(". ") + bool(told) == len(odd.notes)

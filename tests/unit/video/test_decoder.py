"""Facts read from a video file before decoding, and the one pass of ffmpeg over it."""

import subprocess
from fractions import Fraction

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from made_videos import IRREGULAR, SIZE, numbered_frames, read_numbers, run_ffmpeg, write_video

from signwild.base.errors import UnusableVideo
from signwild.video.container import probe_video
from signwild.video.decoder import FRAMES_AT_ONCE, Decoder, FrameForm
from signwild.video.frame_times import footage_times, stretch_starts, times_from_stamps, usual_interval
from signwild.video.sampling import is_variable_rate, nominal_rate
from signwild.video.tracks import find_track, upright_size

LONG = 400.0
SQUARE = FrameForm(SIZE, SIZE, chroma=True, stretched=True)


def decode(path, frames=10_000, form=SQUARE, threads=1) -> tuple[np.ndarray, np.ndarray]:
    """Return all planes of a video, and the frames' times."""
    with Decoder(path, frames, form, threads) as decoder:
        blocks = list(decoder)
        assert all(len(block) <= FRAMES_AT_ONCE for block in blocks)
        return np.concatenate(blocks), decoder.times


@pytest.mark.parametrize(
    ("name", "rate", "fps"),
    [
        ("a.mp4", "24", 24),
        ("a.mp4", "25", 25),
        ("a.mp4", "30000/1001", 29.97),
        ("a.mp4", "30", 30),
        ("a.mp4", "50", 50),
        ("a.mp4", "60", 60),
        ("a.webm", "30000/1001", 29.97),
        ("a.webm", "60", 60),
        ("a.avi", "25", 25),
        ("a.avi", "24000/1001", 23.976),
    ],
)
def test_times_are_those_of_the_decoded_frames(tmp_path, name, rate, fps):
    path = write_video(tmp_path / name, 70, rate)
    facts = probe_video(path, LONG)
    assert facts.track.size == (128, 96)
    assert facts.times == pytest.approx(np.arange(70) / fps, abs=0.003)
    assert nominal_rate(facts.times) == pytest.approx(fps, rel=0.002)
    planes, times = decode(path)
    assert times == pytest.approx(facts.times, abs=1e-9)
    assert read_numbers(planes[:, 0]) == list(range(70))


@pytest.mark.parametrize("rate", ["30", "24", "25", "60", "15"])
def test_a_frame_on_a_tenth_of_a_second_has_exactly_that_time(tmp_path, rate):
    path = write_video(tmp_path / "a.mp4", np.zeros((int(rate) * 4, 32, 32, 3), np.uint8), rate)
    times = probe_video(path, LONG).times
    tenths = times[np.isclose(times * 10, np.round(times * 10), rtol=0, atol=1e-6)]
    assert len(tenths) > 3
    assert tenths.tolist() == [float(f"{time:.1f}") for time in tenths]


def test_variable_rate_is_neither_padded_nor_thinned(tmp_path):
    path = write_video(tmp_path / "a.mp4", 60, presentation=IRREGULAR)
    facts = probe_video(path, LONG)
    expected = 0.05 * np.arange(60) + 0.015 * (np.arange(60) % 2)
    assert facts.times == pytest.approx(expected, abs=1e-4)
    assert is_variable_rate(facts.times)
    planes, times = decode(path)
    assert times == pytest.approx(expected, abs=1e-4)
    assert read_numbers(planes[:, 0]) == list(range(60))


def test_reordered_frames_are_counted_in_the_order_shown(tmp_path):
    path = write_video(tmp_path / "a.mp4", 60, "30", "-bf", "3", "-b_strategy", "0")
    with av.open(str(path)) as container:
        stamps = [packet.pts for packet in container.demux(video=0) if packet.pts is not None]
    assert stamps != sorted(stamps)  # the file does hold B-frames
    assert probe_video(path, LONG).times == pytest.approx(np.arange(60) / 30)
    for limit in range(10, 20):  # wherever it falls between frames that refer to each other
        assert len(probe_video(path, limit / 30).times) == limit
    assert read_numbers(decode(path)[0][:, 0]) == list(range(60))


def test_frames_cut_off_by_an_edit_list_are_no_frames(tmp_path):
    whole = write_video(tmp_path / "whole.mp4", 90)
    path = tmp_path / "trimmed.mp4"
    run_ffmpeg("-ss", "1", "-i", whole, "-c", "copy", path)
    facts = probe_video(path, LONG)
    planes, times = decode(path)
    assert facts.times == pytest.approx(times)
    assert facts.times == pytest.approx(np.arange(60) / 30, abs=1e-4)
    assert read_numbers(planes[:, 0]) == list(range(30, 90))


def test_no_more_than_the_seconds_and_frames_asked_for(tmp_path):
    path = write_video(tmp_path / "a.mp4", 90)
    assert len(probe_video(path, 1.0).times) == 30
    assert len(probe_video(path, 1.01).times) == 31
    planes, times = decode(path, frames=31)
    assert read_numbers(planes[:, 0]) == list(range(31))
    assert len(times) == 31


def test_threads_change_nothing(tmp_path):
    path = write_video(tmp_path / "a.mp4", 70)
    assert np.array_equal(decode(path, threads=1)[0], decode(path, threads=2)[0])


@pytest.mark.parametrize("options", [[], ["-color_range", "pc"], ["-colorspace", "bt709"]])
@pytest.mark.parametrize(("width", "height"), [(128, 96), (101, 75), (72, 200)])
def test_planes_are_those_of_the_picture_whatever_its_coding(tmp_path, options, width, height):
    frames = numbered_frames(1, width, height)
    ranges = {"-color_range": "out_range=full", "-colorspace": "out_color_matrix=bt709"}
    filters = ["-vf", f"scale={ranges[options[0]]}"] if options else []
    path = write_video(tmp_path / "a.mp4", frames, "30", *options, *filters)
    luma, blue, red = decode(path)[0][0].astype(int)
    small = cv2.resize(frames[0], (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    expected = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).astype(int)
    for plane, channel in ((luma, 0), (red, 1), (blue, 2)):
        difference = np.abs(plane - expected[..., channel])
        assert np.median(difference) <= 2
        assert np.percentile(difference, 95) <= 8  # bars have hard edges


def test_rotation_is_undone(tmp_path):
    upright, turned = write_video(tmp_path / "a.mp4", 10), tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation", "90", "-i", upright, "-c", "copy", turned)
    planes, _ = decode(turned)
    shown = cv2.VideoCapture(str(turned)).read()[1].shape[:2]
    assert shown == (128, 96)
    assert read_numbers(np.rot90(planes[:, 0], -1, axes=(1, 2))) == list(range(10))


@pytest.mark.parametrize(("option", "axis"), [("-display_hflip", 2), ("-display_vflip", 1)])
def test_a_mirrored_video_is_shown_as_ffmpeg_shows_it(tmp_path, option, axis):
    upright, mirrored = write_video(tmp_path / "a.mp4", 10), tmp_path / "mirrored.mp4"
    run_ffmpeg(option, "-i", upright, "-c", "copy", mirrored)
    planes, _ = decode(mirrored)
    assert read_numbers(np.flip(planes[:, 0], axis)) == list(range(10))
    assert np.abs(np.flip(planes, axis + 1).astype(int) - decode(upright)[0]).mean() < 1


def test_a_recording_without_a_length_is_decoded_whole(tmp_path):
    whole, piped = write_video(tmp_path / "a.webm", 50, "25"), tmp_path / "piped.webm"
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-loglevel",
        "error",
        "-i",
        whole,
        "-c",
        "copy",
        "-map_metadata:s:v",
        "-1",
    ]
    command += ["-f", "webm", "pipe:1"]
    piped.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert cv2.VideoCapture(str(piped)).get(cv2.CAP_PROP_FRAME_COUNT) < 0
    assert probe_video(piped, LONG).times == pytest.approx(np.arange(50) / 25, abs=1e-3)
    assert read_numbers(decode(piped)[0][:, 0]) == list(range(50))


def test_frames_after_the_stated_length_are_decoded(tmp_path):
    slow = "if(lt(N,20),N/30,20/30+(N-20)*0.5)"
    path = write_video(tmp_path / "a.mp4", 25, "30", "-bf", "3", "-b_strategy", "0", presentation=slow)
    times = probe_video(path, LONG).times
    with av.open(str(path)) as container:
        assert container.duration / 1e6 < times[-1]
    expected = [*np.arange(20) / 30, *(20 / 30 + np.arange(5) * 0.5)]
    assert times == pytest.approx(expected, abs=1e-3)
    assert read_numbers(decode(path)[0][:, 0]) == list(range(25))


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084", "bt2020-10"])
def test_colours_tagged_as_high_dynamic_range_are_not_converted(tmp_path, transfer):
    grey = np.full((5, SIZE, SIZE, 3), 128, np.uint8)
    tags = ["-color_trc", transfer, "-color_primaries", "bt2020", "-colorspace", "bt2020nc"]
    planes, _ = decode(write_video(tmp_path / "a.mp4", grey, "25", *tags))
    assert np.abs(planes.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("name", ["-x.mp4", "a:b.mp4", "a b.mp4", "50%d.mp4", "ħ'\"[1].mp4", "http:x.mp4"])
def test_any_name_will_do(tmp_path, monkeypatch, name):
    write_video(tmp_path / "plain.mp4", 5).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(probe_video(name, LONG).times) == 5
    assert read_numbers(decode(name)[0][:, 0]) == list(range(5))


def test_what_is_no_video_is_told_apart(tmp_path):
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("no video\n" * 500)
    run_ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", "-c:a", "aac", tmp_path / "sound.mp4")
    whole = write_video(tmp_path / "whole.mp4", 30).read_bytes()  # what mp4 files say of themselves stands at the end
    (tmp_path / "headless.mp4").write_bytes(whole[: len(whole) // 2])
    for name, status in {
        "empty": "empty",
        "text": "undecodable",
        "sound": "no_video",
        "headless": "undecodable",
    }.items():
        with pytest.raises(UnusableVideo) as caught:
            probe_video(tmp_path / f"{name}.mp4", LONG)
        assert caught.value.status == status, name
        assert str(tmp_path) not in caught.value.reason


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_cut_short_is_noticed(tmp_path, share):
    whole = write_video(tmp_path / "a.mp4", 90, "30", "-movflags", "+faststart").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UnusableVideo, match=r"truncated: the file ends after .* of 3\.0 s"):
        probe_video(path, LONG)


@pytest.mark.parametrize("suffix", [".avi", ".webm"])
def test_a_cut_file_without_an_index_is_used_as_far_as_it_goes(tmp_path, suffix):
    whole = write_video(tmp_path / f"a{suffix}", 90).read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(len(whole) * 0.6)])
    times = probe_video(path, LONG).times
    assert 20 < len(times) < 80
    assert times == pytest.approx(np.arange(len(times)) / 30, abs=0.001)
    numbers = read_numbers(decode(path)[0][:, 0])
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= len(times) - 1


def test_a_file_cut_after_the_seconds_in_use_is_as_good_as_whole(tmp_path):
    whole = write_video(tmp_path / "a.mp4", 90, "30", "-movflags", "+faststart", "-g", "10").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    assert len(probe_video(path, 1.0).times) == 30
    assert read_numbers(decode(path, frames=30)[0][:, 0]) == list(range(30))


def test_the_decoder_says_what_ffmpeg_complains_of(tmp_path):
    whole = write_video(tmp_path / "a.mp4", 30, "30", "-movflags", "+faststart").read_bytes()
    start = whole.index(b"mdat") + 4
    path = tmp_path / "garbled.mp4"
    path.write_bytes(whole[:start] + np.random.default_rng(1).bytes(len(whole) - start))
    with Decoder(path, 10, SQUARE, 1) as decoder:
        assert list(decoder) == []
        assert len(decoder.times) == 0
        assert decoder.message
        assert str(tmp_path) not in decoder.message


def test_a_turned_video_is_decoded_upright_in_any_form(tmp_path):
    left = np.zeros((5, 96, 128, 3), np.uint8)
    left[:, :, :64] = 255
    path = write_video(tmp_path / "a.mp4", left)
    run_ffmpeg("-display_rotation", "90", "-i", path, "-c", "copy", tmp_path / "turned.mp4")
    assert upright_size(path) == (128, 96)
    assert upright_size(tmp_path / "turned.mp4") == (96, 128)
    grey, _ = decode(tmp_path / "turned.mp4", form=FrameForm(48, 64, chroma=False))
    assert grey.shape == (5, 1, 64, 48)
    assert grey[:, 0, 34:].mean() > 250
    assert grey[:, 0, :30].mean() < 5


def test_a_video_of_oblong_pixels_is_as_wide_as_it_is_shown(tmp_path):
    path = write_video(tmp_path / "a.mp4", 5, "30", "-vf", "setsar=4/3")
    assert upright_size(path) == (round(128 * 4 / 3), 96)


def test_no_size_can_be_had_of_what_is_no_video(tmp_path):
    (tmp_path / "text.mp4").write_text("no video\n" * 500)
    with pytest.raises(UnusableVideo, match="first frame"):
        upright_size(tmp_path / "text.mp4")


def test_the_size_is_had_where_the_first_packet_is_damaged(tmp_path):
    path = write_video(tmp_path / "a.avi", 30, "30", "-g", "5")
    whole = bytearray(path.read_bytes())
    start = whole.index(b"movi") + 12
    whole[start : start + 200] = bytes(200)
    path.write_bytes(whole)
    assert upright_size(path) == (128, 96)


def test_a_picture_of_another_aspect_keeps_its_shape_and_a_stretched_form_is_filled(tmp_path):
    disc = np.zeros((25, 120, 160, 3), np.uint8)
    y, x = np.mgrid[:120, :160]
    disc[:, (x - 80) ** 2 + (y - 60) ** 2 < 40**2] = 255
    parts = tmp_path / "narrow.ts", tmp_path / "wide.ts"
    for part, width in zip(parts, (160, 320), strict=True):
        picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "160x120", "-framerate", "25", "-i", "pipe:0"]
        run_ffmpeg(*picture, "-vf", f"pad={width}:120:-1:-1", "-c:v", "libx264", part, data=disc.tobytes())
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))

    with Decoder(joined, 100, FrameForm(80, 60, chroma=False), 1) as decoder:
        grey = np.concatenate(list(decoder))[:, 0]
        assert decoder.size_changes == 1
    assert len(grey) == 50
    for frame, side in ((grey[0], 40), (grey[-1], 20)):
        rows, columns = ((frame > 128).any(axis=axis).sum() for axis in (1, 0))
        assert abs(rows - side) <= 2
        assert abs(columns - side) <= 2
    filled, _ = decode(joined, form=FrameForm(80, 60, chroma=False, stretched=True))
    assert (filled[-1, 0] > 128).any(axis=1).sum() == pytest.approx(40, abs=2)


@pytest.mark.parametrize(("marked", "combed"), [(True, False), (False, True)])
def test_what_is_marked_as_interlaced_is_deinterlaced(tmp_path, marked, combed):
    fields = np.full((100, 96, 128, 3), 30, np.uint8)
    for number in range(100):  # a bar that moves by four pixels from field to field
        fields[number, :, number % 25 * 4 : number % 25 * 4 + 20] = 220
    picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "128x96", "-framerate", "50", "-i", "pipe:0"]
    woven = "tinterlace=interleave_top,setfield=" + ("tff" if marked else "prog")
    coding = ["-c:v", "mpeg2video", "-q:v", "2", *(["-flags", "+ildct+ilme"] if marked else [])]
    path = tmp_path / "a.mpg"
    run_ffmpeg(*picture, "-vf", woven, *coding, path, data=fields.tobytes())
    assert find_track(path).interlaced == marked
    grey = decode(path, form=FrameForm(128, 96, chroma=False))[0][:, 0].astype(int)
    assert len(grey) == 50
    # Between rows next to each other, combs differ at the edges of the bar; whole rows do not.
    differences = np.abs(np.diff(grey[5], axis=0)).max()
    assert (differences > 100) == combed


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (("-display_hflip",), (128, 96)),
        (("-display_vflip",), (128, 96)),
        (("-display_rotation", "90", "-display_hflip"), (96, 128)),
    ],
)
def test_the_size_of_a_mirrored_video_is_that_of_its_pictures(tmp_path, options, size):
    path = write_video(tmp_path / "a.mp4", 5)
    run_ffmpeg(*options, "-i", path, "-c", "copy", tmp_path / "mirrored.mp4")
    assert upright_size(tmp_path / "mirrored.mp4") == size


def test_frames_that_share_a_time_are_spread_and_a_hole_is_no_footage():
    stamps = np.array([0, 40, 40, 40, 80, 600_080, 600_120])
    times = times_from_stamps(stamps, Fraction(1, 1000))
    assert times == pytest.approx([0, 0.04, 0.04 + 0.04 / 3, 0.04 + 0.08 / 3, 0.08, 600.08, 600.12])
    assert stretch_starts(times).tolist() == [0, 5]
    assert footage_times(times)[-1] == pytest.approx(0.12 + usual_interval(times))
    assert times_from_stamps(np.array([0, 40, 30, 80]), Fraction(1, 1000)) == pytest.approx([0, 0.04, 0.06, 0.08])


@pytest.mark.parametrize("interval", [0.04, 1.0, 5.0, 60.0])
def test_frames_that_are_all_far_apart_have_no_holes(interval):
    times = np.arange(20) * interval
    assert stretch_starts(times).tolist() == [0]
    times[10:] += max(10 * interval, 2.5)
    assert stretch_starts(times).tolist() == [0, 10]

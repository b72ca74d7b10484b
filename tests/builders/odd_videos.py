"""Video files as archives have them, usual and odd, made by ffmpeg and PyAV, with what they show and when."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
from made_videos import numbered_frames, run_ffmpeg
from transport_streams import transport_packets

RATE, FRAMES = 25, 200
"""Frames a second, and frames, of the video that all files are made from: 8 s."""

WIDTH, HEIGHT = 160, 128


@dataclass(frozen=True)
class Odd:
    """A file, and what is right for it.

    ``make(base, path)`` writes it. ``numbers``: the number in each frame, in the order shown. ``times``: of the frames,
    in seconds from the beginning of the file. ``notes``: part of each sentence that its user is told.
    """

    suffix: str
    make: Callable[[Path, Path], None]
    numbers: Sequence[int] = range(FRAMES)
    times: Sequence[float] = tuple(np.arange(FRAMES) / RATE)
    notes: tuple[str, ...] = ()


def make_base(path: Path) -> Path:
    """Write the numbered frames without loss."""
    frames = numbered_frames(FRAMES, WIDTH, HEIGHT)
    picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-framerate", RATE, "-i", "pipe:0"]
    run_ffmpeg(*picture, "-c:v", "ffv1", "-pix_fmt", "yuv420p", path, data=frames.tobytes())
    return path


def coded(suffix: str, *options: object, **right: object) -> Odd:
    """Return the base, encoded with these options of ffmpeg."""
    return Odd(suffix, lambda base, path: run_ffmpeg("-i", base, *options, "-threads", 1, path), **right)


H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", 18)
NO_REORDERING = (*H264, "-bf", 0)
MPEG2 = ("-c:v", "mpeg2video", "-q:v", 3)
MPEG4 = ("-c:v", "mpeg4", "-q:v", 3)
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", 8, "-b:v", "1M")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-b:v", "1M")
AV1 = ("-c:v", "libsvtav1", "-preset", 10, "-crf", 15, "-svtav1-params", "lp=1")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:pools=1")
SOUND = ("-f", "lavfi", "-i", "sine=duration=8")

FORMATS = {
    "h264.mp4": coded(".mp4", *H264),
    "hevc.mp4": coded(".mp4", *HEVC),
    "hevc 10 bit.mp4": coded(".mp4", *HEVC, "-pix_fmt", "yuv420p10le"),
    "av1.mp4": coded(".mp4", *AV1),
    "mpeg4.mp4": coded(".mp4", *MPEG4),
    "vp9.mp4": coded(".mp4", *VP9),
    "h264 in fragments.mp4": coded(".mp4", *H264, "-movflags", "+frag_keyframe+empty_moov"),
    "h264.m4v": coded(".m4v", *H264),
    "prores.mov": coded(".mov", "-c:v", "prores_ks"),
    "mjpeg.mov": coded(".mov", "-c:v", "mjpeg", "-q:v", 3),
    "h264.mkv": coded(".mkv", *H264),
    "hevc.mkv": coded(".mkv", *HEVC),
    "vp9.mkv": coded(".mkv", *VP9),
    "mpeg2.mkv": coded(".mkv", *MPEG2),
    "ffv1.mkv": coded(".mkv", "-c:v", "ffv1"),
    "vp8.webm": coded(".webm", *VP8),
    "vp9.webm": coded(".webm", *VP9),
    "av1.webm": coded(".webm", *AV1),
    "h264.ts": coded(".ts", *H264),
    "hevc.ts": coded(".ts", *HEVC),
    "mpeg2.ts": coded(".ts", *MPEG2),
    "h264.m2ts": coded(".m2ts", *H264),
    "mpeg2.mpg": coded(".mpg", *MPEG2, "-bf", 2),
    "mpeg1.mpg": coded(".mpg", "-c:v", "mpeg1video", "-q:v", 3),
    "mpeg2.vob": coded(".vob", *MPEG2),
    "mpeg4.avi": coded(".avi", *MPEG4),
    "mjpeg.avi": coded(".avi", "-c:v", "mjpeg", "-q:v", 3),
    "wmv2.wmv": coded(".wmv", "-c:v", "wmv2", "-q:v", 3),
    "wmv1.asf": coded(".asf", "-c:v", "wmv1", "-q:v", 3),
    "flv1.flv": coded(".flv", "-c:v", "flv", "-q:v", 3),
    "h264.flv": coded(".flv", *H264),
    "h264.3gp": coded(".3gp", *H264),
    "h263.3gp": coded(".3gp", "-c:v", "h263", "-s", "176x144", "-q:v", 3),
    "theora.ogv": coded(".ogv", "-c:v", "libtheora", "-q:v", 9),
    "mpeg2.mxf": coded(".mxf", *MPEG2),
    "dv.dv": coded(".dv", "-c:v", "dvvideo", "-s", "720x576", "-pix_fmt", "yuv420p"),
}
"""Usual files of each container and codec."""


def _joined(base: Path, path: Path) -> None:
    part = path.with_name("part.ts")
    run_ffmpeg("-i", base, *H264, "-g", 75, part)
    path.write_bytes(2 * part.read_bytes())


def _two_passes(base: Path, path: Path) -> None:
    options = ["-i", base, "-c:v", "libvpx", "-b:v", "1M", "-auto-alt-ref", 1, "-lag-in-frames", 25, "-cpu-used", 8]
    options += ["-deadline", "good", "-passlogfile", path.with_suffix("")]
    run_ffmpeg(*options, "-pass", 1, "-f", "null", "-")
    run_ffmpeg(*options, "-pass", 2, path)


def _timed(expression: str, *options: object) -> Callable[[Path, Path], None]:
    """Return a function that writes the base with frame N at a time in seconds, given as an expression of ffmpeg."""
    timing = ("-vf", f"settb=1/1000,setpts='round(1000*({expression}))'", "-fps_mode", "passthrough")
    return lambda base, path: run_ffmpeg("-i", base, *timing, "-enc_time_base", "1:1000", *options, path)


def _restamped(change: Callable[[int, int], int | None], *options: object) -> Callable[[Path, Path], None]:
    """Return a function that writes the base as an mkv file, with changed time stamps of its packets.

    ``change(number, stamp)`` returns a packet's stamp in milliseconds.
    """

    def make(base: Path, path: Path) -> None:
        plain = path.with_name("plain.mkv")
        run_ffmpeg("-i", base, *NO_REORDERING, *options, plain)
        with av.open(str(plain)) as source, av.open(str(path), "w") as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for number, packet in enumerate(one for one in source.demux(video=0) if one.size):
                packet.pts = packet.dts = change(number, packet.pts)
                packet.stream = stream
                target.mux(packet)

    return make


def _poster(base: Path, path: Path) -> None:
    poster = ("-f", "lavfi", "-i", "color=gray:size=640x480:rate=25:duration=0.04")
    run_ffmpeg(*poster, "-i", base, "-map", "0:v", "-map", "1:v", *H264, path)


def _preview(base: Path, path: Path) -> None:
    both = ("-filter_complex", "[0:v]negate,scale=64:48[small]", "-map", "[small]", "-map", "0:v")
    run_ffmpeg("-i", base, *both, *H264, "-disposition:v:0", 0, "-disposition:v:1", "default", path)


def _unmarked_tracks(base: Path, path: Path) -> None:
    both = ("-filter_complex", "[0:v]negate,scale=64:48[small]", "-map", "[small]", "-map", "0:v")
    run_ffmpeg("-i", base, *both, *H264, "-disposition:v", 0, path)


def _cover(base: Path, path: Path) -> None:
    picture = path.with_name("cover.jpg")
    run_ffmpeg("-f", "lavfi", "-i", "color=gray:size=640x480", "-frames:v", 1, picture)
    run_ffmpeg(
        *("-i", picture, "-i", base, "-map", "0:v", "-map", "1:v", "-c:v:0", "mjpeg", "-c:v:1", "libx264"),
        *("-disposition:v:0", "attached_pic", path),
    )


def _begun_between_key_frames(base: Path, path: Path) -> None:
    whole = path.with_name("whole.ts")
    run_ffmpeg("-i", base, *NO_REORDERING, "-g", 75, "-keyint_min", 75, "-sc_threshold", 0, whole)
    packets, begins = transport_packets(whole)
    tables = [packet for packet in packets[: begins[10]] if packet[1] & 0x1F == 0]
    path.write_bytes(b"".join([*tables, *packets[begins[10] :]]))


def _without_every_second_stamp(base: Path, path: Path) -> None:
    run_ffmpeg("-i", base, *NO_REORDERING, path)
    packets, begins = transport_packets(path)
    for number in begins[1::2]:
        packet = packets[number]
        start = 4 + (packet[4] + 1 if packet[3] & 0x20 else 0)  # after the adaptation field
        packet[start + 7] &= 0x3F  # neither time stamp is there
        stamps = slice(start + 9, start + 9 + packet[start + 8])
        packet[stamps] = b"\xff" * packet[start + 8]  # the place of the time stamp is stuffing
    path.write_bytes(b"".join(packets))


def _late(*options: object) -> Callable[[Path, Path], None]:
    """Return a function that writes a file with sound from the start and pictures from two seconds on."""
    return lambda base, path: run_ffmpeg(
        "-itsoffset", 2, "-i", base, *SOUND, "-map", "0:v", "-map", "1:a", *H264, *options, path
    )


def _trimmed(base: Path, path: Path) -> None:
    whole = path.with_name(f"whole{path.suffix}")
    run_ffmpeg("-i", base, *NO_REORDERING, "-g", 75, "-keyint_min", 75, "-sc_threshold", 0, whole)
    run_ffmpeg("-ss", 1, "-i", whole, "-c", "copy", path)


def _piped(base: Path, path: Path) -> None:
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(base), *map(str, VP8)]
    path.write_bytes(subprocess.run([*program, "-f", "webm", "pipe:1"], check=True, stdout=subprocess.PIPE).stdout)


def _turned(filters: str, *options: str) -> Callable[[Path, Path], None]:
    """Return a function that writes pictures turned by ``filters``, with a display matrix that undoes it."""

    def make(base: Path, path: Path) -> None:
        turned = path.with_name("turned.mp4")
        run_ffmpeg("-i", base, "-vf", filters, *H264, turned)
        run_ffmpeg(*options, "-i", turned, "-c", "copy", path)

    return make


def _sizes(base: Path, path: Path) -> None:
    parts = path.with_name("small.ts"), path.with_name("wide.ts")
    run_ffmpeg("-i", base, *H264, parts[0])
    run_ffmpeg("-i", base, "-vf", "scale=320:128", *H264, parts[1])
    path.write_bytes(b"".join(part.read_bytes() for part in parts))


def _wrapped_clock(base: Path, path: Path) -> None:
    run_ffmpeg("-i", base, *H264, "-output_ts_offset", 2**33 / 90_000 - 4, path)


def every(step: int) -> dict[str, object]:
    """Return what is right for a file with every ``step``-th frame of the base."""
    return {"numbers": range(0, FRAMES, step), "times": np.arange(0, FRAMES, step) / RATE}


MP2_DELAY_S = 481 / 44_100
"""The sound begins this much before its first sample, as MPEG's layer 2 needs it."""

REGULAR = np.arange(FRAMES) / RATE
JOINED = {"numbers": [*range(FRAMES), *range(FRAMES)], "times": np.arange(2 * FRAMES) / RATE}
RESTART = "clock starts anew once"
FASTER = "-r", "10"

ODDITIES = {
    "two recordings joined.ts": Odd(".ts", _joined, **JOINED, notes=(RESTART,)),
    "two passes with hidden frames.webm": Odd(".webm", _two_passes),
    "a frame with its neighbour's time.mkv": Odd(
        ".mkv",
        _restamped(lambda number, stamp: stamp - 40 if number == 100 else stamp),
        times=[*REGULAR[:99], 3.96, 4.0, *REGULAR[101:]],
    ),
    "an hour's jump after the first frame.mkv": Odd(
        ".mkv",
        _timed("if(eq(N,0),0,N/25+3600)", *H264),
        times=[0, *(REGULAR[1:] + 3600)],
        notes=("no pictures from 0.0 to 3600.0 s",),
    ),
    "a pause of ten minutes.mp4": Odd(
        ".mp4",
        _timed("N/25+if(gte(N,100),600,0)", *H264),
        times=[*REGULAR[:100], *(REGULAR[100:] + 600)],
        notes=("no pictures from 4.0 to 604.0 s",),
    ),
    "a pause of ten minutes.mkv": Odd(
        ".mkv",
        _timed("N/25+if(gte(N,100),600,0)", *NO_REORDERING),
        times=[*REGULAR[:100], *(REGULAR[100:] + 600)],
        notes=("no pictures from 4.0 to 604.0 s",),
    ),
    "a poster before the video.mp4": Odd(".mp4", _poster, notes=("Of 2 video tracks",)),
    "a preview before the default track.mkv": Odd(".mkv", _preview, notes=("160x128 is used, not 64x48",)),
    "a preview before an unmarked track.mkv": Odd(".mkv", _unmarked_tracks, notes=("160x128 is used, not 64x48",)),
    "a cover before the video.mp4": Odd(".mp4", _cover),
    "begun between key frames.ts": Odd(
        ".ts",
        _begun_between_key_frames,
        numbers=range(75, 200),
        times=REGULAR[75:] - 10 / 25,
        notes=("The first 2.6 s cannot be decoded",),
    ),
    "every second frame without a time.ts": Odd(".ts", _without_every_second_stamp),
    "sound two seconds before the pictures.mp4": Odd(".mp4", _late("-c:a", "aac"), times=REGULAR + 2),
    "sound two seconds before the pictures.mkv": Odd(".mkv", _late("-c:a", "pcm_s16le"), times=REGULAR + 2),
    "sound two seconds before the pictures.ts": Odd(
        ".ts", _late("-c:a", "mp2"), times=REGULAR + 2 + MP2_DELAY_S, notes=("The pictures begin at 2.0 s",)
    ),
    "trimmed without encoding.mp4": Odd(".mp4", _trimmed, numbers=range(25, 200), times=REGULAR[:175]),
    "trimmed without encoding.mkv": Odd(".mkv", _trimmed),
    "h264 with reordering.avi": coded(".avi", *H264, "-bf", 3, times=REGULAR + 2 / 25),
    "h264 without reordering.avi": coded(".avi", *NO_REORDERING),
    "mpeg4 with reordering.avi": coded(".avi", *MPEG4, "-bf", 2, times=REGULAR + 1 / 25),
    "a browser's recording.webm": Odd(".webm", _piped),
    "mirrored.mp4": Odd(".mp4", _turned("hflip", "-display_hflip")),
    "upside down.mp4": Odd(".mp4", _turned("hflip,vflip", "-display_rotation", "180")),
    "turned on its side.mp4": Odd(".mp4", _turned("transpose=clock", "-display_rotation", "90")),
    "turned and mirrored.mp4": Odd(
        ".mp4", _turned("hflip,transpose=clock", "-display_rotation", "90", "-display_hflip")
    ),
    "a change of size.ts": Odd(".ts", _sizes, **JOINED, notes=(RESTART, "changes once")),
    "a clock that runs over.ts": Odd(".ts", _wrapped_clock),
    "irregular.mkv": Odd(
        ".mkv",
        _timed("0.05*N+0.015*mod(N,2)", *NO_REORDERING),
        times=0.05 * np.arange(FRAMES) + 0.015 * (np.arange(FRAMES) % 2),
    ),
    "one frame a second.mp4": coded(".mp4", *H264, "-vf", "select='not(mod(n,25))'", "-r", 1, **every(25)),
    "interlaced.mpg": coded(".mpg", *MPEG2, "-vf", "setfield=tff", "-flags", "+ildct+ilme"),
    "interlaced.mp4": coded(".mp4", *H264, "-vf", "setfield=tff", "-flags", "+ildct+ilme"),
}
"""Files that show what many programs leave behind."""

CORPUS = FORMATS | ODDITIES

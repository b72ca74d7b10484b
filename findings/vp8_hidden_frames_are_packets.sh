#!/usr/bin/env bash
# WebM: a VP8 file of two passes has more packets than frames, some with the same time stamp.
#
# Versions:  imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), av 18.1.0, Python 3.11
# Expected:  a packet of a WebM file is a frame, and each has a time of its own, as with VP9, whose hidden frames share a
#            packet with the frame after them.
# Seen:      of 200 frames, written in two passes with alternate reference frames: 212 packets, 12 of which share their
#            time stamp with another and hold frames that are never shown. Nothing marks them: they are no "discard"
#            packets, and only a bit in VP8's own header tells.
# Matters:   counting packets gives 212 frames, and frame numbers, rates and checks for equal time stamps go wrong.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  av==18.1.0 imageio-ffmpeg==0.8.1 numpy==2.4.6 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
venv/bin/python - << 'END'
import subprocess

import av
import imageio_ffmpeg

SOURCE = ["-f", "lavfi", "-i", "testsrc2=size=160x128:rate=25:duration=8"]
HIDDEN = ["-b:v", "300k", "-auto-alt-ref", "1", "-lag-in-frames", "25", "-threads", "1"]
FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *SOURCE]


def packets_and_frames(codec: str) -> tuple[int, int, int, int]:
    """Return the numbers of packets, of their different time stamps, of discarded ones, and of frames."""
    subprocess.run([*FFMPEG, "-c:v", codec, *HIDDEN, "-pass", "1", "-f", "null", "-"], check=True)
    subprocess.run([*FFMPEG, "-c:v", codec, *HIDDEN, "-pass", "2", "a.webm"], check=True)
    with av.open("a.webm") as file:
        packets = [packet for packet in file.demux(video=0) if packet.size]
        counts = len(packets), len({packet.pts for packet in packets}), sum(packet.is_discard for packet in packets)
    with av.open("a.webm") as file:
        return *counts, sum(1 for _ in file.decode(video=0))


for codec, more in (("libvpx", True), ("libvpx-vp9", False)):
    packets, stamps, discarded, frames = packets_and_frames(codec)
    print(f"{codec}: {packets} packets with {stamps} time stamps, {discarded} to be discarded, {frames} frames")
    assert frames == stamps == 200 and discarded == 0 and (packets > frames) == more, "no longer so"
END

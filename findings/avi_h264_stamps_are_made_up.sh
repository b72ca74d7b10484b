#!/usr/bin/env bash
# AVI: the time stamps of H.264 packets are not those of the frames.
#
# Versions:  imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), av 18.1.0, Python 3.11
# Expected:  the packets' presentation stamps, sorted, are the times of the frames, as in MP4, MKV and TS; at least each
#            packet of a file whose stream starts at 0 has the stamp of its frame.
# Seen:      AVI has no presentation stamps, so they are made up, in the order of the file and one frame late: 0.04 s
#            for the first frame although the stream states that it starts at 0. Decoded, the first frame is at 0.00
#            without B-frames and at 0.08 s with them, so the stamps are 40 ms late or 40 ms early.
# Matters:   whoever takes frame times from the packets without decoding, as is right elsewhere, puts subtitles and
#            annotations beside the signs.
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

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
STAMPS = ["-fps_mode", "passthrough", "-enc_time_base", "demux", "-stats_enc_pre:v", "pipe:1"]


def first_times(name: str, between: int) -> tuple[float, float, float]:
    """Return the start that a file of H.264 states, the least stamp of its packets, and its first frame's time."""
    source = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=2", "-c:v", "libx264", "-bf", str(between)]
    subprocess.run([FFMPEG, "-loglevel", "error", "-y", *source, "-threads", "1", name], check=True)
    with av.open(name) as file:
        stream = file.streams.video[0]
        stated = float(stream.start_time * stream.time_base)
        stamped = min(float(packet.pts * packet.time_base) for packet in file.demux(stream) if packet.size)
    command = [FFMPEG, "-loglevel", "error", "-i", name, *STAMPS, "-stats_enc_pre_fmt:v", "{t}", "-f", "null", "-"]
    decoded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return stated, stamped, float(decoded[0])


for name, between, expected in (
    ("plain.avi", 0, (0.0, 0.04, 0.0)),
    ("reordered.avi", 2, (0.0, 0.04, 0.08)),
    ("reordered.mp4", 2, (0.0, 0.0, 0.0)),
):
    found = tuple(round(seconds, 3) for seconds in first_times(name, between))
    print(f"{name}: starts at {found[0]} s, first packet at {found[1]} s, first frame at {found[2]} s")
    assert found == expected, "no longer so"
END

#!/usr/bin/env bash
# ffmpeg: in transport streams, the zero of time depends on which tracks are decoded; in MP4 and MKV it does not.
#
# Versions:  imageio-ffmpeg 0.8.1 (ffmpeg 9.0.2), Python 3.11
# Expected:  a frame has the same time whether the sound is decoded beside it or not.
# Seen:      sound from 0 s, pictures from 2 s. With the sound, the first frame is at 2 s in all formats. With the video
#            alone it is still so in MP4 and MKV, but at 0 in a transport stream, where ffmpeg then counts from the
#            beginning of the tracks in use (the format's clock may start anew, and its start is corrected for this).
# Matters:   annotations that were made of the whole file are two seconds away from frames that were decoded alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  imageio-ffmpeg==0.8.1 numpy==2.4.6 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
venv/bin/python - << 'END'
import subprocess

import imageio_ffmpeg

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y"]
PICTURES = ["-itsoffset", "2", "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=4"]
SOUND = ["-f", "lavfi", "-i", "sine=duration=6"]
CODED = ["-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-threads", "1", "-c:a", "aac"]
STAMPS = ["-fps_mode", "passthrough", "-enc_time_base", "demux", "-stats_enc_pre:v", "pipe:1"]


def first_frame(name: str, *tracks: str) -> float:
    """Return the time of the first frame if these tracks are decoded."""
    mapped = [word for track in tracks for word in ("-map", track)]
    output = [*mapped, *STAMPS, "-stats_enc_pre_fmt:v", "{t}", "-f", "null", "-"]
    lines = subprocess.run([*FFMPEG, "-i", name, *output], check=True, capture_output=True, text=True).stdout
    return float(lines.split()[0])


for suffix, alone in (("mp4", 2.0), ("mkv", 2.0), ("ts", 0.0)):
    name = f"late.{suffix}"
    subprocess.run([*FFMPEG, *PICTURES, *SOUND, *CODED, name], check=True)
    both, video = first_frame(name, "0:v", "0:a"), first_frame(name, "0:v")
    print(f"{name}: the first frame is at {both:.2f} s beside the sound, at {video:.2f} s alone")
    assert abs(both - 2) < 0.05 and abs(video - alone) < 0.05, "no longer so"
END

"""Files that a user names as videos though their suffix is none of a video: whether they are videos is looked up."""

from collections.abc import Iterable
from pathlib import Path

import av

from signwild.base.errors import InputError, UnusableVideo
from signwild.video.files import VIDEO_SUFFIXES
from signwild.video.tracks import choose_track, open_video

TEXT = "tty"
PICTURE = ("image2", "_pipe")
"""ffmpeg's name for a text, which it draws, and the ends of its names for formats of pictures."""


def check_unknown_files(paths: Iterable[Path]) -> None:
    """Raise InputError for the first file that has no video suffix and, by its content, is no video either."""
    for path in paths:
        if path.suffix.lower() not in VIDEO_SUFFIXES and (reason := _why_no_video(path)):
            raise InputError(f"{path}: is no video ({reason}); name video files, or folders that contain some")


def _why_no_video(path: Path) -> str:
    try:
        with open_video(path) as container:
            choose_track(container)
            form = container.format.name
    except av.FFmpegError as error:
        return f"the file cannot be opened: {error.strerror}"
    except UnusableVideo as error:
        return error.reason
    if form == TEXT:
        return "it is a text"
    return "it is a picture" if form.endswith(PICTURE) else ""

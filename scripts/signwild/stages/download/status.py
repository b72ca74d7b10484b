"""Small files beside the videos: what is known of each requested video, and whether requests may be made now.

They are in the folder of the data set, not of a run: a video that is available, or lost, is so for every run.
"""

import glob
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.stages.download.failures import FAILURES

OK, UNTRIED = "ok", "untried"
"""Statuses in manifests besides the failures: available, and never requested."""

DOWNLOAD_COLUMNS = ["video_id", "status", "reason", "file", "sha256", "bytes"]
"""Columns of a shard's download manifest, which the alignment manifest has too."""

LONGEST_PAUSE_S = 24 * 3600
"""Longest pause: a server may ask for a year; after a day requests resume (our choice)."""


@dataclass(frozen=True)
class VideoStatus:
    """Result of requesting a video.

    ``status``: ok, or a class of signwild.stages.download.failures. ``time``: time of the last try, in UTC.
    ``tries``: number of requests. ``yt_dlp``: the version used. A downloaded video has ``file`` (its name in the
    folder's videos), ``sha256``, ``bytes`` and ``format`` (YouTube's, in yt-dlp's words); the others have
    ``message``. ``again``: it was downloaded, its file was deleted, and it is to be fetched again.
    """

    video_id: str
    status: str
    time: str
    tries: int
    yt_dlp: str
    message: str = ""
    file: str = ""
    sha256: str = ""
    bytes: int = 0
    format: str = ""
    again: bool = False


@dataclass(frozen=True)
class Pause:
    """Reason why no requests may be made before ``until`` (UTC, ISO 8601)."""

    status: str
    reason: str
    until: str


@dataclass(frozen=True)
class Streak:
    """Videos that failed one after another with the same kind of failure."""

    kind: str
    video_ids: tuple[str, ...]


def now() -> str:
    """Return the time in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class DownloadFolder:
    """Folder of a data set: its videos, what is known of them, and whose turn it is to make requests."""

    def __init__(self, folder: Path) -> None:
        self.videos = folder / "videos"
        self.statuses = folder / "status"
        self.pause_note = folder / "pause.json"
        self._streak = folder / "streak.json"
        self._last_request = folder / "last_request"
        self._lock = folder / "download.lock"
        self._holder = folder / "download.holder"

    def read(self, video_id: str) -> VideoStatus | None:
        """Return what is known of a video; raises InputError for a damaged file, or one of another video."""
        path = self.statuses / f"{video_id}.json"
        if not path.exists():
            return None
        known = _read(path, VideoStatus)
        if known.video_id != video_id:
            raise InputError(
                f'{path}: is of video "{known.video_id}": this disk does not tell capital letters from small ones, and '
                "would keep one file for both videos; move the data set's folder to one that does"
            )
        return known

    def read_all(self) -> dict[str, VideoStatus]:
        """Return what is known of all videos, by id."""
        known = (_read(path, VideoStatus) for path in sorted(self.statuses.glob("*.json")))
        return {status.video_id: status for status in known}

    def write(self, status: VideoStatus) -> None:
        """Write what is known of a video."""
        _write(self.statuses / f"{status.video_id}.json", status)

    def path(self, status: VideoStatus) -> Path:
        """Return where the file of a downloaded video is, or was."""
        return self.videos / status.file

    def forget(self, video_id: str) -> None:
        """Mark a video as never requested."""
        (self.statuses / f"{video_id}.json").unlink(missing_ok=True)

    def reopen(self, video_id: str) -> None:
        """Let a video be requested: as if for the first time or, if it was downloaded, again, keeping its status."""
        known = self.read(video_id)
        if known is not None and known.status == OK:
            self.write(replace(known, again=True))
        else:
            self.forget(video_id)

    def remove(self, video_id: str) -> bool:
        """Remove a video's file, then what is known of it; returns whether there was a file."""
        files = list(self.videos.glob(f"{glob.escape(video_id)}.*"))
        for file in files:
            file.unlink()
        self.forget(video_id)
        return bool(files)

    def pause(self, status: str, reason: str, seconds: float) -> Pause:
        """Forbid requests for some time."""
        until = datetime.now(UTC) + timedelta(seconds=min(seconds, LONGEST_PAUSE_S))
        note = Pause(status, reason, until.isoformat(timespec="seconds"))
        _write(self.pause_note, note)
        return note

    def paused(self) -> Pause | None:
        """Return the note that forbids requests now, if there is one."""
        if not self.pause_note.exists():
            return None
        note = _read(self.pause_note, Pause)
        return note if datetime.fromisoformat(note.until) > datetime.now(UTC) else None

    def streak(self) -> Streak:
        """Return the last answers in a row of one kind."""
        return _read(self._streak, Streak) if self._streak.exists() else Streak("", ())

    def write_streak(self, streak: Streak) -> None:
        """Write the last answers in a row of one kind, for the next job too."""
        _write(self._streak, streak)

    def wait_for_turn(self, pause_s: float) -> None:
        """Sleep until ``pause_s`` seconds after the last request, whichever job made it."""
        if self._last_request.exists():
            time.sleep(max(0.0, min(pause_s, self._last_request.stat().st_mtime + pause_s - time.time())))

    def note_request(self) -> None:
        """Record that a request was made just now."""
        self._last_request.touch()

    @contextmanager
    def one_at_a_time(self, say: Callable[[str], None]) -> Iterator[None]:
        """Hold the folder's lock; if another process holds it, ``say`` so and wait."""
        self.videos.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            try:
                holder = self._holder.read_text(encoding="utf-8")
            except FileNotFoundError:  # it has just ended, or has just begun
                holder = "another process"
            say(f"waiting: {holder} is downloading into {self.videos.parent}; only one downloads at a time")
            lock.acquire()
        try:
            write_text(self._holder, f"process {os.getpid()} of {os.uname().nodename}, since {now()},")
            yield
        finally:
            self._holder.unlink(missing_ok=True)
            lock.release()


def _write(path: Path, content: VideoStatus | Pause | Streak) -> None:
    write_text(path, json.dumps(asdict(content), indent=1) + "\n")


def _read(path: Path, form: type) -> VideoStatus | Pause | Streak:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        read = form(**{field.name: content[field.name] for field in fields(form)})
        if isinstance(read, VideoStatus) and read.status != OK and read.status not in FAILURES:
            raise ValueError(f"unknown status {read.status}")
        if isinstance(read, Pause) and datetime.fromisoformat(read.until).tzinfo is None:
            raise ValueError("a time without a zone")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read ({error!r}); delete it and start again") from error
    return read

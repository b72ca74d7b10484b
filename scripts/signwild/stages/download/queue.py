"""Queue of videos to request: one after another, at a polite pace, stopping when further requests are no use."""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.status import OK, DownloadFolder, Pause, Streak, VideoStatus, now

PAUSES_S = {"bot_check": 6 * 3600, "rate_limit": 3600}
"""Pause after an answer that stops the queue and names no time. YouTube's limit lasts "up to an hour" by yt-dlp's
message; a bot check lasts hours or days (our choice)."""

NETWORK_PAUSE_S = 300
"""Pause after several failures in a row (our choice)."""

LEFTOVER = ".fetching-"


def is_open(status: VideoStatus | None) -> bool:
    """Return whether to request a video: never requested, wanted again, or the answer was about us and not about it."""
    return status is None or status.again or _kind(status) == "stop"


class DownloadQueue:
    """Queue that requests one video after another, at a polite pace, and stops when it should."""

    def __init__(
        self, folder: DownloadFolder, youtube: YouTube, max_seconds: float, say: Callable[[str], None]
    ) -> None:
        self._folder = folder
        self._youtube = youtube
        self._max_seconds = max_seconds
        self._say = say

    def run(self, video_ids: list[str], others: int) -> None:
        """Request these videos; ``others`` wait in other shards. Raises InputError if the queue has to stop."""
        # Imported late: yt-dlp takes a second to start, and a run that has its videos does not need it.
        from signwild.stages.download.youtube import check_settings, yt_dlp_version

        self._check_pause()
        check_settings(self._youtube)
        with self._folder.one_at_a_time(self._say):
            self._check_pause()
            self._remove_leftovers()
            self._say(f"yt-dlp {yt_dlp_version()}: to request: {len(video_ids):,} in this shard, {others:,} in others")
            start = time.monotonic()
            counts = Counter(_kind(known) for known in self._folder.read_all().values())
            for number, video_id in enumerate(video_ids, start=1):
                # Another run may have requested it in the meantime.
                known = self._folder.read(video_id)
                if not is_open(known):
                    continue
                status, retry_after_s = self._ask(video_id, known)
                # A downloaded video stays so if it does not come again: everything made from it may still exist.
                came = known is None or known.status != OK or status.status == OK
                self._folder.write(status if came else replace(known, again=_kind(status) == "stop"))
                counts[_kind(status)] += 1
                each = (time.monotonic() - start) / number
                left = len(video_ids) - number + others
                self._say(
                    f"{number}/{len(video_ids)} {video_id}: {_in_words(status)} "
                    f"[in all {counts['available']:,} available, {counts['lost']:,} lost, "
                    f"{counts['temporary']:,} failed for now; "
                    f"{3600 / max(each, 1e-3):.0f} an hour; {left:,} to go, {left * each / 3600:.1f} h]"
                )
                self._stop_if_needed(status, retry_after_s)

    def _ask(self, video_id: str, known: VideoStatus | None) -> tuple[VideoStatus, float | None]:
        """Request a video, retrying if the network fails; return the answer and how long the server asks to wait."""
        from signwild.stages.download.youtube import DownloadFailed, fetch_video, yt_dlp_version

        answer = VideoStatus(video_id, OK, now(), known.tries if known else 0, yt_dlp_version())
        retry_after_s = None
        for attempt in range(self._youtube.tries):
            pause_s = random.uniform(self._youtube.shortest_pause_s, self._youtube.longest_pause_s)
            self._folder.wait_for_turn(pause_s * 2**attempt)
            self._folder.note_request()
            answer = replace(answer, time=now(), tries=answer.tries + 1)
            temporary = self._folder.videos / f"{LEFTOVER}{os.getpid()}"
            temporary.mkdir()
            try:
                fetched = fetch_video(video_id, self._youtube, temporary, self._max_seconds)
                return self._keep(fetched.path, replace(answer, status=OK, message="", format=fetched.format)), None
            except DownloadFailed as failed:
                answer = replace(answer, status=failed.status, message=failed.message)
                retry_after_s = failed.retry_after_s
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
                self._folder.note_request()
            if answer.status != "network":
                break
        return answer, retry_after_s

    def _keep(self, path: Path, answer: VideoStatus) -> VideoStatus:
        """Move a complete file into its place, synced to disk."""
        with path.open("rb") as file:
            os.fsync(file.fileno())
        target = self._folder.videos / f"{answer.video_id}{path.suffix}"
        sha256, size = file_sha256(path), path.stat().st_size
        path.replace(target)
        return replace(answer, file=target.name, sha256=sha256, bytes=size)

    def _stop_if_needed(self, status: VideoStatus, retry_after_s: float | None) -> None:
        """Write a note and raise InputError if further requests would be useless or harmful.

        Videos whose failures in a row stopped the queue will be requested again.
        """
        kind = _kind(status)
        if kind == "stop":
            raise rest(self._folder, status.status, status.message, retry_after_s)
        before = self._folder.streak()
        ids = (*(before.video_ids if before.kind == kind else ()), status.video_id)
        limits = {"temporary": self._youtube.failures_in_a_row, "lost": self._youtube.losses_in_a_row}
        if len(ids) < limits.get(kind, len(ids) + 1):
            self._folder.write_streak(Streak(kind, ids if kind in limits else ()))
            return
        for video_id in ids:
            self._folder.reopen(video_id)
        self._folder.write_streak(Streak("", ()))
        reason = f"{len(ids)} videos in a row could not be downloaded; the last: {status.message}"
        raise resting(self._folder.pause(status.status, reason, NETWORK_PAUSE_S))

    def _check_pause(self) -> None:
        if note := self._folder.paused():
            raise resting(note)

    def _remove_leftovers(self) -> None:
        """Remove what killed downloads left behind; the lock guarantees that nobody is writing."""
        for leftover in self._folder.videos.glob(f"{LEFTOVER}*"):
            shutil.rmtree(leftover, ignore_errors=True)


def _kind(status: VideoStatus) -> str:
    """Return ``available``, or the kind of the failure."""
    return "available" if status.status == OK else FAILURES[status.status].kind


def rest(folder: DownloadFolder, status: str, message: str, retry_after_s: float | None) -> InputError:
    """Pause all requests after an answer that stops the queue; return the error to raise."""
    return resting(folder.pause(status, message, PAUSES_S[status] if retry_after_s is None else retry_after_s))


def resting(note: Pause) -> InputError:
    """Return an error that states why no requests may be made now, until when, and what helps."""
    failure, until = FAILURES[note.status], note.until.replace("T", " ").replace("+00:00", " UTC")
    helps = failure.remedy or "look at some of these videos in a browser; dataset.youtube.losses_in_a_row can be raised"
    return InputError(
        f"downloads are paused until {until} ({failure.title}): {note.reason}\n"
        f"       what helps: {helps}; start again then (`make retry-downloads`, with your CONFIG, requests at once); "
        "with `download: false` in `dataset` the run continues with the videos that are there"
    )


def _in_words(status: VideoStatus) -> str:
    if status.status == OK:
        return f"{status.bytes / 1e6:.1f} MB"
    return f"{FAILURES[status.status].title} ({status.message})"

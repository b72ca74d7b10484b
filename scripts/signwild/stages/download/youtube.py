"""Download of a video from YouTube, or a mirror, by yt-dlp: a file that can be decoded, or why there is none."""

import errno
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path

import imageio_ffmpeg
import yt_dlp
from deno import find_deno_bin
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import ExtractorError, YoutubeDLError, unsmuggle_url

from signwild.base.errors import InputError, UnusableVideo
from signwild.base.words import counted
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.download.failures import classify
from signwild.video.container import probe_video

CONNECTION_RETRIES = 2
"""Number of times that yt-dlp itself resumes a broken transfer before a try counts as failed."""

PO_TOKEN_ARGUMENT = ("youtubepot-bgutilhttp", "base_url")
"""Argument that tells yt-dlp's plugin bgutil-ytdlp-pot-provider where to get proof-of-origin tokens."""

ADDED = re.compile(r"(?: \(caused by .*\))?(?:; please report this issue on .*)?$")
"""Text that yt-dlp adds to a message: the same message as Python writes it, and where to report it."""

REDIRECTIONS = ("url", "url_transparent")
"""Types of yt-dlp's results that name another address."""

MOST_REDIRECTIONS = 10
"""Addresses that lead to others are followed so often: pages may lead to each other."""

LISTS = ("playlist", "multi_video", "compat_list")
"""Types of yt-dlp's results that have entries."""

NOT_WRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS}

logger = logging.getLogger(__name__)


class _Warnings:
    """Logger that passes on yt-dlp's warnings; errors also come as exceptions, and would be reported twice."""

    warning = logger.warning

    def debug(self, message: str) -> None:
        """Say nothing."""

    def error(self, message: str) -> None:
        """Say nothing."""


class DownloadFailed(Exception):
    """A failed download: its class of failure, yt-dlp's message, and the server's Retry-After in seconds."""

    def __init__(self, status: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s


class ListFound(DownloadFailed):
    """A list in place of a video. ``entries``: its entries, in yt-dlp's words, which are requested as they are read."""

    def __init__(self, address: str, entries: Iterable[dict], count: int | None) -> None:
        number = "videos" if count is None else counted(count, "video")
        super().__init__("list", f"{address} is a list of {number}")
        self._entries = entries

    def addresses(self) -> list[str]:
        """Return the addresses of the videos, each once, also of those in lists in this list; may make requests."""
        try:
            return list(dict.fromkeys(_addresses(self._entries)))
        except YoutubeDLError as error:
            raise failure_of(error, Path.cwd()) from error


@dataclass(frozen=True)
class Fetched:
    """A downloaded file, and YouTube's format of it."""

    path: Path
    format: str


def yt_dlp_version() -> str:
    """Return the version of yt-dlp in use."""
    return version("yt-dlp")


def check_settings(parameters: YouTube) -> None:
    """Raise InputError if yt-dlp cannot work with the settings, before any request is made."""
    try:
        find_deno_bin()
    except FileNotFoundError as error:
        raise InputError(
            f"deno, which yt-dlp needs for YouTube, is not in .venv ({error}); delete .venv and make"
        ) from None
    downloader = yt_dlp.YoutubeDL(base_options(parameters))
    try:
        downloader.build_format_selector(parameters.format)
    except (SyntaxError, ValueError) as error:
        raise InputError(f"dataset.youtube.format: {parameters.format!r} is not a format of yt-dlp: {error}") from None
    try:
        _ = downloader.cookiejar
    except (YoutubeDLError, OSError, ValueError) as error:
        raise InputError(
            f"dataset.youtube.cookies: {parameters.cookies} cannot be read: {error}; export it in Netscape's format"
        ) from None


def fetch_video(video_id: str, parameters: YouTube, folder: Path, max_seconds: float) -> Fetched:
    """Download a video into ``folder``, which is empty, and check that its first ``max_seconds`` can be read.

    Raises DownloadFailed, and InputError if the disk is full.
    """
    return fetch_address(parameters.video_url.replace("{video_id}", video_id), parameters, folder, max_seconds)


def fetch_address(address: str, parameters: YouTube, folder: Path, max_seconds: float) -> Fetched:
    """Download as ``fetch_video`` does, from any address that yt-dlp knows.

    A list raises ListFound. A live stream, which would not end, and one to come are refused before their transfer.
    """
    try:
        with yt_dlp.YoutubeDL(_options(parameters, folder)) as downloader:
            info = _described(downloader, address)
            _check_one_recording(info, address)
            info = downloader.process_ie_result(info)
    except YoutubeDLError as error:
        raise failure_of(error, folder) from error
    # A mirror's page may name other videos than the one that was requested.
    fetched = info.get("requested_downloads", [])
    if len(fetched) != 1 or (info["extractor"] in ("generic", "html5") and not info.get("direct")):
        raise DownloadFailed("extraction", f"{address} is a page, not a video")
    path = Path(fetched[0]["filepath"])
    try:
        probe_video(path, max_seconds)
    except UnusableVideo as problem:
        raise DownloadFailed("damaged", f"{problem.status}: {problem.reason}") from problem
    return Fetched(path, str(info.get("format_id", "")))


def _described(downloader: yt_dlp.YoutubeDL, address: str) -> dict:
    """Return yt-dlp's description of what is at an address, or where that leads to; nothing is downloaded."""
    info = downloader.extract_info(address, download=False, process=False)
    for _ in range(MOST_REDIRECTIONS):
        if info.get("_type") not in REDIRECTIONS:
            return info
        info = downloader.extract_info(info["url"], ie_key=info.get("ie_key"), download=False, process=False)
    raise DownloadFailed("network", f"{address} leads from one address to another without end")


def _check_one_recording(info: dict, address: str) -> None:
    """Raise DownloadFailed if the description is not that of one recording."""
    if info.get("_type") in LISTS:
        entries, count = info["entries"], info.get("playlist_count")
        if isinstance(entries, list):
            entries = [entry for entry in entries if entry]
            # The parts of a recording, or the videos in a page, have no addresses of their own.
            if entries and not any(entry.get("_type") in (*REDIRECTIONS, *LISTS) for entry in entries):
                held = f"{counted(len(entries), 'recording')} without a separate address"
                raise DownloadFailed("extraction", f"{address} is not one video: it holds {held}")
            if not any(entry.get("_type") in LISTS for entry in entries):
                count = len(entries)
        raise ListFound(address, entries, count)
    if info.get("live_status") == "is_live" or info.get("is_live"):
        raise DownloadFailed("live", f"{address} is a live stream")
    if info.get("live_status") == "is_upcoming":
        raise DownloadFailed("not_yet", f"{address} has not begun")


def _addresses(entries: Iterable[dict]) -> Iterator[str]:
    """Yield the addresses of a list's entries, and of those in its lists."""
    for entry in filter(None, entries):
        if entry.get("_type") in LISTS:
            yield from _addresses(entry["entries"])
        elif address := entry.get("url") or entry.get("webpage_url"):
            yield unsmuggle_url(address)[0]


def search_videos(query: str, count: int, search: str, parameters: YouTube) -> list[dict]:
    """Return what YouTube's search finds for a query, as yt-dlp describes it; nothing is downloaded.

    ``search``: yt-dlp's name for the search, or the address of a list, with {count} and {query}.
    Raises DownloadFailed.
    """
    options = base_options(parameters) | {"extract_flat": "in_playlist", "playlistend": count}
    try:
        with yt_dlp.YoutubeDL(options) as downloader:
            info = downloader.extract_info(
                search.replace("{count}", str(count)).replace("{query}", query), download=False
            )
    except YoutubeDLError as error:
        raise failure_of(error, Path.cwd()) from error
    return [entry for entry in info.get("entries", []) if entry]


def base_options(parameters: YouTube) -> dict:
    """Return yt-dlp's options for any request."""
    options = {
        "quiet": True,
        "noprogress": True,
        "logger": _Warnings(),
        "color": "no_color",
        "cachedir": False,
        "socket_timeout": parameters.timeout_s,
        "cookiefile": parameters.cookies,
        "js_runtimes": {"deno": {"path": find_deno_bin()}},
    }
    if parameters.proxy is not None:
        options["proxy"] = parameters.proxy
    if parameters.po_token_provider:
        extractor, argument = PO_TOKEN_ARGUMENT
        options["extractor_args"] = {extractor: {argument: [parameters.po_token_provider]}}
    return options


def _options(parameters: YouTube, folder: Path) -> dict:
    return base_options(parameters) | {
        "format": parameters.format,
        "outtmpl": f"{str(folder).replace('%', '%%')}/video.%(ext)s",
        "noplaylist": True,
        "retries": CONNECTION_RETRIES,
        "fragment_retries": CONNECTION_RETRIES,
        "extractor_retries": CONNECTION_RETRIES,
        "skip_unavailable_fragments": False,
        # The file stays unchanged, so that two labs have the same bytes.
        "fixup": "never",
        "updatetime": False,
        "ffmpeg_location": imageio_ffmpeg.get_ffmpeg_exe(),
    }


def failure_of(error: BaseException, folder: Path) -> DownloadFailed | InputError:
    """Return the exception to raise for an error of yt-dlp, which was to write into ``folder``."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in NOT_WRITABLE:
            return InputError(
                f"{folder}: the video cannot be written ({cause.strerror}); free some space and start again"
            )
    message = ADDED.sub("", " ".join(str(error).split()), count=1).removeprefix("ERROR: ")
    # The message begins with the names of the extractor and of the video, which may contain any word.
    own = next((cause for cause in causes if isinstance(cause, ExtractorError)), None)
    status = classify(own.orig_msg, own.ie == "generic") if own else classify(message)
    return DownloadFailed(status, message, _retry_after(causes))


def _causes(error: BaseException | None) -> list[BaseException]:
    """Return the error and all its causes, as recorded by yt-dlp and by Python."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or cause in found:
            continue
        found.append(cause)
        details = getattr(cause, "exc_info", None) or (None, None)
        waiting += [details[1], getattr(cause, "cause", None), cause.__cause__, cause.__context__]
    return found


def _retry_after(causes: list[BaseException]) -> float | None:
    """Return the seconds that the server asks to wait, if it names them or a time."""
    for cause in causes:
        if isinstance(cause, HTTPError):
            named = cause.response.headers.get("Retry-After", "")
            if named.isdecimal():
                return float(named)
            with suppress(ValueError):  # the other form is a date, in UTC whether stated or not
                until = parsedate_to_datetime(named).replace(tzinfo=UTC)
                return max(0.0, (until - datetime.now(UTC)).total_seconds())
    return None

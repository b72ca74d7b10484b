"""Videos at addresses: downloaded once by the data set's downloader, and kept."""

import random
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from signwild.base.digests import result_key
from signwild.base.errors import UnusableVideo
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.detector.blocks import ENDLESS_S
from signwild.stages.download.failures import FAILURES

if TYPE_CHECKING:
    from signwild.stages.download.youtube import DownloadFailed, ListFound  # starts yt-dlp, which takes a second

NAME_LENGTH = 60
"""Length of the end of an address that is used in a file's name."""


LIST_REMEDY = "--list takes each of its videos"


class ListOfVideos(Exception):
    """An address of a list, where lists are taken. ``addresses``: those of its videos."""

    def __init__(self, message: str, addresses: list[str]) -> None:
        super().__init__(message)
        self.addresses = addresses


class Addresses:
    """Downloads into ``folder``, one after another, at the polite pace used for data sets (``dataset.youtube``).

    ``take_lists``: whether an address may be that of a playlist, a channel or a feed.
    """

    def __init__(
        self, folder: Path, say: Callable[[str], None], take_lists: bool = False, youtube: YouTube | None = None
    ) -> None:
        self._folder, self._say, self._take_lists = folder, say, take_lists
        self._youtube = youtube or YouTube()
        self._has_asked = False
        self._stopped: UnusableVideo | None = None

    def fetch(self, address: str) -> Path:
        """Return the file of an address.

        Raises ListOfVideos, and UnusableVideo, immediately if an earlier answer said to stop asking.
        """
        stem = f"{_slug(address)}-{result_key(address)[:6]}"
        kept = next(self._folder.glob(f"{stem}.*"), None)
        if kept:
            return kept
        if self._stopped:
            raise self._stopped
        if self._has_asked:
            time.sleep(random.uniform(self._youtube.shortest_pause_s, self._youtube.longest_pause_s))
        self._has_asked = True
        self._say(f"downloading {address}")
        return self._ask(address, stem)

    def _ask(self, address: str, stem: str) -> Path:
        # Imported late: yt-dlp takes a second to start.
        from signwild.stages.download.youtube import DownloadFailed, ListFound, fetch_address

        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=self._folder) as folder:
            try:
                fetched = fetch_address(address, self._youtube, Path(folder), ENDLESS_S)
                return fetched.path.rename(self._folder / f"{stem}{fetched.path.suffix}")
            except ListFound as found:
                if not self._take_lists:
                    raise self._refusal(found) from found
                raise self._listed(found) from found
            except DownloadFailed as failure:
                raise self._refusal(failure) from failure

    def _listed(self, found: "ListFound") -> ListOfVideos | UnusableVideo:
        """Return the exception for a list that is taken: what is in it, or why that cannot be read."""
        from signwild.stages.download.youtube import DownloadFailed

        try:
            addresses = found.addresses()
        except DownloadFailed as failure:
            return self._refusal(failure)
        return ListOfVideos(found.message, addresses) if addresses else UnusableVideo(found.status, found.message)

    def _refusal(self, failure: "DownloadFailed") -> UnusableVideo:
        """Return the exception for an address without a file; after some answers nothing more is asked."""
        remedy = LIST_REMEDY if failure.status == "list" else FAILURES[failure.status].remedy
        problem = UnusableVideo(failure.status, f"{failure.message}{remedy and f' ({remedy})'}")
        if FAILURES[failure.status].kind == "stop":
            self._stopped = problem
        return problem


def _slug(address: str) -> str:
    """Return the end of an address as a file's name: a YouTube id, or the part before the suffix."""
    end = re.sub(r"\.\w{2,4}$", "", address.rstrip("/").rpartition("/")[2].rpartition("v=")[2])
    return re.sub(r"[^\w-]+", "_", end)[-NAME_LENGTH:].strip("_") or "video"

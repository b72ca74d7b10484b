"""Videos at addresses: downloaded once by the data set's downloader, and kept."""

import random
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from signwild.base.digests import result_key
from signwild.base.errors import UnusableVideo
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.detector.blocks import ENDLESS_S
from signwild.stages.download.failures import FAILURES

NAME_LENGTH = 60
"""Length of the end of an address that is used in a file's name."""


class Addresses:
    """Downloads into ``folder``, one after another, at the polite pace used for data sets (``dataset.youtube``)."""

    def __init__(self, folder: Path, say: Callable[[str], None], youtube: YouTube | None = None) -> None:
        self._folder, self._say, self._youtube = folder, say, youtube or YouTube()
        self._has_asked = False
        self._stopped: UnusableVideo | None = None

    def fetch(self, address: str) -> Path:
        """Return the file of an address. Raises UnusableVideo, immediately if an earlier answer said to stop asking."""
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
        from signwild.stages.download.youtube import DownloadFailed, fetch_address

        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=self._folder) as folder:
            try:
                fetched = fetch_address(address, self._youtube, Path(folder), ENDLESS_S)
            except DownloadFailed as failure:
                remedy = FAILURES[failure.status].remedy
                problem = UnusableVideo(failure.status, f"{failure.message}{remedy and f' ({remedy})'}")
                if FAILURES[failure.status].kind == "stop":
                    self._stopped = problem
                raise problem from failure
            return fetched.path.rename(self._folder / f"{stem}{fetched.path.suffix}")


def _slug(address: str) -> str:
    """Return the end of an address as a file's name: a YouTube id, or the part before the suffix."""
    end = re.sub(r"\.\w{2,4}$", "", address.rstrip("/").rpartition("/")[2].rpartition("v=")[2])
    return re.sub(r"[^\w-]+", "_", end)[-NAME_LENGTH:].strip("_") or "video"

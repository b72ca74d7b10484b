"""Download of a shard's videos: every video gets a file, or a status with its reason."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError, UnusableVideo
from signwild.base.files import read_table, write_table
from signwild.cli.program import run_function
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.download.queue import DownloadQueue, is_open
from signwild.stages.download.status import DOWNLOAD_COLUMNS, OK, UNTRIED, DownloadFolder


@dataclass(frozen=True)
class Downloads:
    """Settings for downloading the videos of a data set.

    ``ask``: whether requests to YouTube are allowed; if not, only existing files are used. ``max_seconds``: how much
    of a video must be readable.
    """

    folder: DownloadFolder
    youtube: YouTube
    ask: bool
    max_seconds: float


def download_videos(
    dataset: Path,
    manifest: Path,
    folder: Path | None = None,
    youtube: YouTube | None = None,
    ask: bool = False,
    max_seconds: float | None = None,
) -> None:
    """Find or download the file of every video of a shard; a video without one gets a status with a reason.

    ``folder``: the folder of the data set, if videos without a local file may be downloaded; then ``youtube`` and
    ``max_seconds`` are needed. The rest is described by ``Downloads`` and ``download_shard``.
    """
    if folder and (youtube is None or max_seconds is None):
        raise InputError("--folder needs --youtube and --max-seconds too")
    downloads = Downloads(DownloadFolder(folder), youtube, ask, max_seconds) if folder else None
    download_shard(dataset, manifest, downloads, say=partial(print, flush=True))


def download_shard(
    dataset_table: Path, manifest: Path, downloads: Downloads | None, say: Callable[[str], None] = print
) -> None:
    """Write the manifest of a shard: file, sha256 and bytes of each available video, a reason for the others.

    A video with a local file is used unchanged. ``downloads``: for the others; None if all videos are local files,
    in which case status is ``ok``, ``missing`` or ``empty``. Raises InputError if no more requests may be made now.
    """
    videos = read_table(dataset_table).to_dict("records")
    elsewhere = [video["video_id"] for video in videos if not video["file"]]
    if downloads and downloads.ask:
        wanted = [video_id for video_id in elsewhere if is_open(downloads.folder.read(video_id))]
        if wanted:
            others = _count_open(dataset_table, downloads.folder) - len(wanted)
            DownloadQueue(downloads.folder, downloads.youtube, downloads.max_seconds, say).run(wanted, max(0, others))
    rows = []
    for video in videos:
        try:
            row = _local(video) if video["file"] or not downloads else _fetched(video["video_id"], downloads.folder)
            rows.append({**row, "status": OK, "reason": ""})
        except UnusableVideo as problem:
            if not downloads:  # the queue has reported it already, perhaps a year ago
                say(f'video "{video["video_id"]}": {problem}')
            rows.append({"video_id": video["video_id"], "status": problem.status, "reason": problem.reason})
    write_table(manifest, pd.DataFrame(rows, columns=DOWNLOAD_COLUMNS))


def _count_open(dataset_table: Path, folder: DownloadFolder) -> int:
    """Count the videos of all shards still to be requested; this only estimates the time left, so gaps do no harm."""
    width = len(dataset_table.stem)
    tables = [path for path in dataset_table.parent.glob("*.tsv") if path.stem.isdecimal() and len(path.stem) == width]
    known = folder.read_all()
    ids = [video for path in tables for video in read_table(path).query("file == ''")["video_id"]]
    return sum(is_open(known.get(video_id)) for video_id in ids)


def _local(video: dict[str, str]) -> dict[str, str]:
    """Return the row of a local file; raises UnusableVideo unless it still exists and is not empty."""
    file = Path(video["file"])
    if not video["sha256"] or not file.is_file():
        raise UnusableVideo("missing", f"no readable file {file}")
    if file.stat().st_size == 0:
        raise UnusableVideo("empty", f"the file {file} has no bytes")
    return video


def _fetched(video_id: str, folder: DownloadFolder) -> dict[str, str]:
    """Return the row of a requested video; raises UnusableVideo unless it was downloaded."""
    known = folder.read(video_id)
    if known is None:
        raise UnusableVideo(UNTRIED, "not requested, as dataset.download is false")
    if known.status != OK:
        # Time and tries are left out; the status file has them. An unchanged manifest makes nothing run again.
        raise UnusableVideo(known.status, known.message)
    return {"video_id": video_id, "file": str(folder.path(known)), "sha256": known.sha256, "bytes": str(known.bytes)}


if __name__ == "__main__":
    run_function(download_videos, lock="manifest")

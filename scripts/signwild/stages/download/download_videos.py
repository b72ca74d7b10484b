"""Every video gets a file, or a status with its reason."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from signwild.base.errors import UnusableVideo
from signwild.base.files import read_table, write_table
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.download.queue import DownloadQueue, is_open
from signwild.stages.download.status import DOWNLOAD_COLUMNS, OK, UNTRIED, DownloadFolder


@dataclass(frozen=True)
class Downloads:
    """Where the videos of a data set are fetched to, and how.

    ``ask``: whether YouTube may be asked; else what is there is all there is. ``max_seconds``: what must be readable
    of a video.
    """

    folder: DownloadFolder
    youtube: YouTube
    ask: bool
    max_seconds: float


def download_shard(
    dataset_table: Path, manifest: Path, downloads: Downloads | None, say: Callable[[str], None] = print
) -> None:
    """Write the manifest of a shard: file, sha256 and bytes of each video that is had, a reason for the others.

    A video with a local file is taken as it is. ``downloads``: for the others; None where all videos are local files,
    then status is ``ok``, ``missing`` or ``empty``. Raises InputError where nothing more may be asked for now.
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
            if not downloads:  # the queue has said it already, and may have done so a year ago
                say(f'video "{video["video_id"]}": {problem}')
            rows.append({"video_id": video["video_id"], "status": problem.status, "reason": problem.reason})
    write_table(manifest, pd.DataFrame(rows, columns=DOWNLOAD_COLUMNS))


def _count_open(dataset_table: Path, folder: DownloadFolder) -> int:
    """How many videos of all shards are still to be asked for: for the time left, so what is missing does no harm."""
    width = len(dataset_table.stem)
    tables = [path for path in dataset_table.parent.glob("*.tsv") if path.stem.isdecimal() and len(path.stem) == width]
    known = folder.read_all()
    ids = [video for path in tables for video in read_table(path).query("file == ''")["video_id"]]
    return sum(is_open(known.get(video_id)) for video_id in ids)


def _local(video: dict[str, str]) -> dict[str, str]:
    """The row of a local file; raises UnusableVideo unless it is still there and holds something."""
    file = Path(video["file"])
    if not video["sha256"] or not file.is_file():
        raise UnusableVideo("missing", f"no readable file {file}")
    if file.stat().st_size == 0:
        raise UnusableVideo("empty", f"the file {file} has no bytes")
    return video


def _fetched(video_id: str, folder: DownloadFolder) -> dict[str, str]:
    """The row of a video that was asked for; raises UnusableVideo unless it came."""
    known = folder.read(video_id)
    if known is None:
        raise UnusableVideo(UNTRIED, "never asked for; dataset.download is false")
    if known.status != OK:
        # Without time and tries, which its status has: a manifest that says the same makes nothing run again.
        raise UnusableVideo(known.status, known.message)
    return {"video_id": video_id, "file": str(folder.path(known)), "sha256": known.sha256, "bytes": str(known.bytes)}

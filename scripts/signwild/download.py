"""Every video gets a file, or a status with its reason."""

import logging
from pathlib import Path

import pandas as pd

from signwild.errors import UnusableVideo
from signwild.files import read_table, write_table

MANIFEST_COLUMNS = ["video_id", "status", "reason", "file", "sha256", "bytes"]

logger = logging.getLogger(__name__)


def locate_videos(dataset_table: Path, manifest: Path) -> None:
    """Write the manifest of a shard whose videos are local files.

    Status is ``ok``, ``missing`` or ``empty``; only ``ok`` has file, sha256 and bytes, the others have a reason.
    """
    rows = []
    for video in read_table(dataset_table).to_dict("records"):
        try:
            _check_local(video)
            rows.append({**video, "status": "ok", "reason": ""})
        except UnusableVideo as error:
            logger.warning('video "%s": %s', video["video_id"], error)
            rows.append({"video_id": video["video_id"], "status": error.status, "reason": error.reason})
    write_table(manifest, pd.DataFrame(rows, columns=MANIFEST_COLUMNS))


def _check_local(video: dict[str, str]) -> None:
    """Raise ``UnusableVideo`` unless the file that was listed for this video is still there and holds something."""
    file = Path(video["file"])
    if not video["sha256"] or not file.is_file():
        raise UnusableVideo("missing", f"no readable file {file}")
    if file.stat().st_size == 0:
        raise UnusableVideo("empty", f"the file {file} has no bytes")

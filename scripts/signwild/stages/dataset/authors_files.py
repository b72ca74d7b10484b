"""Files that describe the authors' data set, Signing in the Wild: where they are and how they are checked."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from signwild.base.errors import InputError
from signwild.base.files import write_table, written_whole

VIDEO_LIST = "Signing_in_the_Wild_video_urls.txt"
GROUNDTRUTH = "groundtruth.txt"

YOUTUBE_ID = r"[A-Za-z0-9_-]{11}"
LISTED = re.compile(
    r"https?://(?:www\.|m\.)?(?:youtube\.com/(?:watch\?(?:[^#\s]*&)?v=|shorts/|embed/|live/|v/)|youtu\.be/)"
    rf"({YOUTUBE_ID})(?![\w-])"
)

TIMEOUT_S = 30
TRIES = 3
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class SourceFile:
    """A file from the authors: its local path, and the git hash of its bytes."""

    path: Path
    blob: str


def git_blob(path: Path) -> str:
    """Return git's hash of a file's bytes: sha1 of ``blob``, the size, a zero byte and the bytes."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def source_files(folder: Path, list_blob: str, labels_blob: str) -> list[SourceFile]:
    """Return the list of videos and the labels, as files in the folder of the data set."""
    return [SourceFile(folder / VIDEO_LIST, list_blob), SourceFile(folder / GROUNDTRUTH, labels_blob)]


def fetch_source_files(files: list[SourceFile], url: str, receipt: Path) -> None:
    """Fetch the authors' files from ``url`` if they are missing, and list them in ``receipt``.

    Each is verified by its git hash. Raises InputError if one cannot be fetched or is another file.
    """
    for file in files:
        if not file.path.exists():
            _fetch(file, f"{url.rstrip('/')}/{file.path.name}")
    check_source_files(files)
    rows = [(str(file.path), file.blob, file.path.stat().st_size) for file in files]
    write_table(receipt, pd.DataFrame(rows, columns=["file", "blob", "bytes"]))


def check_source_files(files: list[SourceFile]) -> None:
    """Raise InputError if a file from the authors is missing or is another file."""
    for file in files:
        if not file.path.exists():
            raise InputError(f"{file.path}: is gone; delete source.tsv in the run's dataset/, and it is fetched again")
        if (blob := git_blob(file.path)) != file.blob:
            raise InputError(
                f"{file.path}: is not the authors' file: `git hash-object` gives {blob}, and dataset.source names "
                f"{file.blob}; move it away to have it fetched again, or correct list_blob or labels_blob if the file "
                "is right, or use `kind: folder` for labels of your own"
            )


def _fetch(file: SourceFile, address: str) -> None:
    print(f"fetching {address}", flush=True)
    with written_whole(file.path) as temporary:
        try:
            with requests.Session() as session:
                for scheme in ("http://", "https://"):
                    retry = Retry(TRIES, backoff_factor=1, status_forcelist=[429, 500, 502, 503, 504])
                    session.mount(scheme, HTTPAdapter(max_retries=retry))
                with session.get(address, stream=True, timeout=TIMEOUT_S) as response, temporary.open("wb") as stream:
                    response.raise_for_status()
                    for chunk in response.iter_content(CHUNK_BYTES):
                        stream.write(chunk)
        except requests.RequestException as error:
            raise InputError(
                f"{address}: could not be fetched ({error}); put the file at {file.path} by other means (its git blob "
                f"id is {file.blob}), or name a mirror as dataset.source.url"
            ) from error
        if (blob := git_blob(temporary)) != file.blob:
            raise InputError(
                f"{address}: returned another file: its git blob id is {blob}, that of the authors' file {file.blob}; "
                "check dataset.source.url, or try again"
            )


def read_video_list(path: Path) -> list[str]:
    """Read the ids in a list of YouTube addresses, one per line, in order, each once; bad lines raise InputError."""
    ids: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        match = LISTED.fullmatch(line.strip())
        if not match:
            raise InputError(
                f'{path}:{number}: "{line.strip()}" is not the address of a YouTube video; correct this line'
            )
        ids.append(match[1])
    unique = list(dict.fromkeys(ids))
    print(f"{path}: {len(ids):,} addresses of {len(unique):,} videos", flush=True)
    return unique

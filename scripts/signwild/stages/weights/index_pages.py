"""Files that a package index lists for a project: pages in HTML (PEP 503) or JSON (PEP 691), and folders of files."""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit, urlunsplit
from urllib.request import url2pathname

import requests
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from signwild.stages.weights.pip_settings import PipSettings

JSON_FORM = "application/vnd.pypi.simple.v1+json"
ACCEPTED = f"{JSON_FORM}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

TRIES = 3
BUSY = [429, 500, 502, 503, 504]
"""HTTP statuses after which a request is repeated."""


@dataclass(frozen=True)
class Link:
    """A file of a project: its name, its address, and the sha256 that the index gives (may be empty)."""

    name: str
    address: str
    sha256: str


class IndexReader:
    """Reader of package indexes by pip's settings. Addresses may hold a user and a password; messages never do."""

    def __init__(self, settings: PipSettings) -> None:
        self._settings = settings
        self._session = requests.Session()
        self._users: dict[str, tuple[str, str]] = {}
        for scheme in ("http://", "https://"):
            retry = Retry(TRIES, backoff_factor=1, status_forcelist=BUSY)
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def of_index(self, index: str, project: str) -> list[Link]:
        """Return the files of a project in an index; raises OSError if its page is not available."""
        return self._page(f"{self._without_user(index).rstrip('/')}/{canonicalize_name(project)}/")

    def of_find_links(self, place: str) -> list[Link]:
        """Return the files that a folder holds, or that a page links to; raises OSError if it is not available."""
        path = local_path(place)
        if path is not None and path.is_dir():
            return [Link(file.name, str(file), "") for file in sorted(path.iterdir()) if file.is_file()]
        return self._page(self._without_user(place))

    def open(self, address: str) -> requests.Response:
        """Return a response with its body still unread; raises requests.RequestException, also for an error status."""
        settings = self._settings
        response = self._session.get(
            address,
            stream=True,
            # As pip does: a .tar.gz that a server declares as gzip-encoded content would be decompressed.
            headers={"Accept": ACCEPTED, "Accept-Encoding": "identity"},
            auth=self._users.get(urlsplit(address).netloc),
            timeout=settings.timeout_s,
            proxies={"http": settings.proxy, "https": settings.proxy} if settings.proxy else None,
            verify=settings.verification(address),
            cert=settings.client_certificate or None,
        )
        response.raise_for_status()
        return response

    def _page(self, address: str) -> list[Link]:
        path = local_path(address)
        if path is not None:
            page = path / "index.html" if path.is_dir() else path
            return _html_links(page.read_text(encoding="utf-8"), address)
        with self.open(address) as response:
            if response.headers.get("Content-Type", "").startswith(JSON_FORM):
                return _json_links(response.text, response.url)
            return _html_links(response.text, response.url)

    def _without_user(self, address: str) -> str:
        """Return the address without user and password, which are kept for further requests to its host."""
        parts = urlsplit(address)
        user, at, host = parts.netloc.rpartition("@")
        if at:
            name, _, password = user.partition(":")
            self._users[host] = (unquote(name), unquote(password))
        return urlunsplit(parts._replace(netloc=host))


def shown_address(address: str) -> str:
    """Return an address as messages show it, without user and password."""
    return re.sub(r"(?<=//)[^/@]*@", "", address)


def local_path(address: str) -> Path | None:
    """Return the path if an address is a file or folder on this machine; None for a network address."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    return None if parts.scheme in ("http", "https") else Path(address).expanduser()


def is_release(file_name: str, project: str, version: str) -> bool:
    """Return whether a file, by its name, is a wheel or source package of this version of a project."""
    parse = parse_wheel_filename if file_name.endswith(".whl") else parse_sdist_filename
    try:
        name, found = parse(file_name)[:2]
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion):
        return False
    return (name, found) == (canonicalize_name(project), Version(version))


def _json_links(text: str, base: str) -> list[Link]:
    """Return the links of a JSON page; raises OSError if it is not one."""
    try:
        return [
            Link(file["filename"], urljoin(base, file["url"]), file["hashes"].get("sha256", ""))
            for file in json.loads(text)["files"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OSError(f"its page is not that of a package index ({error!r})") from error


def _html_links(text: str, base: str) -> list[Link]:
    parser = _Anchors()
    parser.feed(text)
    links = []
    for reference in parser.references:
        address, fragment = urldefrag(urljoin(parser.base or base, reference))
        digest = re.search(r"(?:^|&)sha256=([0-9a-f]{64})", fragment)
        name = unquote(urlsplit(address).path.rsplit("/", 1)[-1])
        links.append(Link(name, address, digest[1] if digest else ""))
    return links


class _Anchors(HTMLParser):
    """Parser that collects the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record the address in a tag."""
        reference = dict(attrs).get("href")
        if reference and tag == "a":
            self.references.append(reference)
        elif reference and tag == "base" and not self.base:
            self.base = reference

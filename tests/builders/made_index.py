"""A package index in a folder, served on 127.0.0.1, and a pip that knows no other index."""

import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from made_server import Server, serving

from signwild.base.digests import file_sha256


class Index:
    """A served folder: ``files/`` contains packages, ``simple/{project}/`` the page that lists them."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.folder = server.folder
        (self.folder / "files").mkdir(parents=True, exist_ok=True)

    @property
    def address(self) -> str:
        """Address for PIP_INDEX_URL."""
        return f"{self.server.address}/simple"

    def add(self, project: str, name: str, content: bytes, digest: str | None = None) -> Path:
        """Add a file and list it with its sha256, or with ``digest``; an empty digest is left out."""
        file, page = self.folder / "files" / name, self.folder / "simple" / project / "index.html"
        file.write_bytes(content)
        page.parent.mkdir(parents=True, exist_ok=True)
        digest = file_sha256(file) if digest is None else digest
        with page.open("a") as stream:
            stream.write(f'<a href="../../files/{name}{f"#sha256={digest}" if digest else ""}">{name}</a>\n')
        return file


@contextmanager
def made_index(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Index]:
    """Serve an index for the duration of the context; pip in this process and its children knows only this one."""
    with serving(folder) as server:
        index = Index(server)
        know_only(index.address, patch)
        yield index


def know_only(address: str, patch: pytest.MonkeyPatch, **options: str) -> None:
    """Let pip know only one index, and set the variables in ``options``, such as PIP_PROXY."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        patch.delenv(name)
    for name, value in {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": address, **options}.items():
        patch.setenv(name, value)


def source_package(files: dict[str, bytes]) -> bytes:
    """Return a .tar.gz of files, given by their paths."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()

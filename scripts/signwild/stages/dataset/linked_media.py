"""What an .eaf file says of its linked media: their addresses as paths, and where they begin."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from signwild.base.errors import InputError
from signwild.stages.dataset.eaf_file import AGAIN


def with_pictures(media: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """Return the linked files that are no audio files; all, if nothing else is linked."""
    return [one for one in media if not one.get("MIME_TYPE", "").startswith("audio/")] or media


def plain_path(address: str) -> str:
    """Return an address as a path; ELAN writes ``./a.mp4``, ``file:///data/a.mp4`` and formerly ``file:/./a.mp4``."""
    text = re.sub(r"^file:/*(?=\.\.?/)", "", address.replace("\\", "/"))
    return re.sub(r"^file:/*", "/", text)


def time_origin(path: Path, name: Path | str, media: Mapping[str, str]) -> int:
    """Return the moment of a linked file, in milliseconds, that is time 0 of the .eaf file ``path``.

    ``name``: the linked file, for the InputError that is raised if this is no number.
    """
    origin = media.get("TIME_ORIGIN", "0")
    if not re.fullmatch(r"-?\d+", origin):
        raise InputError(f'{path}: TIME_ORIGIN "{origin}" of {name} is not a whole number of milliseconds; {AGAIN}')
    return int(origin)

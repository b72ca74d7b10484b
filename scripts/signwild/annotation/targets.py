"""Which .eaf files get proposals, and which video each is about."""

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote
from xml.parsers.expat import ExpatError, ParserCreate

from signwild.base.errors import InputError
from signwild.stages.dataset.eaf_file import AGAIN
from signwild.stages.dataset.elan_reader import SUFFIX
from signwild.stages.dataset.linked_media import plain_path, time_origin, with_pictures
from signwild.stages.dataset.names_on_disk import NamesOnDisk
from signwild.stages.detector.kept_results import absolute
from signwild.video.files import file_size, files_under, is_shown_video

PART = 4096
"""Bytes that are read at once to find the header of an .eaf file."""


@dataclass(frozen=True)
class Target:
    """An .eaf file that gets proposals, which may not be there yet, its video, and its TIME_ORIGIN."""

    eaf: Path
    video: Path
    origin_ms: int = 0


def find_targets(names: Iterable[str], out: Path, fault: Callable[[str], None]) -> list[Target]:
    """Return what files, folders and patterns stand for: .eaf files, and videos, which have an .eaf file beside them.

    ``out``: a folder of results, in which no .eaf file is looked for. ``fault`` is called with a message for each file
    that cannot be used. Raises InputError for a name without any .eaf file or video.
    """
    eafs, videos = _named(names, absolute(out))
    beside = {video: video.with_suffix(SUFFIX) for video in videos}
    eafs |= {absolute(path): path for path in beside.values() if path.exists()}
    by_name: dict[str, list[Path]] = {}
    for video in videos:
        by_name.setdefault(video.name, []).append(video)
    targets, disk = {}, NamesOnDisk()
    for path in eafs.values():
        try:
            targets[absolute(path)] = _target(path, by_name, disk)
        except InputError as error:
            targets[absolute(path)] = None
            fault(str(error))
    linked = {absolute(target.video) for target in targets.values() if target}
    for video, path in beside.items():
        other = targets.get(absolute(path))
        if absolute(video) in linked or (absolute(path) in targets and other is None):
            continue
        if other is not None:
            fault(
                f"{video}: the file beside it, {path}, is linked to {other.video}, which is another one; rename the "
                "video, or link it in ELAN (Edit, Linked Files)"
            )
        else:
            targets[absolute(path)] = Target(path, video)
    return [target for target in targets.values() if target]


def _named(names: Iterable[str], out: Path) -> tuple[dict[Path, Path], list[Path]]:
    """Return the .eaf files, by their absolute paths, and the videos that names stand for, each once."""
    eafs: dict[Path, Path] = {}
    videos: dict[Path, Path] = {}
    for name in names:
        # Brackets may be part of a file's name. Path.glob takes no absolute pattern.
        paths = [name] if Path(name).exists() else sorted(glob.glob(name, recursive=True))  # noqa: PTH207
        found = [file for path in paths for file in _files(Path(path))]
        if not found:
            raise InputError(
                f"{name}: there is no .eaf file and no video; name files, folders that contain some, or a pattern"
            )
        for file in found:
            full = absolute(file)
            if out not in full.parents:
                (eafs if _is_eaf(file) else videos)[full] = file
    return eafs, list(videos.values())


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from sorted(
        file for file in files_under(path) if is_shown_video(file) or (_is_eaf(file) and file.name[0] != ".")
    )


def _is_eaf(path: Path) -> bool:
    return path.suffix.lower() == SUFFIX


def origin_of(path: Path, media: Sequence[Mapping[str, str]]) -> int:
    """Return the TIME_ORIGIN of the linked video of an .eaf file that is there; of the first one if none is."""
    media = with_pictures(media)
    there = next(_there(path, media, NamesOnDisk()), None)
    if there:
        return time_origin(path, *there)
    return time_origin(path, "the linked file", media[0]) if media else 0


def _there(path: Path, media: Sequence[Mapping[str, str]], disk: NamesOnDisk) -> Iterator[tuple[Path, Mapping]]:
    """Yield the linked videos of an .eaf file that are there, with their links."""
    for one in media:
        for place in _places(path, one):
            video = disk.actual(place)
            if file_size(video) is not None:
                yield video, one


def _target(path: Path, by_name: Mapping[str, list[Path]], disk: NamesOnDisk) -> Target:
    """Return an .eaf file with its video: where its links lead, else beside it, else the one given of its name."""
    media = with_pictures(_linked_media(path))
    for video, one in _there(path, media, disk):
        return Target(path, video, time_origin(path, video, one))
    for one in media:
        named = {absolute(video): video for place in _places(path, one) for video in by_name.get(place.name, [])}
        if len(named) == 1:
            (video,) = named.values()
            return Target(path, video, time_origin(path, video, one))
    if not media:
        raise InputError(f"{path}: is linked to no video; link it in ELAN (Edit, Linked Files)")
    looked_at = dict.fromkeys(str(place) for one in media for place in _places(path, one))
    raise InputError(
        f"{path}: its video is not at {', '.join(looked_at)}; put it there, name it as well, or open the file in ELAN, "
        "which asks for it, and save"
    )


def _places(path: Path, media: Mapping[str, str]) -> Iterator[Path]:
    """Yield where a linked file may be: by its relative address, by its address, and beside the .eaf file."""
    addresses = [media[key] for key in ("RELATIVE_MEDIA_URL", "MEDIA_URL") if media.get(key)]
    plain = [plain_path(text) for address in addresses for text in dict.fromkeys((address, unquote(address)))]
    for text in plain:
        yield Path(os.path.normpath(path.parent / text))
    yield from (path.parent / name for name in dict.fromkeys(Path(text).name for text in plain) if name)


def _linked_media(path: Path) -> list[dict[str, str]]:
    """Return the attributes of each linked file, from the beginning of an .eaf file."""
    media, ended = [], []

    def note_start(name: str, attributes: dict[str, str]) -> None:
        if name == "MEDIA_DESCRIPTOR":
            media.append(attributes)

    def note_end(name: str) -> None:
        if name == "HEADER":
            ended.append(name)

    # Not ElementTree's parsers: one that is not fed to its end keeps memory until the next collection of garbage.
    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = note_start, note_end
    try:
        with path.open("rb") as file:
            while not ended:
                part = file.read(PART)
                parser.Parse(part, not part)
                if not part:
                    break
    except (ExpatError, ValueError, LookupError, OSError) as error:
        raise InputError(f"{path}: is not an .eaf file ({type(error).__name__}: {error}); {AGAIN}") from None
    if not ended:
        raise InputError(f"{path}: is not an .eaf file (XML of another kind); {AGAIN}")
    return media

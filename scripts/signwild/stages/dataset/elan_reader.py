"""Labels from ELAN: an .eaf file for each video, with tiers whose annotations are the spans of a class."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from signwild.base.errors import InputError
from signwild.base.notes import Note
from signwild.base.text import lines_below, suggestion, text_fault
from signwild.configuration.sections.dataset import Overlap, Tiers
from signwild.stages.dataset.eaf_file import EafFile
from signwild.stages.dataset.labels import Labels, labels_of, second_rows
from signwild.stages.dataset.linked_media import plain_path, time_origin, with_pictures
from signwild.stages.dataset.names_on_disk import NamesOnDisk, composed
from signwild.stages.dataset.spans import Span, without_overlaps
from signwild.video.files import file_size, files_under

SUFFIX = ".eaf"


def is_elan(labels: Path) -> bool:
    """Return whether labels are ELAN's: a folder, or a file whose name ends in ``.eaf``."""
    return labels.is_dir() or labels.suffix.lower() == SUFFIX


def eaf_files(labels: Path) -> list[Path]:
    """Return the given .eaf file, or all in a folder and below it, sorted and without hidden ones.

    Raises InputError if there is none.
    """
    if not labels.is_dir():
        if not labels.is_file():
            raise InputError(f"{labels}: no such file of labels; check `dataset.labels`")
        return [labels]
    # A Mac leaves hidden files of the same suffix on shared disks.
    names = (path for path in files_under(labels) if path.suffix.lower() == SUFFIX and not path.name.startswith("."))
    if not (found := sorted(names)):
        raise InputError(f"{labels}: there is no .eaf file in this folder; check `dataset.labels`")
    return found


@dataclass(frozen=True)
class _Read:
    """What one .eaf file says of its video; ``empty``: the number of its annotations that last no time."""

    file: str
    person: str
    source: str
    spans: list[Span]
    empty: int


def read_eaf_labels(labels: Path, videos_dir: Path, tiers: Tiers, overlap: Overlap) -> Labels:
    """Read the labels in one .eaf file, or in all of a folder; each file is a video with the same name.

    ``videos_dir``: where linked media are looked for. ``overlap``: what becomes of moments with two classes, see
    ``without_overlaps``. Files whose tiers are still empty are noted and left out, as are annotations that last no
    time. Raises InputError that lists all files that cannot be read, have no such tier, or share a name.
    """
    places: dict[str, Path] = {}
    read, faults = {}, []
    disk, paths = NamesOnDisk(), eaf_files(labels)
    for path in paths:
        try:
            if (other := places.setdefault(path.stem, path)) != path:
                raise InputError(
                    f'{path}: video "{path.stem}" has another .eaf file, {other}; keep or rename one of them'
                )
            read[path] = _read_file(path, labels, videos_dir, tiers, disk)
        except InputError as fault:
            faults.append(str(fault))
    if faults:
        many = f"{labels}: {len(faults):,} of {len(paths):,} .eaf files cannot be used:"
        raise InputError(faults[0] if len(faults) == 1 else many + lines_below(faults))
    return _labels_of_files(labels, read, tiers, overlap)


def _labels_of_files(labels: Path, read: Mapping[Path, _Read], tiers: Tiers, overlap: Overlap) -> Labels:
    annotated = {path: one for path, one in read.items() if one.spans}
    if not annotated:
        raise InputError(
            f"{labels}: nothing is annotated on the tiers {', '.join(tiers.classes())}; "
            "annotate in ELAN and save, or name other tiers as dataset.tiers"
        )
    unused = {
        ".eaf files without annotations on the tiers that are read, left out": [
            str(path) for path in read.keys() - annotated.keys()
        ],
        "annotations that last no time, left out": [str(path) for path, one in read.items() for _ in range(one.empty)],
    }
    spans = without_overlaps({path.stem: one.spans for path, one in annotated.items()}, overlap, labels)
    return labels_of(
        labels,
        [(path.stem, one.file, one.person, one.source, str(path), 0, 0) for path, one in annotated.items()],
        second_rows(spans),
        [Note(what, sorted(names)) for what, names in unused.items() if names],
    )


def _read_file(path: Path, labels: Path, videos_dir: Path, tiers: Tiers, disk: NamesOnDisk) -> _Read:
    """Read one .eaf file; raises InputError for the first thing in it that cannot be used."""
    _check_text(path, "the name", path.stem)
    eaf = EafFile(path)
    classes = tiers.classes()
    times = {tier: list(eaf.times(tier)) for tier in _tiers_in(path, eaf, classes)}
    file, origin = _linked_media(path, eaf, videos_dir, disk)
    spans, empty = _spans(path, times, classes, origin)
    person = _participant(eaf, {tier for tier, own in times.items() if own})
    source = _source(path, labels)
    for name, text in (("the linked file", file), ("the participant", person), ("the folder's name", source)):
        _check_text(path, name, text)
    return _Read(file, person, source, spans, empty)


def _spans(
    path: Path, times: Mapping[str, list[tuple[float, float]]], classes: Mapping[str, str], origin: int
) -> tuple[list[Span], int]:
    """Return spans in seconds of the linked file, and the number of annotations that last no time.

    ``times``: start and end of each tier's annotations in milliseconds of ELAN, which begin at the file's ``origin``.
    """
    spans, empty = [], 0
    for tier, own in times.items():
        for number, (start, end) in enumerate(own, start=1):
            which = f'{path}: annotation {number} of tier "{tier}"'
            if end < start:
                raise InputError(f"{which} ends at {end / 1000} s, but starts at {start / 1000} s; correct it in ELAN")
            if start + origin < 0:
                raise InputError(
                    f"{which} starts at {start / 1000} s, before the video, whose TIME_ORIGIN is {origin} ms; shorten "
                    "it, or correct the offset of the video in ELAN"
                )
            if start < end:
                place = f'{path}, tier "{tier}"'
                spans.append(Span((start + origin) / 1000, (end + origin) / 1000, classes[tier], place))
            else:
                empty += 1
    return spans, empty


def _tiers_in(path: Path, eaf: EafFile, classes: Mapping[str, str]) -> list[str]:
    """Return the tiers of ``classes`` that a file has; raises InputError if it has none."""
    names = list(eaf.participants)
    wanted = [name for name in names if name in classes]
    if not wanted:
        hint = next(filter(None, (suggestion(name, names) for name in classes)), "")
        has = f"it has {', '.join(names)}{hint}" if names else "it has no tier at all"
        raise InputError(
            f"{path}: has none of the tiers {', '.join(classes)}; {has}; rename tiers in ELAN, or name those that it "
            "has as dataset.tiers"
        )
    return wanted


def _participant(eaf: EafFile, tiers: set[str]) -> str:
    """Return the one person that all of these tiers are about; empty if there are several or nobody is named."""
    persons = {eaf.participants[tier] for tier in tiers}
    return persons.pop() if len(persons) == 1 else ""


def _source(path: Path, labels: Path) -> str:
    """Return the name of the folder directly below ``labels`` that holds a file, however deep; empty if none does."""
    above = path.relative_to(labels).parts[:-1] if labels.is_dir() else ()
    return above[0] if above else ""


def _linked_media(path: Path, eaf: EafFile, videos_dir: Path, disk: NamesOnDisk) -> tuple[str, int]:
    """Return the linked file relative to ``videos_dir``, and its origin in milliseconds; empty and 0 without one.

    Of several files, the first that exists is taken, else the first. Audio counts only if nothing else is linked.
    """
    named = [(name, media) for media in with_pictures(eaf.media) for name in _names(path, media, videos_dir)]
    if not named:
        return "", 0
    name, media = next((one for one in named if file_size(disk.actual(videos_dir / one[0])) is not None), named[0])
    return name, time_origin(path, name, media)


def _names(path: Path, media: Mapping[str, str], videos_dir: Path) -> Iterator[str]:
    """Yield a linked file's possible names relative to ``videos_dir``: where its addresses lead, then its bare name."""
    addresses = [media[key] for key in ("RELATIVE_MEDIA_URL", "MEDIA_URL") if media.get(key)]
    plain = [plain_path(text) for address in addresses for text in dict.fromkeys((address, unquote(address)))]
    for text in plain:
        for resolve in (os.path.abspath, os.path.realpath):
            file, folder = (Path(composed(resolve(place))) for place in (path.parent / text, videos_dir))
            if folder in file.parents:
                yield str(file.relative_to(folder))
    yield from (name for text in plain if (name := Path(text).name) not in ("", ".."))


def _check_text(path: Path, name: str, text: str) -> None:
    if fault := text_fault(name, text):
        raise InputError(f"{path}: {fault}")

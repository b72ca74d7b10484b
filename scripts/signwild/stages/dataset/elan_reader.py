"""Labels from ELAN: an .eaf file for each video, with tiers whose annotations are the spans of a class."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from pympi.Elan import Eaf

from signwild.base.errors import InputError
from signwild.base.text import suggestion, text_fault
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.labels import Labels, labels_of
from signwild.video.files import file_size, files_under

SUFFIX = ".eaf"
AGAIN = "open it in ELAN and save it again, or take it out of the labels"


@dataclass(frozen=True, order=True)
class Span:
    """Part of a video with one label, in whole milliseconds: start <= time < end. ``tier`` is the tier of its end."""

    start: int
    end: int
    label: str
    tier: str = ""

    @property
    def seconds(self) -> str:
        """Text of the span in seconds, for messages."""
        return f"{self.start / 1000}-{self.end / 1000} s"


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


def read_eaf_labels(labels: Path, videos_dir: Path, tiers: Tiers) -> Labels:
    """Read the labels in one .eaf file, or in all of a folder; each file is a video with the same name.

    ``videos_dir``: where linked media are looked for. A file whose tiers are still empty is reported and left out.
    Raises InputError for a file that cannot be read or has no such tier, for two files of one name, and for spans of
    two classes at the same time.
    """
    places: dict[str, Path] = {}
    videos, rows, empty = [], [], []
    for path in eaf_files(labels):
        video_id = path.stem
        _check_text(path, "the name", video_id)
        if (other := places.setdefault(video_id, path)) != path:
            raise InputError(f'{path}: video "{video_id}" has another .eaf file, {other}; keep or rename one of them')
        eaf = read_eaf(path)
        spans = list(_annotations(path, eaf, tiers.classes()))
        if not spans:
            empty.append(path)
            continue
        file, origin = _linked_media(path, eaf, videos_dir)
        person = _participant(eaf, {span.tier for span in spans})
        source = _source(path, labels)
        for name, text in (("the linked file", file), ("the participant", person), ("the folder's name", source)):
            _check_text(path, name, text)
        videos.append((video_id, file, person, source, str(path), 0, 0))
        rows += [(video_id, "seconds", *_in_media_time(path, span, origin), span.label) for span in merged(path, spans)]
    if empty:
        names = ", ".join(str(path) for path in empty)
        print(f"{len(empty):,} .eaf files have no annotation on the tiers that are read: left out: {names}", flush=True)
    if not videos:
        raise InputError(
            f"{labels}: nothing is annotated on the tiers {', '.join(tiers.classes())}; "
            "annotate in ELAN and save, or name other tiers as dataset.tiers"
        )
    return labels_of(labels, videos, rows)


def read_eaf(path: Path) -> Eaf:
    """Open an .eaf file of any version; raises InputError if it is not one."""
    try:
        eaf = Eaf(path, suppress_version_warning=True)
    except Exception as error:  # pympi raises whatever it stumbles upon, or Exception itself
        cause = error.__context__ or error
        raise InputError(f"{path}: is not an .eaf file ({type(cause).__name__}: {cause}); {AGAIN}") from error
    units = eaf.header.get("TIME_UNITS", "milliseconds")
    if units != "milliseconds":
        raise InputError(f"{path}: its times are in {units}, not in milliseconds; {AGAIN}")
    return eaf


def merged(path: Path, spans: Iterable[Span]) -> list[Span]:
    """Return the spans by time, merging overlaps of one label; raises InputError if two labels overlap.

    ``path``: the file that they come from, for messages.
    """
    found: list[Span] = []
    for span in sorted(spans):
        last = found[-1] if found else None
        if last is None or last.end <= span.start:
            found.append(span)
        elif last.label != span.label:
            raise InputError(
                f'{path}: {span.label} on tier "{span.tier}" at {span.seconds} overlaps {last.label} on tier '
                f'"{last.tier}" at {last.seconds}; a moment has one label, so shorten one in ELAN'
            )
        elif last.end < span.end:
            found[-1] = Span(last.start, span.end, span.label, span.tier)
    return found


def _annotations(path: Path, eaf: Eaf, classes: Mapping[str, str]) -> Iterator[Span]:
    """Yield the annotations on the tiers of ``classes`` (class by tier); raises InputError if no such tier exists."""
    names = list(eaf.get_tier_names())
    wanted = [name for name in names if name in classes]
    if not wanted:
        hint = next(filter(None, (suggestion(name, names) for name in classes)), "")
        has = f"it has {', '.join(names)}{hint}" if names else "it has no tier at all"
        raise InputError(
            f"{path}: has none of the tiers {', '.join(classes)}; {has}; rename tiers in ELAN, or name those that it "
            "has as dataset.tiers"
        )
    for tier in wanted:
        try:
            found = eaf.get_annotation_data_for_tier(tier)
        except KeyError as error:
            raise InputError(
                f'{path}: tier "{tier}" refers to {error}, which has no annotation or time; {AGAIN}'
            ) from None
        for number, (start, end, *_) in enumerate(found, start=1):
            which = f'{path}: annotation {number} of tier "{tier}"'
            if start is None or end is None:
                raise InputError(f"{which} has no times of its own; align it in ELAN, or delete it")
            if end <= start:
                raise InputError(f"{which} ends at {end / 1000} s, but starts at {start / 1000} s; correct it in ELAN")
            yield Span(start, end, classes[tier], tier)


def _participant(eaf: Eaf, tiers: set[str]) -> str:
    """Return the one person that all of these tiers are about; empty if there are several or nobody is named."""
    persons = {eaf.get_parameters_for_tier(tier).get("PARTICIPANT", "") for tier in tiers}
    return persons.pop() if len(persons) == 1 else ""


def _source(path: Path, labels: Path) -> str:
    """Return the name of the folder directly below ``labels`` that holds a file, however deep; empty if none does."""
    above = path.relative_to(labels).parts[:-1] if labels.is_dir() else ()
    return above[0] if above else ""


def _in_media_time(path: Path, span: Span, origin: int) -> tuple[str, str]:
    """Return start and end in seconds of the linked file; ELAN's time begins at its ``origin`` in milliseconds."""
    if span.start + origin < 0:
        raise InputError(
            f'{path}: {span.label} on tier "{span.tier}" at {span.seconds} starts before the video, whose TIME_ORIGIN '
            f"is {origin} ms; shorten it, or correct the offset of the video in ELAN"
        )
    return repr((span.start + origin) / 1000), repr((span.end + origin) / 1000)


def _linked_media(path: Path, eaf: Eaf, videos_dir: Path) -> tuple[str, int]:
    """Return the linked file relative to ``videos_dir``, and its origin in milliseconds; empty and 0 without one.

    Of several files, the first that exists is taken, else the first. Audio counts only if nothing else is linked.
    """
    linked = eaf.get_linked_files()
    shown = [media for media in linked if not media.get("MIME_TYPE", "").startswith("audio/")]
    named = [(name, media) for media in shown or linked for name in _names(path, media, videos_dir)]
    if not named:
        return "", 0
    name, media = next((one for one in named if file_size(videos_dir / one[0]) is not None), named[0])
    origin = media.get("TIME_ORIGIN", "0")
    if not re.fullmatch(r"-?\d+", origin):
        raise InputError(f'{path}: TIME_ORIGIN "{origin}" of {name} is not a whole number of milliseconds; {AGAIN}')
    return name, int(origin)


def _names(path: Path, media: Mapping[str, str], videos_dir: Path) -> Iterator[str]:
    """Yield a linked file's possible names relative to ``videos_dir``: where its addresses lead, then its bare name."""
    addresses = [media[key] for key in ("RELATIVE_MEDIA_URL", "MEDIA_URL") if media.get(key)]
    plain = [_plain(text) for address in addresses for text in dict.fromkeys((address, unquote(address)))]
    for text in plain:
        for resolve in (os.path.abspath, os.path.realpath):
            file, folder = Path(resolve(path.parent / text)), Path(resolve(videos_dir))
            if folder in file.parents:
                yield str(file.relative_to(folder))
    yield from (name for text in plain if (name := Path(text).name) not in ("", ".."))


def _plain(address: str) -> str:
    """Return an address as a path; ELAN writes ``./a.mp4``, ``file:///data/a.mp4`` and formerly ``file:/./a.mp4``."""
    text = re.sub(r"^file:/*(?=\.\.?/)", "", address.replace("\\", "/"))
    return re.sub(r"^file:/*", "/", text)


def _check_text(path: Path, name: str, text: str) -> None:
    if fault := text_fault(name, text):
        raise InputError(f"{path}: {fault}")

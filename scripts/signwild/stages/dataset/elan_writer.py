"""Files for ELAN: a video's segments as annotations on one tier per class, and templates without annotations."""

import os
from collections.abc import Iterable, Mapping
from mimetypes import MimeTypes
from pathlib import Path
from xml.etree.ElementTree import ElementTree

import pandas as pd
from pympi.Elan import Eaf, to_adocument

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import is_short_enough, written_whole
from signwild.base.milliseconds import milliseconds
from signwild.base.text import text_fault
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.elan_reader import SUFFIX
from signwild.stages.dataset.spans import Span, merged

DATE = "1970-01-01T00:00:00+00:00"
"""The date that ELAN requires, always the same so that the same segments give the same bytes."""

ANY_VIDEO = "video/*"
"""ELAN's type for a video whose type has no specific name."""

ANNOTATION_COLUMNS = ["start_s", "end_s", "label"]


def write_templates(videos: Iterable[Path], folder: Path, tiers: Tiers | None = None) -> tuple[list[Path], list[Path]]:
    """Write an .eaf file with empty tiers into ``folder`` for each video, named after the video.

    ``tiers``: those of each class, by default of its own name.
    Returns the files that were written, and those that already existed and stay unchanged. Raises InputError,
    before anything is written, if two videos have the same name, or one too long a name.
    """
    sources: dict[Path, Path] = {}
    for video in videos:
        path = folder / f"{video.stem}{SUFFIX}"
        if not is_short_enough(path.name):
            raise InputError(f"{video}: its name with {SUFFIX} is longer than a file's name can be; shorten it")
        if (other := sources.setdefault(path, video)) != video:
            raise InputError(f"{video}: would share {path} with {other}; rename one, or give them two folders")
    there = [path for path in sources if path.exists()]
    written = [path for path in sources if path not in there]
    for path in written:
        write_eaf(path, sources[path], pd.DataFrame(columns=ANNOTATION_COLUMNS), author="", tiers=tiers)
    return written, there


def write_eaf(
    path: Path,
    video: Path,
    segments: pd.DataFrame,
    author: str,
    more: Mapping[str, pd.DataFrame] | None = None,
    tiers: Tiers | None = None,
) -> None:
    """Write an .eaf file of a video, completely or not at all: a tier for each class, always in class order.

    ``segments``: start_s, end_s (seconds of the video, float) and label (one of CLASSES), in any order; empty for a
    template. ``more``: start_s and end_s of annotations on further tiers, by their names. ``tiers``: those of each
    class, by default of its own name; the first has the segments. Times are rounded to milliseconds; overlapping
    segments of one label are merged, and segments shorter than a millisecond dropped. The same input gives the same
    bytes. Raises InputError for a name that no XML file can hold.
    """
    texts = [("the video", str(video)), ("the author", author)]
    # A tier's name may end in a space, as ELAN allows it.
    texts += [("the tier", name.strip()) for name in (*(tiers or Tiers()).classes(), *(more or {}))]
    for name, text in texts:
        if fault := text_fault(name, text):
            raise InputError(f"{path}: {fault}")
    spans: dict[str, list[Span]] = {}
    for label in CLASSES:
        own = segments[segments["label"] == label]
        for place, name in enumerate(getattr(tiers or Tiers(), label)):
            spans[name] = _spans(own[:0] if place else own, name)
    spans |= {name: _spans(own, name) for name, own in (more or {}).items()}
    eaf = Eaf(author=author)
    eaf.adocument["DATE"] = DATE
    eaf.header = {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"}
    absolute, folder = (os.path.normpath(place.absolute()) for place in (video, path.parent))
    eaf.add_linked_file(
        f"file://{absolute}",
        relpath=_relative(absolute, folder),
        mimetype=MimeTypes().guess_type(video.name)[0] or ANY_VIDEO,
    )
    eaf.remove_tier("default")
    for label in spans:
        eaf.add_tier(label)
    _add_annotations(eaf, spans)
    with written_whole(path) as temporary:
        ElementTree(to_adocument(eaf)).write(temporary, encoding="UTF-8", xml_declaration=True)


def _relative(file: str, folder: str) -> str:
    """Return a path relative to a folder as ELAN writes it, beginning with a dot."""
    relative = os.path.relpath(file, folder)
    return relative if relative.startswith(os.pardir + os.sep) else f"./{relative}"


def _spans(segments: pd.DataFrame, label: str) -> list[Span]:
    """Return segments of one label as spans in whole milliseconds, merged where they overlap."""
    times = (map(milliseconds, own) for own in segments[["start_s", "end_s"]].itertuples(index=False))
    return merged(Span(start, end, label) for start, end in times if start < end)


def _add_annotations(eaf: Eaf, spans: Mapping[str, list[Span]]) -> None:
    """Put the spans on their tiers; time slots are numbered by time over all tiers, as in ELAN's format."""
    in_order = [span for own in spans.values() for span in own]
    annotations = [(f"a{number}", span) for number, span in enumerate(in_order, start=1)]
    # If one ends where another begins, the end comes first, as in the slots of a tier.
    slots = sorted(
        [(span.end, 0, name) for name, span in annotations] + [(span.start, 1, name) for name, span in annotations]
    )
    of_annotation = {}
    for number, (time, is_start, name) in enumerate(slots, start=1):
        eaf.timeslots[f"ts{number}"] = time
        of_annotation[name, is_start] = f"ts{number}"
    for name, span in annotations:
        eaf.tiers[span.label][0][name] = (of_annotation[name, 1], of_annotation[name, 0], span.label, None)
    eaf.properties = [("lastUsedAnnotationId", len(annotations))]

"""ELAN's .eaf files: tiers, the times of their annotations, and linked media, read from the XML as far as needed."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from xml.etree import ElementTree

from signwild.base.errors import InputError
from signwild.base.text import decimal

AGAIN = "open it in ELAN and save it again, or take it out of the labels"


@dataclass(frozen=True)
class Annotation:
    """An annotation of a tier; ``slots`` are its two time slots, or None if it is about another annotation.

    ``before``: the annotation that precedes it among the parts of the one that they are about, or empty.
    """

    name: str
    tier: str
    slots: tuple[str, str] | None
    about: str = ""
    before: str = ""


class EafFile:
    """An .eaf file of any version, with all times in milliseconds.

    ``participants``: the person of each tier, empty if nobody is named. ``media``: the attributes of each linked file.
    Raises InputError for a file that is not one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        root = self._read()
        tiers = root.findall("TIER")
        self.participants = {tier.get("TIER_ID", ""): _unless_blank(tier.get("PARTICIPANT", "")) for tier in tiers}
        self.media = [dict(media.attrib) for media in root.findall("HEADER/MEDIA_DESCRIPTOR")]
        self._slots = {slot.get("TIME_SLOT_ID"): self._time(slot) for slot in root.findall("TIME_ORDER/TIME_SLOT")}
        annotations = [one for tier in tiers for one in _annotations(tier)]
        self._named = {one.name: one for one in annotations}
        self._of_tier: dict[str, list[Annotation]] = defaultdict(list)
        for one in annotations:
            self._of_tier[one.tier].append(one)
        self._parts = _parts(annotations)
        self._aligned = self._aligned_slots()

    def times(self, tier: str) -> Iterator[tuple[float, float]]:
        """Yield start and end of each annotation of a tier, in the order of the file.

        An annotation about another has the time of that one, up to the first with times of its own; parts of an
        annotation share its time evenly, in their order, as ELAN draws them. Time slots without a time are spaced
        evenly between their neighbours. Raises InputError if there is no time.
        """
        for number, one in enumerate(self._of_tier[tier], start=1):
            yield self._times(one, f'{self._path}: annotation {number} of tier "{tier}"')

    def _read(self) -> ElementTree.Element:
        try:
            root = ElementTree.parse(self._path).getroot()
        except (ElementTree.ParseError, ValueError, LookupError, OSError) as error:
            raise InputError(f"{self._path}: is not an .eaf file ({type(error).__name__}: {error}); {AGAIN}") from None
        if root.tag != "ANNOTATION_DOCUMENT":
            raise InputError(f"{self._path}: is not an .eaf file (XML of another kind: {root.tag}); {AGAIN}")
        header = root.find("HEADER")
        units = "milliseconds" if header is None else header.get("TIME_UNITS", "milliseconds")
        if units != "milliseconds":
            raise InputError(f"{self._path}: its times are in {units}, not in milliseconds; {AGAIN}")
        return root

    def _time(self, slot: ElementTree.Element) -> float | None:
        text = slot.get("TIME_VALUE")
        try:
            time = None if text is None else decimal(text)
        except ValueError:
            time = math.nan
        if time is not None and not math.isfinite(time):
            raise InputError(
                f'{self._path}: time slot {slot.get("TIME_SLOT_ID")} is at "{text}", which is not a number; {AGAIN}'
            )
        return time

    def _aligned_slots(self) -> dict[str, dict[str, float | None]]:
        """Return the time of each slot by tier; those without one are spaced evenly between the tier's neighbours."""
        place = {slot: number for number, slot in enumerate(self._slots)}
        aligned = {}
        for tier, own in self._of_tier.items():
            # ELAN writes slots in the order of time; of other programs' files only those without a time rely on it.
            pairs = [one.slots for one in own if one.slots and set(one.slots) <= place.keys()]
            slots = sorted({slot for pair in pairs for slot in pair}, key=lambda slot: place[slot])
            if not _is_increasing([self._slots[slot] for slot in slots]):
                slots = [slot for pair in sorted(pairs, key=lambda pair: place[pair[0]]) for slot in pair]
                slots = [slot for slot, _ in groupby(slots)]
            times = [self._slots[slot] for slot in slots]
            aligned[tier] = dict(zip(slots, _spaced_evenly(times), strict=True))
        return aligned

    def _times(self, one: Annotation, which: str) -> tuple[float, float]:
        chain: list[Annotation] = []
        while one.slots is None:
            chain.append(one)
            if (above := self._named.get(one.about)) is None or above in chain:
                raise InputError(f"{which} refers to {one.about or 'nothing'}, which leads to no annotation; {AGAIN}")
            one = above
        if missing := [slot for slot in one.slots if slot not in self._slots]:
            raise InputError(f"{which} refers to time slot {missing[0]}, which does not exist; {AGAIN}")
        start, end = (self._aligned[one.tier][slot] for slot in one.slots)
        if start is None or end is None:
            raise InputError(f"{which} has no times of its own; align it in ELAN, or delete it")
        for part in reversed(chain):
            number, count = self._parts.get(part.name, (0, 1))
            start, end = (start + (end - start) * edge / count for edge in (number, number + 1))
        return start, end


def _is_increasing(times: list[float | None]) -> bool:
    known = [time for time in times if time is not None]
    return known == sorted(known)


def _unless_blank(text: str) -> str:
    return text if text.strip() else ""


def _spaced_evenly(times: list[float | None]) -> list[float | None]:
    """Return times with those that are missing evenly between their neighbours; None where there is but one."""
    spaced = list(times)
    known = [number for number, time in enumerate(times) if time is not None]
    for left, right in pairwise(known):
        for number in range(left + 1, right):
            spaced[number] = times[left] + (times[right] - times[left]) * (number - left) / (right - left)
    return spaced


def _annotations(tier: ElementTree.Element) -> Iterator[Annotation]:
    name = tier.get("TIER_ID", "")
    for one in tier.findall("ANNOTATION/*"):
        identity = one.get("ANNOTATION_ID", "")
        if one.tag == "ALIGNABLE_ANNOTATION":
            yield Annotation(identity, name, (one.get("TIME_SLOT_REF1", ""), one.get("TIME_SLOT_REF2", "")))
        elif one.tag == "REF_ANNOTATION":
            about, before = one.get("ANNOTATION_REF", ""), one.get("PREVIOUS_ANNOTATION", "")
            yield Annotation(identity, name, None, about, before)


def _parts(annotations: Iterable[Annotation]) -> dict[str, tuple[int, int]]:
    """Return, for each annotation that is one of several parts of another, its number from 0 and their number."""
    siblings: dict[tuple[str, str], list[Annotation]] = defaultdict(list)
    for one in annotations:
        if one.slots is None:
            siblings[one.tier, one.about].append(one)
    found = {}
    for own in siblings.values():
        names = {one.name for one in own}
        after = {one.before if one.before in names else "": one for one in own}
        # Without an order, each is about the whole.
        if after.keys() != {""}:
            ordered, name = [], ""
            while one := after.pop(name, None):
                ordered.append(one.name)
                name = one.name
            ordered += [one.name for one in own if one.name not in ordered]
            found |= {name: (number, len(own)) for number, name in enumerate(ordered)}
    return found

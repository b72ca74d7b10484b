"""Time slots of an .eaf file: those that nothing uses any more are removed, and new ones come in the order of time."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from xml.etree import ElementTree

from signwild.annotation.eaf_text import EafText, Edit, Slot

ANNOTATION_ID, SLOT_ID = "a", "ts"
"""What stands before the number in ELAN's ids of annotations and of time slots."""


class TimeSlots:
    """The time slots of a file, and the edits that change them."""

    def __init__(self, eaf: EafText) -> None:
        self._eaf = eaf
        self._removed: set[str] = set()
        self.edits: list[Edit] = []

    @cached_property
    def _times(self) -> dict[str, int | None]:
        return {slot.name: slot.time for slot in self._eaf.slots}

    def span(self, annotation: ElementTree.Element) -> tuple[int | None, int | None]:
        """Return start and end of an annotation in milliseconds, as far as its slots have times."""
        return tuple(self._times.get(slot) for slot in slots_of(annotation))

    def remove_of(self, own: Iterable[ElementTree.Element], every: Iterable[ElementTree.Element]) -> None:
        """Remove the slots that only the annotations ``own`` use, of ``every`` one. Must be called before ``add``."""
        uses, of_own = (Counter(chain.from_iterable(map(slots_of, some))) for some in (every, own))
        self._removed = {slot for slot, number in of_own.items() if slot and number == uses[slot]}
        for slot in self._eaf.slots:
            if slot.name in self._removed:
                self.edits.append(Edit(self._eaf.with_blanks_before(slot.start), slot.end, ""))

    def add(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, str]]:
        """Add the slots of spans in the order of time, and return the ids of each span's two, in their order."""
        numbers = (slot.name[len(SLOT_ID) :] for slot in self._eaf.slots if slot.name.startswith(SLOT_ID))
        known_numbers = (int(one) for one in numbers if one.isdecimal())
        number = max([last_number(self._eaf.skeleton, SLOT_ID), *known_numbers]) + 1
        kept = [slot for slot in self._eaf.slots if slot.time is not None and slot.name not in self._removed]
        known = [slot.time for slot in kept]
        is_ordered = known == sorted(known)
        # If one ends where another begins, the end comes first, as in the slots of a tier.
        ends = [(end, 0, place) for place, (_, end) in enumerate(spans)]
        moments = sorted(ends + [(start, 1, place) for place, (start, _) in enumerate(spans)])
        names, texts = {}, {}
        for time, is_start, place in moments:
            names[place, is_start] = f"{SLOT_ID}{number}"
            following = bisect_right(known, time) if is_ordered else len(kept)
            tag = f'<TIME_SLOT TIME_SLOT_ID="{SLOT_ID}{number}" TIME_VALUE="{time}"/>'
            texts.setdefault(following, []).append(tag)
            number += 1
        self._insert(texts, kept)
        return iter([(names[place, 1], names[place, 0]) for place in range(len(spans))])

    def _insert(self, texts: dict[int, list[str]], kept: list[Slot]) -> None:
        """Insert tags before the kept slots with these numbers, and after all slots for the number behind the last."""
        eaf, line = self._eaf, self._eaf.line(2)
        for following, tags in texts.items():
            if following < len(kept):
                start = kept[following].start
                self.edits.append(Edit(start, start, "".join(f"{tag}{line}" for tag in tags)))
                continue
            ends = [slot.end for slot in eaf.slots if slot.name not in self._removed]
            text, order = "".join(f"{line}{tag}" for tag in tags), eaf.time_order
            if order.is_closed_at_once:
                slash = eaf.text.rindex("/", order.start, order.end)
                self.edits.append(Edit(slash, order.end, f">{text}{eaf.line(1)}</TIME_ORDER>"))
            else:
                place = ends[-1] if ends else order.inside
                self.edits.append(Edit(place, place, text))


def new_ids(eaf: EafText, number: int) -> tuple[int, list[Edit]]:
    """Return the first number of ids for new annotations, and the edit of the property that has the last, if any."""
    last = eaf.last_id()
    first = max(last_number(eaf.text, ANNOTATION_ID), int(eaf.text[slice(*last)]) if last else 0) + 1
    return first, [Edit(*last, str(first + number - 1))] if last and number else []


def last_number(text: str, letters: str) -> int:
    """Return the largest number of an id of these letters, wherever it stands in quotes; 0 without any."""
    # Each kind of quotes by itself: patterns that begin with a fixed text are searched several times faster.
    found = [re.findall(rf"{mark}{letters}(\d+){mark}", text) for mark in "\"'"]
    return max(max(map(int, numbers), default=0) for numbers in found)


def slots_of(annotation: ElementTree.Element) -> tuple[str, str]:
    """Return the ids of an annotation's time slots, which are empty if it has none of its own."""
    return annotation.get("TIME_SLOT_REF1", ""), annotation.get("TIME_SLOT_REF2", "")

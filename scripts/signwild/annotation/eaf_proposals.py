"""Adding proposals to an .eaf file as tiers of their own; of what is in it, only unedited proposals are replaced.

A tier of proposals names in ELAN's attribute ANNOTATOR who made it: "Signing in the Wild, starter 1a2b3c4d, rgb,
5e6f7a8b9c0d". ELAN keeps this text when it saves. The digest at its end is that of the annotations as they were
written, so it shows whether somebody has edited them.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from signwild.annotation.eaf_text import EafText, Edit, Slot
from signwild.annotation.proposals import Proposal, Proposals, seal
from signwild.annotation.vocabulary import Vocabulary
from signwild.base.errors import InputError
from signwild.stages.dataset.spans import shown
from signwild.stages.dataset.video_ends import TOLERANCE_S
from signwild.stages.detector.many_videos import AUTHOR

ANNOTATOR = re.compile(rf"{AUTHOR}, .+, ([0-9a-f]{{12}})", re.DOTALL)

ANNOTATION_ID, SLOT_ID = "a", "ts"
"""What stands before the number in ELAN's ids of annotations and of time slots."""

OF_OTHERS = ("PARTICIPANT", "EXT_REF", "LANG_REF")
"""Attributes of a tier, and of its annotations, that only somebody else can have given to a tier of proposals."""


@dataclass
class Added:
    """The new content of a file, and what was done: tiers that were written, replaced, left alone, or good as they are.

    ``replaced`` and ``kept`` are earlier proposals, ``kept`` those that were edited.
    """

    content: bytes = b""
    written: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def add_proposals(eaf: EafText, proposals: Proposals) -> Added:
    """Return a file's content with proposals, whose times are those of the file.

    Raises InputError for a file with annotations outside of the video, and for a tier with the name of one of proposals
    that depends on another.
    """
    return _Adding(eaf, proposals).added()


def tier_names(label: str) -> Iterator[str]:
    """Yield the names that a tier of a class's proposals can have, in the order in which they are given."""
    return chain([f"{label} (proposed)"], (f"{label} (proposed) {number}" for number in count(2)))


class _Adding:
    """The edits of one file."""

    def __init__(self, eaf: EafText, proposals: Proposals) -> None:
        self._eaf, self._proposals = eaf, proposals
        tiers = [(tier.get("TIER_ID", ""), tier) for tier in eaf.root.iterfind("TIER")]
        self._tiers = dict(tiers)
        self._places = {name: number for number, (name, _) in enumerate(tiers)}
        if len(self._tiers) < len(tiers):
            twice = next(name for name, number in Counter(name for name, _ in tiers).items() if number > 1)
            raise InputError(f'{eaf.path}: has several tiers named "{twice}"; rename one of them in ELAN')
        self._edits: list[Edit] = []
        self._added = Added()

    def added(self) -> Added:
        """Return the new content, and what was done."""
        replaced, wanted = [], {}
        for label in self._proposals.spans:
            old = self._earlier(label)
            if old is None:
                continue
            replaced += old
            free = (name for name in tier_names(label) if name not in self._tiers or name in old)
            wanted[next(free)] = label
        self._check_times(replaced)
        if not wanted:
            self._added.content = self._eaf.content
            return self._added
        self._added.written, self._added.replaced = list(wanted), replaced
        self._remove_tiers(replaced)
        removed = self._remove_slots(replaced)
        self._add(wanted, removed)
        self._added.content = self._eaf.edited(self._edits)
        return self._added

    def _earlier(self, label: str) -> list[str] | None:
        """Return the names of a class's unedited proposals, or None if it has these proposals, edited or not."""
        new, unedited = self._annotator(label), []
        names = (name for name, _ in zip(tier_names(label), [None, *self._tiers], strict=False))
        for name in (name for name in names if name in self._tiers):
            tier = self._tiers[name]
            if parent := tier.get("PARENT_REF"):
                raise InputError(
                    f'{self._eaf.path}: tier "{name}" depends on tier "{parent}", so no proposals can be written on '
                    "it; rename it in ELAN (Tier, Change Tier Attributes)"
                )
            made = ANNOTATOR.fullmatch(tier.get("ANNOTATOR", ""))
            is_unedited = bool(made) and self._is_unedited(tier, label, made[1])
            (unedited if is_unedited else self._added.kept).append(name)
        # A tier that somebody has renamed is among these.
        same = [name for name, tier in self._tiers.items() if tier.get("ANNOTATOR") == new]
        self._added.same += same
        return None if same else unedited

    def _annotator(self, label: str) -> str:
        return f"{AUTHOR}, {self._proposals.detector}, {seal(label, self._proposals.spans[label])}"

    def _is_unedited(self, tier: ElementTree.Element, label: str, digest: str) -> bool:
        """Return whether a tier's annotations are those that were written, and nothing else refers to them."""
        if any(tier.get(name) for name in OF_OTHERS):
            return False
        annotations = self._annotations(tier.get("TIER_ID", ""))
        if any(one.get(name) for one in annotations for name in OF_OTHERS):
            return False
        if seal(label, ((*self._span(one), one.findtext("ANNOTATION_VALUE") or "") for one in annotations)) != digest:
            return False
        names, own = {one.get("ANNOTATION_ID") for one in annotations}, tier.get("TIER_ID")
        links = " ".join(
            one.get(name, "") for one in self._eaf.root.iterfind("REF_LINK_SET/*") for name in ("REF1", "REF2", "REFS")
        )
        return names.isdisjoint(links.split()) and all(other.get("PARENT_REF") != own for other in self._tiers.values())

    def _annotations(self, name: str) -> list[ElementTree.Element]:
        """Return the annotations of a tier, also those without times."""
        return list(self._eaf.tier(self._places[name]).iterfind("ANNOTATION/*"))

    @cached_property
    def _times(self) -> dict[str, int | None]:
        return {slot.name: slot.time for slot in self._eaf.slots}

    def _span(self, annotation: ElementTree.Element) -> tuple[int | None, int | None]:
        return tuple(self._times.get(slot) for slot in _slots_of(annotation))

    def _check_times(self, replaced: list[str]) -> None:
        """Raise InputError for the first annotation of somebody else that is outside of the video."""
        first, end = self._proposals.start_ms, self._proposals.end_ms
        latest = end + TOLERANCE_S * 1000
        slots = self._eaf.slots
        outside = {slot.name for slot in slots if slot.time is not None and not first <= slot.time <= latest}
        for name in self._tiers if outside else ():
            for one in self._annotations(name):
                if name not in replaced and outside.intersection(_slots_of(one)):
                    times = "-".join("?" if time is None else shown(time / 1000) for time in self._span(one))
                    raise InputError(
                        f'{self._eaf.path}: tier "{name}" has an annotation at {times} s, but the linked video is at '
                        f"{shown(first / 1000)}-{shown(end / 1000)} s; link the right video in ELAN (Edit, Linked "
                        "Files), or correct its offset or the annotation"
                    )

    def _remove_tiers(self, names: Iterable[str]) -> None:
        elements = self._eaf.of("TIER")
        for name in names:
            element = elements[self._places[name]]
            self._edits.append(Edit(self._eaf.with_blanks_before(element.start), element.end, ""))

    def _remove_slots(self, names: list[str]) -> set[str]:
        """Remove time slots that only these tiers use, and return them."""
        if not names:
            return set()
        uses = {name: Counter(chain(*map(_slots_of, self._annotations(name)))) for name in self._tiers}
        own, all_uses = (sum((uses[name] for name in some), Counter()) for some in (names, uses))
        removed = {slot for slot, number in own.items() if slot and number == all_uses[slot]}
        for slot in self._eaf.slots:
            if slot.name in removed:
                self._edits.append(Edit(self._eaf.with_blanks_before(slot.start), slot.end, ""))
        return removed

    def _add(self, wanted: dict[str, str], removed: set[str]) -> None:
        """Add tiers with these names for the classes given, and what they refer to."""
        eaf = self._eaf
        vocabulary = Vocabulary(eaf)
        last = eaf.last_id()
        first = max(_last_number(eaf.text, ANNOTATION_ID), int(eaf.text[slice(*last)]) if last else 0) + 1
        spans = [span for label in wanted.values() for span in self._proposals.spans[label]]
        slots = self._add_slots(spans, removed)
        if last and spans:
            self._edits.append(Edit(*last, str(first + len(spans) - 1)))
        numbers = count(first)
        tiers = [self._tier(name, label, numbers, slots, vocabulary) for name, label in wanted.items()]
        place = eaf.place_for("TIER")
        self._edits.append(Edit(place, place, "".join(tiers)))
        self._edits += vocabulary.edits()

    def _add_slots(self, spans: list[Proposal], removed: set[str]) -> Iterator[tuple[str, str]]:
        """Add the time slots of spans in the order of time, and return the ids of each span's two, in their order."""
        eaf = self._eaf
        numbers = (slot.name[len(SLOT_ID) :] for slot in eaf.slots if slot.name.startswith(SLOT_ID))
        number = max([_last_number(eaf.skeleton, SLOT_ID), *(int(one) for one in numbers if one.isdecimal())]) + 1
        kept = [slot for slot in eaf.slots if slot.time is not None and slot.name not in removed]
        known = [slot.time for slot in kept]
        is_ordered = known == sorted(known)
        # If one ends where another begins, the end comes first, as in the slots of a tier.
        ends = [(end, 0, place) for place, (_, end, _) in enumerate(spans)]
        moments = sorted(ends + [(start, 1, place) for place, (start, _, _) in enumerate(spans)])
        names, texts = {}, {}
        for time, is_start, place in moments:
            names[place, is_start] = f"{SLOT_ID}{number}"
            following = bisect_right(known, time) if is_ordered else len(kept)
            tag = f'<TIME_SLOT TIME_SLOT_ID="{SLOT_ID}{number}" TIME_VALUE="{time}"/>'
            texts.setdefault(following, []).append(tag)
            number += 1
        self._insert_slots(texts, kept, removed)
        return iter([(names[place, 1], names[place, 0]) for place in range(len(spans))])

    def _insert_slots(self, texts: dict[int, list[str]], kept: list[Slot], removed: set[str]) -> None:
        """Insert tags before the kept slots with these numbers, and after all slots for the number behind the last."""
        eaf, line = self._eaf, self._eaf.line(2)
        for following, tags in texts.items():
            if following < len(kept):
                start = kept[following].start
                self._edits.append(Edit(start, start, "".join(f"{tag}{line}" for tag in tags)))
                continue
            ends = [slot.end for slot in eaf.slots if slot.name not in removed]
            text, order = "".join(f"{line}{tag}" for tag in tags), eaf.time_order
            if order.is_closed_at_once:
                slash = eaf.text.rindex("/", order.start, order.end)
                self._edits.append(Edit(slash, order.end, f">{text}{eaf.line(1)}</TIME_ORDER>"))
            else:
                place = ends[-1] if ends else order.inside
                self._edits.append(Edit(place, place, text))

    def _tier(
        self,
        name: str,
        label: str,
        numbers: Iterator[int],
        slots: Iterator[tuple[str, str]],
        vocabulary: Vocabulary,
    ) -> str:
        """Return a tier with its annotations, with the attributes in ELAN's order."""
        line, spans = self._eaf.line, self._proposals.spans[label]
        annotator = quoteattr(self._annotator(label))
        kind = quoteattr(vocabulary.kind)
        head = f"{line(1)}<TIER ANNOTATOR={annotator} LINGUISTIC_TYPE_REF={kind} TIER_ID={quoteattr(name)}"
        if not spans:
            return f"{head}/>"
        rows = []
        for (_, _, sureness), (start, end) in zip(spans, slots, strict=False):
            entry = vocabulary.references[sureness]
            rows.append(
                f"{line(2)}<ANNOTATION>{line(3)}"
                f'<ALIGNABLE_ANNOTATION ANNOTATION_ID="{ANNOTATION_ID}{next(numbers)}"{entry} '
                f'TIME_SLOT_REF1="{start}" TIME_SLOT_REF2="{end}">'
                f"{line(4)}<ANNOTATION_VALUE>{escape(sureness)}</ANNOTATION_VALUE>"
                f"{line(3)}</ALIGNABLE_ANNOTATION>{line(2)}</ANNOTATION>"
            )
        return f"{head}>{''.join(rows)}{line(1)}</TIER>"


def _slots_of(annotation: ElementTree.Element) -> tuple[str, str]:
    """Return the ids of an annotation's time slots, which are empty if it has none of its own."""
    return annotation.get("TIME_SLOT_REF1", ""), annotation.get("TIME_SLOT_REF2", "")


def _last_number(text: str, letters: str) -> int:
    """Return the largest number of an id of these letters, wherever it stands in quotes; 0 without any."""
    # Each kind of quotes by itself: patterns that begin with a fixed text are searched several times faster.
    found = [re.findall(rf"{mark}{letters}(\d+){mark}", text) for mark in "\"'"]
    return max(max(map(int, numbers), default=0) for numbers in found)

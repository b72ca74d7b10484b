"""Adding proposals to an .eaf file as tiers of their own; of what is in it, only unedited proposals are replaced.

A tier of proposals names in ELAN's attribute ANNOTATOR who made it: "Signing in the Wild, starter 1a2b3c4d, rgb,
5e6f7a8b9c0d". ELAN keeps this text when it saves. The digest at its end is that of the annotations as they were
written, so it shows whether somebody has edited them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from signwild.annotation.eaf_slots import ANNOTATION_ID, TimeSlots, new_ids, slots_of
from signwild.annotation.eaf_text import EafText, Edit
from signwild.annotation.proposals import Proposals, seal
from signwild.annotation.vocabulary import Vocabulary
from signwild.base.errors import InputError
from signwild.stages.dataset.spans import shown
from signwild.stages.dataset.video_ends import TOLERANCE_S
from signwild.stages.detector.many_videos import AUTHOR

ANNOTATOR = re.compile(rf"{AUTHOR}, .+, ([0-9a-f]{{12}})", re.DOTALL)

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
        self._slots = TimeSlots(eaf)
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
        if replaced:
            every = [one for name in self._tiers for one in self._annotations(name)]
            own = [one for name in replaced for one in self._annotations(name)]
            self._slots.remove_of(own, every)
        self._add(wanted)
        self._added.content = self._eaf.edited([*self._edits, *self._slots.edits])
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
            is_unedited = bool(made) and (self._is_empty(tier) or self._is_unedited(tier, label, made[1]))
            (unedited if is_unedited else self._added.kept).append(name)
        # A tier that somebody has renamed is among these.
        same = [name for name, tier in self._tiers.items() if tier.get("ANNOTATOR") == new]
        self._added.same += same
        return None if same else unedited

    def _annotator(self, label: str) -> str:
        return f"{AUTHOR}, {self._proposals.detector}, {seal(label, self._proposals.spans[label])}"

    def _is_empty(self, tier: ElementTree.Element) -> bool:
        """Return whether nothing is left on a tier: all its proposals were decided on, or there were none."""
        is_own = not any(tier.get(name) for name in OF_OTHERS)
        return is_own and not self._annotations(tier.get("TIER_ID", "")) and not self._has_children(tier)

    def _has_children(self, tier: ElementTree.Element) -> bool:
        return any(other.get("PARENT_REF") == tier.get("TIER_ID") for other in self._tiers.values())

    def _is_unedited(self, tier: ElementTree.Element, label: str, digest: str) -> bool:
        """Return whether a tier's annotations are those that were written, and nothing else refers to them."""
        if any(tier.get(name) for name in OF_OTHERS):
            return False
        annotations = self._annotations(tier.get("TIER_ID", ""))
        if any(one.get(name) for one in annotations for name in OF_OTHERS):
            return False
        texts = ((*self._slots.span(one), one.findtext("ANNOTATION_VALUE") or "") for one in annotations)
        if seal(label, texts) != digest:
            return False
        names = {one.get("ANNOTATION_ID") for one in annotations}
        links = " ".join(
            one.get(name, "") for one in self._eaf.root.iterfind("REF_LINK_SET/*") for name in ("REF1", "REF2", "REFS")
        )
        return names.isdisjoint(links.split()) and not self._has_children(tier)

    def _annotations(self, name: str) -> list[ElementTree.Element]:
        """Return the annotations of a tier, also those without times."""
        return list(self._eaf.tier(self._places[name]).iterfind("ANNOTATION/*"))

    def _check_times(self, replaced: list[str]) -> None:
        """Raise InputError for the first annotation of somebody else that is outside of the video."""
        first, end = self._proposals.start_ms, self._proposals.end_ms
        latest = end + TOLERANCE_S * 1000
        slots = self._eaf.slots
        outside = {slot.name for slot in slots if slot.time is not None and not first <= slot.time <= latest}
        for name in self._tiers if outside else ():
            for one in self._annotations(name):
                if name not in replaced and outside.intersection(slots_of(one)):
                    times = "-".join("?" if time is None else shown(time / 1000) for time in self._slots.span(one))
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

    def _add(self, wanted: dict[str, str]) -> None:
        """Add tiers with these names for the classes given, and what they refer to."""
        eaf = self._eaf
        vocabulary = Vocabulary(eaf)
        spans = [span for label in wanted.values() for span in self._proposals.spans[label]]
        slots = self._slots.add([(start, end) for start, end, _ in spans])
        first, edits = new_ids(eaf, len(spans))
        numbers = count(first)
        tiers = [self._tier(name, label, numbers, slots, vocabulary) for name, label in wanted.items()]
        place = eaf.place_for("TIER")
        self._edits += [*edits, Edit(place, place, "".join(tiers)), *vocabulary.edits()]

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

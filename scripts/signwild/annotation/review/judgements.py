"""What a reviewer decides about proposals, and the .eaf file with it: accepted ones move to the tiers of the classes.

The tier of a class is the first that its ``Tiers`` name, by default `signing`, `speaking` or `other`, as runs read it
(docs/annotate.md). Everything else in the file stays byte for byte. A tier of proposals stays, also without any, so
that the same are not proposed again.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from signwild.annotation.eaf_slots import ANNOTATION_ID, TimeSlots, new_ids
from signwild.annotation.eaf_text import SKIPPED, EafText, Edit, Element
from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.spans import shown

PROPOSED = re.compile(rf"({'|'.join(CLASSES)}) \(proposed\)( \d+)?")
"""Names of the tiers of proposals (see ``eaf_proposals.tier_names``)."""

PARTS = re.compile(rf"{SKIPPED}|<(/?)ANNOTATION\s*>", re.DOTALL)

KIND = "default-lt"
"""Linguistic type of a new tier; ELAN's own name for its first type. With a number if it is another kind of type."""


@dataclass(frozen=True)
class Judgement:
    """A decision on a proposal, or an annotation that the reviewer adds.

    ``proposal``: id of the annotation in the file; empty for one that is added. ``label``: the class as which it is
    kept; None if it is rejected. ``start_ms``, ``end_ms``: its times, in those of the file.
    """

    proposal: str
    label: str | None
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Proposal:
    """An annotation on a tier of proposals: its id, tier, class, times in milliseconds, and text, such as "sure"."""

    name: str
    tier: str
    label: str
    start_ms: int
    end_ms: int
    text: str


def proposals_of(eaf: EafText) -> list[Proposal]:
    """Return the proposals in a file, tier by tier; those without an id, or times of their own, are left out."""
    slots, found = TimeSlots(eaf), []
    for number, tier in enumerate(eaf.root.iterfind("TIER")):
        named = PROPOSED.fullmatch(tier.get("TIER_ID", ""))
        for one in eaf.tier(number).iterfind("ANNOTATION/ALIGNABLE_ANNOTATION") if named else ():
            start, end = slots.span(one)
            if start is not None and end is not None and start < end and one.get("ANNOTATION_ID"):
                text = (one.findtext("ANNOTATION_VALUE") or "").strip()
                name = one.get("ANNOTATION_ID", "")
                found.append(Proposal(name, tier.get("TIER_ID", ""), named[1], start, end, text))
    return found


def judged_content(eaf: EafText, judgements: Iterable[Judgement], tiers: Tiers) -> bytes:
    """Return a file's bytes after these decisions, which are about different proposals.

    ``tiers``: the first of a class is written to, and all of them count as the class where overlaps are looked for.
    Raises InputError if a proposal is no longer there, if something refers to it, or if an annotation would overlap
    another of its class.
    """
    judgements = list(judgements)
    return _Judging(eaf, tiers).content(judgements) if judgements else eaf.content


class _Judging:
    """The edits of one file."""

    def __init__(self, eaf: EafText, classes: Tiers) -> None:
        self._eaf, self._slots, self._classes = eaf, TimeSlots(eaf), classes
        elements = eaf.of("TIER")
        parsed = [eaf.tier(number) for number in range(len(elements))]
        self._tiers = {tier.get("TIER_ID", ""): tier for tier in parsed}
        self._elements = dict(zip(self._tiers, elements, strict=False))
        if len(self._elements) < len(elements):
            raise InputError(f"{eaf.path}: has several tiers of one name; rename them in ELAN")
        self._edits: list[Edit] = []

    def content(self, judgements: Sequence[Judgement]) -> bytes:
        """Return the new content."""
        self._remove({one.proposal for one in judgements} - {""})
        kept: dict[str, list[Judgement]] = defaultdict(list)
        for one in sorted(judgements, key=lambda one: (one.start_ms, one.end_ms)):
            if one.label is not None:
                kept[one.label].append(one)
        for label, own in kept.items():
            self._check_free(label, own)
        self._add(kept)
        return self._eaf.edited([*self._edits, *self._slots.edits])

    def _remove(self, names: set[str]) -> None:
        """Remove proposals, and the time slots that nothing else uses."""
        removed = []
        for tier_name, tier in self._tiers.items():
            if not PROPOSED.fullmatch(tier_name):
                continue
            annotations = tier.findall("ANNOTATION")
            own = {one[0].get("ANNOTATION_ID"): number for number, one in enumerate(annotations) if len(one)}
            wanted = [name for name in own if name in names]
            if not wanted:
                continue
            places = self._places(tier_name, len(annotations))
            for name in wanted:
                start, end = places[own[name]]
                self._edits.append(Edit(self._eaf.with_blanks_before(start), end, ""))
                removed.append(annotations[own[name]][0])
        found = {one.get("ANNOTATION_ID") for one in removed}
        if missing := names - found:
            raise InputError(f"{self._eaf.path}: has no proposal {min(missing)} any more; load the file again")
        self._check_references(found)
        self._slots.remove_of(removed, [one for tier in self._tiers.values() for one in tier.iterfind("ANNOTATION/*")])

    def _check_references(self, names: set[str]) -> None:
        """Raise InputError if an annotation or a link refers to one that is to go."""
        for tier_name, tier in self._tiers.items():
            for one in tier.iterfind("ANNOTATION/REF_ANNOTATION"):
                if one.get("ANNOTATION_REF") in names:
                    raise InputError(
                        f'{self._eaf.path}: tier "{tier_name}" has an annotation about the proposal '
                        f"{one.get('ANNOTATION_REF')}; decide about this one in ELAN"
                    )
        for one in self._eaf.root.iterfind("REF_LINK_SET/*"):
            linked = " ".join(one.get(name, "") for name in ("REF1", "REF2", "REFS")).split()
            if named := names.intersection(linked):
                raise InputError(f"{self._eaf.path}: a link refers to the proposal {min(named)}; decide in ELAN")

    def _check_free(self, label: str, own: Sequence[Judgement]) -> None:
        """Raise InputError for the first annotation that would overlap another on the tiers of its class."""
        names = getattr(self._classes, label)
        tier = self._tiers.get(names[0])
        if tier is not None and (parent := tier.get("PARENT_REF")):
            raise InputError(
                f'{self._eaf.path}: tier "{names[0]}" depends on tier "{parent}", so nothing can be added to it; '
                "rename it in ELAN (Tier, Change Tier Attributes), or name another with --tiers"
            )
        spans = [(one.start_ms, one.end_ms, True, names[0]) for one in own]
        for name in (name for name in names if name in self._tiers):
            taken = (self._slots.span(one) for one in self._tiers[name].iterfind("ANNOTATION/*"))
            spans += [(*span, False, name) for span in taken if None not in span]
        latest = (-1, -1, False, "")
        for span in sorted(spans):
            if span[0] < latest[1] and span[2] and latest[2]:
                raise InputError(
                    f'{self._eaf.path}: on tier "{names[0]}" {seconds(*latest[:2])} and {seconds(*span[:2])} overlap, '
                    "both of this review; move the ends of one, or reject it"
                )
            if span[0] < latest[1] and (span[2] or latest[2]):
                there, new = (latest, span) if span[2] else (span, latest)
                raise InputError(
                    f'{self._eaf.path}: tier "{there[3]}" has an annotation at {seconds(*there[:2])}, which '
                    f"{seconds(*new[:2])} overlaps; move its ends, or reject it"
                )
            if span[1] > latest[1]:
                latest = span

    def _add(self, kept: Mapping[str, Sequence[Judgement]]) -> None:
        """Add annotations to the tiers of their classes, in the order of time."""
        spans = [(one.start_ms, one.end_ms) for own in kept.values() for one in own]
        if not spans:
            return
        slots = self._slots.add(spans)
        first, edits = new_ids(self._eaf, len(spans))
        self._edits += edits
        numbers = count(first)
        new_tiers, kind = [], ""
        for label, own in kept.items():
            texts = [self._annotation(next(numbers), *next(slots)) for _ in own]
            tier = getattr(self._classes, label)[0]
            if tier in self._tiers:
                self._insert(tier, own, texts)
                continue
            kind = kind or self._kind()
            head = f"{self._eaf.line(1)}<TIER LINGUISTIC_TYPE_REF={quoteattr(kind)} TIER_ID={quoteattr(tier)}>"
            new_tiers.append(f"{head}{''.join(texts)}{self._eaf.line(1)}</TIER>")
        if new_tiers:
            place = self._eaf.place_for("TIER")
            self._edits.append(Edit(place, place, "".join(new_tiers)))

    def _insert(self, tier: str, own: Sequence[Judgement], texts: Sequence[str]) -> None:
        """Insert annotations into a tier, each before the first that is later."""
        element, annotations = self._elements[tier], self._tiers[tier].findall("ANNOTATION")
        if element.is_closed_at_once:
            slash = self._eaf.text.rindex("/", element.start, element.end)
            self._edits.append(Edit(slash, element.end, f">{''.join(texts)}{self._eaf.line(1)}</TIER>"))
            return
        places = self._places(tier, len(annotations))
        starts = [self._slots.span(one[0])[0] for one in annotations]
        is_ordered = None not in starts and starts == sorted(starts)
        last = places[-1][1] if places else element.inside
        for one, text in zip(own, texts, strict=True):
            following = bisect_left(starts, one.end_ms) if is_ordered else len(places)
            is_last = following == len(places)
            place = last if is_last else self._eaf.with_blanks_before(places[following][0])
            closing = self._eaf.line(1) if not places and one is own[-1] and place == element.close else ""
            self._edits.append(Edit(place, place, text + closing))

    def _places(self, tier: str, number: int) -> list[tuple[int, int]]:
        """Return start and end of each annotation of a tier in the text."""
        element: Element = self._elements[tier]
        tags = [tag for tag in PARTS.finditer(self._eaf.text, element.inside, element.close) if tag[1] is not None]
        places = [(one.start(), other.end()) for one, other in zip(tags[::2], tags[1::2], strict=False)]
        if len(places) != number or len(tags) % 2:
            raise InputError(f'{self._eaf.path}: tier "{tier}" has annotations of a form that is not known')
        return places

    def _annotation(self, number: int, start: str, end: str) -> str:
        line = self._eaf.line
        return (
            f'{line(2)}<ANNOTATION>{line(3)}<ALIGNABLE_ANNOTATION ANNOTATION_ID="{ANNOTATION_ID}{number}" '
            f'TIME_SLOT_REF1="{start}" TIME_SLOT_REF2="{end}">{line(4)}<ANNOTATION_VALUE></ANNOTATION_VALUE>'
            f"{line(3)}</ALIGNABLE_ANNOTATION>{line(2)}</ANNOTATION>"
        )

    def _kind(self) -> str:
        """Return the linguistic type of new tiers: that of other tiers of classes, or a new one."""
        kinds = {one.get("LINGUISTIC_TYPE_ID", ""): one for one in self._eaf.root.iterfind("LINGUISTIC_TYPE")}
        classes = self._classes.classes()
        used = [tier.get("LINGUISTIC_TYPE_REF", "") for name, tier in self._tiers.items() if name in classes]
        names = [*used, *(KIND if number == 1 else f"{KIND} {number}" for number in range(1, len(kinds) + 2))]
        name = next(name for name in names if name not in kinds or _is_free(kinds[name]))
        if name not in kinds:
            place = self._eaf.place_for("LINGUISTIC_TYPE")
            text = f'<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="{name}" TIME_ALIGNABLE="true"/>'
            self._edits.append(Edit(place, place, self._eaf.line(1) + text))
        return name


def _is_free(kind: ElementTree.Element) -> bool:
    is_alignable = kind.get("TIME_ALIGNABLE", "true") in ("true", "1")
    return is_alignable and not kind.get("CONSTRAINTS") and not kind.get("CONTROLLED_VOCABULARY_REF")


def seconds(start_ms: int, end_ms: int) -> str:
    """Return a span of time in words, in seconds."""
    return f"{shown(start_ms / 1000)}-{shown(end_ms / 1000)} s"

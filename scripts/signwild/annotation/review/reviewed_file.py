"""An .eaf file under review: its proposals, what was decided about them, and writing it."""

import math
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

from signwild.annotation.eaf_slots import TimeSlots
from signwild.annotation.eaf_text import EafText
from signwild.annotation.replacing import replace_file
from signwild.annotation.review.judgements import PROPOSED, Judgement, Proposal, judged_content, proposals_of, seconds
from signwild.annotation.targets import Target
from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.spans import shown

ADDED = "+"
"""What the ids of annotations that the reviewer adds begin with; no id of XML does."""

OWN = ".review_"
"""What follows a file's name in the name of the decisions that could not be written to it, before a number.

No program takes such a file for one of ELAN, so its annotations do not count twice.
"""


class ChangedFile(InputError):
    """The file was changed by another program, so nothing was written to it."""


class ReviewedFile:
    """A file as it was read, with the decisions about it, all of which are in the file on the disk.

    ``length_ms``: of the video; 0 if it states none. What is decided ends with the video. ``tiers``: those of each
    class, of which the first is written to.

    ``proposals``: by id. ``judged``: decisions by id, those of added annotations too.
    """

    def __init__(self, target: Target, length_ms: float, tiers: Tiers) -> None:
        self.target, self._tiers = target, tiers
        self._end_ms = length_ms - target.origin_ms if length_ms else math.inf
        self.load()

    def load(self) -> None:
        """Read the file anew; what is on the disk counts, and no decision can be undone any more."""
        self._eaf = EafText(self.target.eaf)
        self._written = self._eaf.content
        self._has_backup = False
        self._own: Path | None = None
        self._annotations: list[tuple[str, int, int]] | None = None
        self.proposals: dict[str, Proposal] = {one.name: one for one in proposals_of(self._eaf)}
        self.judged: dict[str, Judgement] = {}
        self._numbers = count(1)

    @property
    def is_decided(self) -> bool:
        """Whether the file has tiers of proposals, and no proposal is left on any."""
        names = (tier.get("TIER_ID", "") for tier in self._eaf.root.iterfind("TIER"))
        return not self.proposals and any(PROPOSED.fullmatch(name) for name in names)

    def annotations(self) -> list[tuple[str, int, int]]:
        """Return class, start and end in milliseconds of what the tiers of classes had when the file was read."""
        slots, found, classes = TimeSlots(self._eaf), [], self._tiers.classes()
        for number, tier in enumerate(self._eaf.root.iterfind("TIER")):
            label = classes.get(tier.get("TIER_ID", ""))
            for one in self._eaf.tier(number).iterfind("ANNOTATION/ALIGNABLE_ANNOTATION") if label else ():
                start, end = slots.span(one)
                if start is not None and end is not None:
                    found.append((label, start, end))
        return found

    def overlap(self, name: str) -> str:
        """Return a sentence about what is of another class at the time of a decision, empty if nothing is."""
        if self._annotations is None:
            self._annotations = self.annotations()
        own = self.judged[name]
        others = [(one.label, one.start_ms, one.end_ms) for one in self.judged.values() if one.label]
        for label, start, end in sorted([*self._annotations, *others], key=lambda other: other[1]):
            if own.label and label != own.label and start < own.end_ms and own.start_ms < end:
                return (
                    f"Saved: {own.label} at {seconds(own.start_ms, own.end_ms)} overlaps {label} at "
                    f"{seconds(start, end)}. Moments with two classes are allowed here, but a run stops at them unless "
                    "its configuration has dataset: {overlap: ...}."
                )
        return ""

    def judge(self, name: str, label: str | None, start_ms: int, end_ms: int) -> str:
        """Decide about a proposal, or add an annotation (no ``name``), write the file, and return the id.

        Raises InputError, and changes nothing, for times that cannot be, and for an overlap; ChangedFile if the file is
        another one by now.
        """
        if name and name not in self.proposals and name not in self.judged:
            raise InputError(f"{self.target.eaf}: has no proposal {name}; load the page again")
        if label is not None and label not in CLASSES:
            raise InputError(f"{label!r} is no class; take one of {', '.join(CLASSES)}")
        end_ms = int(min(end_ms, self._end_ms))
        if not 0 <= start_ms < end_ms:
            raise InputError(
                f"{self.target.eaf}: {shown(start_ms / 1000)}-{shown(end_ms / 1000)} s is no stretch of the video; "
                "move its ends"
            )
        name = name or f"{ADDED}{next(self._numbers)}"
        known = name if name in self.proposals else ""
        self._write(self.judged | {name: Judgement(known, label, start_ms, end_ms)})
        return name

    def undo(self, name: str, before: Judgement | None) -> None:
        """Take a decision back, so that what was decided ``before`` counts, if anything was, and write the file."""
        rest = {other: one for other, one in self.judged.items() if other != name}
        self._write(rest | ({name: before} if before else {}))

    def _write(self, judged: Mapping[str, Judgement]) -> None:
        content = judged_content(self._eaf, (one for one in judged.values() if one.proposal or one.label), self._tiers)
        try:
            backup = replace_file(self.target.eaf, self._written, content)
        except InputError as error:
            if self._is_unchanged():
                raise
            # Where no decision is left, what was kept before stays as it is.
            own = self._keep_own(content) if judged else self._own
            kept = f"your decisions are in {own.name} beside it; " if own else ""
            raise ChangedFile(
                f"{self.target.eaf}: was changed by another program during the review, so it stays as it is; {kept}"
                "load the file again"
            ) from error
        # The first backup is kept, and one to which another program wrote in this moment.
        if self._has_backup and backup.read_bytes() == self._written:
            backup.unlink()
        self._has_backup = True
        self._written, self.judged = content, dict(judged)

    def _is_unchanged(self) -> bool:
        with suppress(OSError):
            return self.target.eaf.read_bytes() == self._written
        return False

    def _keep_own(self, content: bytes) -> Path:
        """Write what the file would be to a file beside it, a new one each time it was loaded, and return its path."""
        if self._own is None:
            paths = (self.target.eaf.with_name(f"{self.target.eaf.name}{OWN}{number}") for number in count(1))
            self._own = next(path for path in paths if not path.exists())
        with written_whole(self._own) as temporary:
            temporary.write_bytes(content)
        return self._own

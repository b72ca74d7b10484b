"""An .eaf file under review: its proposals, what was decided about them, and writing it."""

from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

from signwild.annotation.eaf_slots import TimeSlots
from signwild.annotation.eaf_text import EafText
from signwild.annotation.replacing import replace_file
from signwild.annotation.review.judgements import Judgement, Proposal, judged_content, proposals_of
from signwild.annotation.targets import Target
from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.stages.dataset.spans import shown

ADDED = "new"
"""What the ids of annotations that the reviewer adds begin with."""


class ChangedFile(InputError):
    """The file was changed by another program, so nothing was written to it."""


class ReviewedFile:
    """A file as it was read, with the decisions about it, all of which are in the file on the disk.

    ``proposals``: by id. ``judged``: decisions by id, those of added annotations too.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._has_backup = False
        self.load()

    def load(self) -> None:
        """Read the file anew; what is on the disk counts, and no decision can be undone any more."""
        self._eaf = EafText(self.target.eaf)
        self._written = self._eaf.content
        self.proposals: dict[str, Proposal] = {one.name: one for one in proposals_of(self._eaf)}
        self.judged: dict[str, Judgement] = {}
        self._numbers = count(1)

    def annotations(self) -> list[tuple[str, int, int]]:
        """Return class, start and end in milliseconds of what the tiers of classes had when the file was read."""
        slots, found = TimeSlots(self._eaf), []
        for number, tier in enumerate(self._eaf.root.iterfind("TIER")):
            is_of_class = tier.get("TIER_ID") in CLASSES
            for one in self._eaf.tier(number).iterfind("ANNOTATION/ALIGNABLE_ANNOTATION") if is_of_class else ():
                start, end = slots.span(one)
                if start is not None and end is not None:
                    found.append((tier.get("TIER_ID", ""), start, end))
        return found

    def judge(self, name: str, label: str | None, start_ms: int, end_ms: int) -> str:
        """Decide about a proposal, or add an annotation (no ``name``), write the file, and return the id.

        Raises InputError, and changes nothing, for times that cannot be, and for an overlap; ChangedFile if the file is
        another one by now.
        """
        if name and name not in self.proposals and name not in self.judged:
            raise InputError(f"{self.target.eaf}: has no proposal {name}; load the page again")
        if label is not None and label not in CLASSES:
            raise InputError(f"{label!r} is no class; take one of {', '.join(CLASSES)}")
        if not 0 <= start_ms < end_ms:
            raise InputError(
                f"{self.target.eaf}: {shown(start_ms / 1000)}-{shown(end_ms / 1000)} s is no stretch of the video; "
                "move its ends"
            )
        name = name or f"{ADDED}{next(self._numbers)}"
        known = name if name in self.proposals else ""
        self._write(self.judged | {name: Judgement(known, label, start_ms, end_ms)})
        return name

    def undo(self, name: str) -> None:
        """Take a decision back, and write the file."""
        if name not in self.judged:
            raise InputError(f"{self.target.eaf}: nothing was decided about {name}; load the page again")
        self._write({other: one for other, one in self.judged.items() if other != name})

    def _write(self, judged: Mapping[str, Judgement]) -> None:
        content = judged_content(self._eaf, (one for one in judged.values() if one.proposal or one.label))
        try:
            backup = replace_file(self.target.eaf, self._written, content)
        except InputError as error:
            if self._is_unchanged():
                raise
            own = self._keep_own(content)
            raise ChangedFile(
                f"{self.target.eaf}: was changed by another program during the review, so it stays as it is; your "
                f"decisions are in {own.name} beside it; load the file again"
            ) from error
        if self._has_backup:
            backup.unlink()
        self._has_backup = True
        self._written, self.judged = content, dict(judged)

    def _is_unchanged(self) -> bool:
        with suppress(OSError):
            return self.target.eaf.read_bytes() == self._written
        return False

    def _keep_own(self, content: bytes) -> Path:
        """Write what the file would be to a new file beside it, and return its path."""
        for number in count(1):
            path = self.target.eaf.with_stem(f"{self.target.eaf.stem} (review {number})")
            if not path.exists():
                with written_whole(path) as temporary:
                    temporary.write_bytes(content)
                return path
        raise AssertionError("there is always a next number")

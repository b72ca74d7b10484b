"""What a review takes, and what stands of the proposals: a log of decisions and seconds, and a table of it.

The log has a line of JSON for each event: of which file it is, what was decided, and seconds at work. It has no name of
a person and no time of the day.
"""

import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from signwild.annotation.review.judgements import Judgement, Proposal
from signwild.base.errors import InputError
from signwild.stages.detector.detected_video import shown

KINDS = ("kept", "moved", "relabelled", "rejected", "added")
"""What can be decided: as proposed; other times; another class; not at all; and what the reviewer adds."""

OPENED, UNDONE = "opened", "undone"

LOG = "review_log.jsonl"

MINUTE, HOUR = 60.0, 3600.0


def kind_of(judgement: Judgement, proposal: Proposal | None) -> str:
    """Return what a decision does with a proposal, or None: one of KINDS."""
    if judgement.label is None:
        return "rejected"
    if proposal is None:
        return "added"
    if judgement.label != proposal.label:
        return "relabelled"
    is_same = (judgement.start_ms, judgement.end_ms) == (proposal.start_ms, proposal.end_ms)
    return "kept" if is_same else "moved"


class WorkLog:
    """The log in a folder, to which events are added; with ``is_on`` False, nothing is written."""

    def __init__(self, folder: Path, is_on: bool) -> None:
        self._path, self._is_on = folder / LOG, is_on
        if is_on:
            folder.mkdir(parents=True, exist_ok=True)

    def opened(self, file: Path, video_s: float, proposals: int) -> None:
        """Note that a file is under review, with the length of its video and the proposals that it has."""
        self._add(file=shown(file), event=OPENED, video_s=round(video_s, 3), proposals=proposals)

    def judged(self, file: Path, kind: str, is_undone: bool = False) -> None:
        """Note a decision, or that it was taken back."""
        self._add(file=shown(file), event=UNDONE if is_undone else kind, **({"kind": kind} if is_undone else {}))

    def worked(self, file: Path, seconds: float) -> None:
        """Note seconds at work on a file."""
        self._add(file=shown(file), event="worked", seconds=round(seconds, 1))

    def _add(self, **event: object) -> None:
        if self._is_on:
            try:
                with self._path.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(event) + "\n")
            except OSError as error:  # the decision is in the file all the same
                print(f"{self._path}: cannot be written ({error.strerror}); it goes on without", file=sys.stderr)
                self._is_on = False


@dataclass
class _Sum:
    video_s: float = 0.0
    seconds: float = 0.0
    decided: Counter = field(default_factory=Counter)


def read_log(folder: Path) -> pd.DataFrame:
    """Return what the log says of each file, one row a file, and all files in the last row, called ``all``.

    Columns: file, video_min, work_min, work_min_per_video_hour, a column with the number of each of KINDS, and
    ``stood_share``: the share of the proposals decided on that were kept as they were. Minutes an hour are NaN for a
    video without a length, and the share where nothing was decided. Raises InputError without a log.
    """
    path = folder / LOG
    if not path.is_file():
        raise InputError(f"{path}: no such file; `make review` writes it, unless with --no-log")
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        try:
            if line:
                _count(json.loads(line), sums)
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path}, line {number}: is not of this log; remove the line") from None
    total = _Sum(
        sum(one.video_s for one in sums.values()),
        sum(one.seconds for one in sums.values()),
        sum((one.decided for one in sums.values()), Counter()),
    )
    return pd.DataFrame([_row(name, one) for name, one in [*sorted(sums.items()), ("all", total)]])


def _count(event: dict, sums: dict[str, _Sum]) -> None:
    own = sums[event["file"]]
    if event["event"] == OPENED:
        own.video_s = float(event["video_s"])
    elif event["event"] == "worked":
        own.seconds += float(event["seconds"])
    elif event["event"] == UNDONE:
        own.decided[event["kind"]] -= 1
    elif event["event"] in KINDS:
        own.decided[event["event"]] += 1
    else:
        raise ValueError(event["event"])


def _row(name: str, one: _Sum) -> dict[str, object]:
    decided = {kind: one.decided[kind] for kind in KINDS}
    of_proposals = sum(decided.values()) - decided["added"]
    return {
        "file": name,
        "video_min": one.video_s / MINUTE,
        "work_min": one.seconds / MINUTE,
        "work_min_per_video_hour": one.seconds / MINUTE / (one.video_s / HOUR) if one.video_s else float("nan"),
        **decided,
        "stood_share": decided["kept"] / of_proposals if of_proposals else float("nan"),
    }

"""A review of several .eaf files: their proposals in the order in which they are worth a look, and what is decided."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import pandas as pd

from signwild.annotation.review.judgements import Judgement
from signwild.annotation.review.ranking import probability_of, ranked, wrong_seconds
from signwild.annotation.review.reviewed_file import ReviewedFile
from signwild.annotation.review.work_log import WorkLog, kind_of
from signwild.annotation.targets import Target
from signwild.base.collector import without_collector
from signwild.base.errors import InputError
from signwild.base.files import written_whole
from signwild.base.locks import claimed
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.detector.detected_video import shown
from signwild.stages.detector.kept_results import KeptResults, read_detected
from signwild.video.duration import stated_durations

LIST = "review.csv"

COLUMNS = ("file", "tier", "start_s", "end_s", "label", "sureness", "probability", "wrong_s")


class Decision(NamedTuple):
    """A decision of this review: its number, what it is about, and what was decided before, if anything was."""

    number: int
    file: int
    name: str
    before: Judgement | None


class Session:
    """The files under review. All methods may be called from several threads.

    ``order``: ids of the proposals, the one that is worth most first; an id is the number of the file, "/", and the id
    in the file. ``decided``: number of files of which every proposal has been decided on.
    """

    def __init__(
        self, targets: Iterable[Target], results: Path, log: WorkLog, fault: Callable[[str], None], tiers: Tiers
    ) -> None:
        self._lock, self._log = Lock(), log
        self._history: list[Decision] = []
        self._numbers = count(1)
        kept = KeptResults(results, stride=1) if results.is_dir() else None
        self.files: list[ReviewedFile] = []
        self._windows: list[pd.DataFrame | None] = []
        self.lengths_s: list[float] = []
        self.decided = 0
        for target in targets:
            try:
                windows, length = _results(kept, target.video)
                with without_collector():
                    file = ReviewedFile(target, 1000 * length, tiers)
            except (InputError, OSError) as error:
                fault(str(error))
                continue
            if file.is_decided:
                self.decided += 1
            if file.proposals:
                self.files.append(file)
                self._windows.append(windows)
                self.lengths_s.append(length)
                log.opened(target.eaf, length, len(file.proposals))
        self._rank()

    def _rank(self) -> None:
        self._probabilities, gains = {}, {}
        for number, (file, windows) in enumerate(zip(self.files, self._windows, strict=True)):
            for name, proposal in file.proposals.items():
                own = probability_of(proposal, windows, file.target.origin_ms)
                self._probabilities[f"{number}/{name}"] = own
                gains[f"{number}/{name}"] = wrong_seconds(proposal, own)
        self._gains, self.order = gains, ranked(gains)

    def as_json(self) -> dict:
        """Return everything that the page shows: files, and proposals in their order, with what was decided when."""
        with self._lock:
            files = [
                {
                    "name": shown(file.target.eaf),
                    "length_s": self.lengths_s[number],
                    "origin_ms": file.target.origin_ms,
                    "annotations": file.annotations(),
                    "added": [[name, *_shown(one)] for name, one in file.judged.items() if not one.proposal],
                }
                for number, file in enumerate(self.files)
            ]
            history = [
                [one.number, one.file, one.name, _shown(one.before) if one.before else None] for one in self._history
            ]
            return {
                "files": files,
                "proposals": [self._proposal(name) for name in self.order],
                "history": history,
            }

    def judge(self, file: int, name: str, label: str | None, start_ms: int, end_ms: int) -> tuple[Decision, str]:
        """Decide about a proposal, or add an annotation (no ``name``), in its file.

        Returns the decision, and a sentence about an overlap with another class, which may be empty.
        """
        with self._lock, without_collector():
            own = self._file(file)
            before = own.judged.get(name)
            name = own.judge(name, label, start_ms, end_ms)
            self._history.append(Decision(next(self._numbers), file, name, before))
            if before:
                self._log.judged(own.target.eaf, kind_of(before, own.proposals.get(name)), is_undone=True)
            self._log.judged(own.target.eaf, kind_of(own.judged[name], own.proposals.get(name)))
            return self._history[-1], own.overlap(name)

    def undo(self, file: int, name: str, number: int | None = None) -> None:
        """Take the decision with this number back, which must be the last about something, or without it all of them.

        Raises InputError for any other number, as from a page that does not show what is in the file.
        """
        with self._lock, without_collector():
            own = self._file(file)
            made = [one for one in self._history if (one.file, one.name) == (file, name)]
            if not made or number not in (None, made[-1].number):
                raise InputError(f"{own.target.eaf}: has no such decision about {name}; load the page again")
            gone = made if number is None else made[-1:]
            undone, before = own.judged[name], gone[0].before
            own.undo(name, before)
            self._history = [one for one in self._history if one not in gone]
            self._log.judged(own.target.eaf, kind_of(undone, own.proposals.get(name)), is_undone=True)
            if before:
                self._log.judged(own.target.eaf, kind_of(before, own.proposals.get(name)))

    def worked(self, file: int, seconds: float) -> None:
        """Note seconds at work on a file."""
        with self._lock:
            self._log.worked(self._file(file).target.eaf, seconds)

    def load_again(self, file: int) -> None:
        """Read a file again that another program has changed."""
        with self._lock:
            own = self._file(file)
            before = own.judged
            own.load()
            self._history = [one for one in self._history if one.file != file]
            for name, judgement in before.items():
                if name in own.proposals:  # so the file that counts now has no such decision
                    self._log.judged(own.target.eaf, kind_of(judgement, own.proposals[name]), is_undone=True)
            self._rank()

    def video(self, file: int) -> Path:
        """Return the video of a file."""
        return self._file(file).target.video

    def write_list(self, folder: Path) -> Path:
        """Write the proposals in their order as LIST in a folder, with COLUMNS, and return its path."""
        rows = []
        for name in self.order:
            number, _, own = name.partition("/")
            file = self.files[int(number)]
            one = file.proposals[own]
            times = one.start_ms / 1000, one.end_ms / 1000
            values = round(self._probabilities[name], 4), round(self._gains[name], 3)
            rows.append((shown(file.target.eaf), one.tier, *times, one.label, one.text, *values))
        path = folder / LIST
        with written_whole(path) as temporary:
            pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, index=False, lineterminator="\n")
        return path

    def _file(self, number: int) -> ReviewedFile:
        if not 0 <= number < len(self.files):
            raise InputError(f"there is no file {number} in this review; load the page again")
        return self.files[number]

    def _proposal(self, name: str) -> dict:
        number, _, own = name.partition("/")
        file = self.files[int(number)]
        one, judged = file.proposals[own], file.judged.get(own)
        return {
            "file": int(number),
            "name": own,
            "label": one.label,
            "start_ms": one.start_ms,
            "end_ms": one.end_ms,
            "sureness": one.text,
            "probability": round(self._probabilities[name], 3),
            "wrong_s": round(self._gains[name], 2),
            "judged": _shown(judged) if judged else None,
        }


@contextmanager
def alone(targets: Iterable[Target]) -> Iterator[None]:
    """Hold the folders of the files for one review; raise InputError for a folder that another one holds."""
    with ExitStack() as stack:
        for folder in sorted({target.eaf.parent.resolve() for target in targets}):
            if not stack.enter_context(claimed(folder / "review")):
                raise InputError(
                    f"{folder}: somebody else is reviewing this folder; wait until that review is ended, or give each "
                    "reviewer a folder"
                )
        yield


def _shown(judgement: Judgement) -> list:
    return [judgement.label, judgement.start_ms, judgement.end_ms]


def _results(kept: KeptResults | None, video: Path) -> tuple[pd.DataFrame | None, float]:
    """Return the detector's windows of a video if they are at hand, and its length in seconds (0 if it states none)."""
    place = kept.place_of(video) if kept else None
    if place and place.is_done:
        detected = read_detected(place.folder, video)
        return detected.windows, detected.duration_s
    return None, stated_durations([video])[0] or 0.0

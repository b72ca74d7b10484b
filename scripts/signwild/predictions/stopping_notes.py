"""Notes for below the scores: by which segments networks stopped their training."""

from collections.abc import Iterable

from signwild.configuration.sections.training import StopOn

NOTES: dict[StopOn, str] = {
    "held_out": "training stops by the loss on the very fold that is then evaluated, as in the paper, so the scores "
    "are optimistic",
    "inner": "training stops by a part of the training folds, split by groups of videos, and is then repeated on all "
    "of them: the evaluated fold decides nothing",
}


def stopping_sentences(stops: Iterable[StopOn]) -> list[str]:
    """Return sentences about networks that stopped in one way, or in both."""
    found = sorted(set(stops))
    subject = "Networks" if len(found) == 1 else "Some networks"
    return [f"{subject}: {NOTES[stop]}." for stop in found]

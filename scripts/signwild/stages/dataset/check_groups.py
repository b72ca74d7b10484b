"""Check that the data can fill the folds: every class needs as many groups of videos as there are folds."""

from collections.abc import Collection, Sequence
from pathlib import Path

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.notes import MOST_NAMES, Note
from signwild.base.text import lines_below
from signwild.base.words import listed
from signwild.configuration.sections.segments import GroupBy
from signwild.stages.dataset.groups import GROUP_IS, check_sources, group_videos
from signwild.stages.dataset.labels import Labels


def check_groups(
    labels: Path,
    read: Labels,
    usable_ids: Collection[str],
    folds: int,
    group_by: GroupBy,
    notes: Sequence[Note] = (),
) -> None:
    """Raise InputError that names the classes with fewer groups than ``folds``.

    ``labels``: the file or folder of the labels, for messages. ``usable_ids``: the videos that count. ``notes``: what
    does not count, which may be the reason.
    """
    usable = read.videos[read.videos["video_id"].isin(set(usable_ids))]
    check_sources(labels, usable, group_by)
    groups = read.spans["video_id"].map(group_videos(usable, group_by)).groupby(read.spans["label"]).nunique()
    counts = {name: int(groups.get(name, 0)) for name in CLASSES}
    if scarce := [name for name, count in counts.items() if count < folds]:
        groups_found = ", ".join(f"{name} {count}" for name, count in counts.items())
        fewest = min(counts.values())
        lower = f", or set `segments.folds` to at most {fewest}" if fewest > 1 else ""
        raise InputError(
            f"{labels}: too few groups of {listed(scarce)}: `segments.folds` is {folds}, and every fold needs one of "
            f"each class (groups with a usable file: {groups_found}; {GROUP_IS[group_by]}); add videos of "
            f"{listed(scarce)}{lower}{lines_below([note.text(MOST_NAMES) for note in notes])}"
        )

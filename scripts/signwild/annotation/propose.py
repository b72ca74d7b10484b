"""Proposals for many .eaf files, from a folder of a detector's results."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from signwild.annotation.eaf_proposals import Added, add_proposals
from signwild.annotation.eaf_text import EafText
from signwild.annotation.proposals import Proposals, read_proposals
from signwild.annotation.replacing import check_writable, replace_file
from signwild.annotation.targets import Target
from signwild.base.collector import without_collector
from signwild.base.errors import InputError
from signwild.base.words import listed
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.elan_writer import ANNOTATION_COLUMNS, write_eaf
from signwild.stages.detector.kept_results import KeptResults, absolute


def usable_targets(targets: Iterable[Target], out: Path, fault: Callable[[str], None]) -> list[Target]:
    """Return the files that can be read and written to, before a detector starts on its hours of work.

    ``out``: the folder of its results; where those of a video are there already, nothing is to be waited for, and its
    file is not read twice. ``fault`` is called with a message for each of the files that cannot be used.
    """
    kept = KeptResults(out, stride=1)
    usable = []
    for target in targets:
        try:
            if not kept.is_known(target.video):
                _check(target)
            usable.append(target)
        except (InputError, OSError) as error:
            fault(str(error))
    return usable


def propose_all(targets: Iterable[Target], out: Path, tiers: Tiers, say: Callable[[str], None]) -> int:
    """Add the proposals in ``out`` to .eaf files, say of each what was done, and return how many failed.

    ``tiers``: the empty ones that new files get. Videos without results there count as failed, silently, as the
    detector has said why.
    """
    kept = KeptResults(out, stride=1)
    failed = 0
    for target in targets:
        try:
            place = kept.place_of(target.video)
            if place.is_done:
                with without_collector():
                    say(propose(target, read_proposals(place.folder), tiers))
            else:
                failed += 1
        except (InputError, OSError) as error:
            failed += 1
            say(f"failed: {error}")
    return failed


def propose(target: Target, proposals: Proposals, tiers: Tiers) -> str:
    """Add proposals to an .eaf file, or write a new one, and return a line that says what was done.

    ``proposals``: in the times of the video. Raises InputError for a file that cannot take them, which is unchanged.
    """
    is_new = not target.eaf.exists()
    if is_new:
        _write_template(target, tiers)
    eaf = EafText(target.eaf)
    added = add_proposals(eaf, proposals.shifted(target.origin_ms))
    backup = None
    if added.content != eaf.content:
        backup = replace_file(target.eaf, eaf.content, added.content)
        if is_new:
            backup.unlink()
    return f"{target.eaf}: {_told(added, is_new)}{'' if is_new or not backup else f'; before: {backup.name}'}"


def _check(target: Target) -> None:
    if target.eaf.exists():
        with without_collector():
            EafText(target.eaf)
        check_writable(target.eaf)
    else:
        _check_folder(target)


def _check_folder(target: Target) -> None:
    if not os.access(target.eaf.parent, os.W_OK):
        raise InputError(
            f"{target.eaf}: cannot be written beside its video; change the folder's permissions, or write templates "
            "elsewhere first (scripts/write_elan_templates.py), and name these"
        )


def _write_template(target: Target, tiers: Tiers) -> None:
    _check_folder(target)
    empty = pd.DataFrame(columns=ANNOTATION_COLUMNS)
    write_eaf(target.eaf, absolute(target.video), empty, author="", tiers=tiers)


def _told(added: Added, is_new: bool) -> str:
    parts = ["a new file"] if is_new else []
    if added.written:
        parts.append(f"proposals on {_tiers(added.written)}")
    if replaced := [name for name in added.replaced if name not in added.written]:
        parts.append(f"unedited proposals on {_tiers(replaced)} removed")
    if edited := [name for name in added.kept if name not in added.same]:
        parts.append(f"left alone, as edited: {_tiers(edited)}")
    if added.same:
        parts.append(f"has these proposals already: {_tiers(added.same)}")
    return "; ".join(parts)


def _tiers(names: list[str]) -> str:
    return listed(f'"{name}"' for name in names)

"""Which tiers are those of each class, as options or a run's configuration name them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from signwild.annotation.eaf_text import EafText
from signwild.annotation.review.judgements import PROPOSED
from signwild.base.classes import CLASSES
from signwild.base.collector import without_collector
from signwild.base.errors import InputError
from signwild.configuration.file import Configuration
from signwild.configuration.messages import validated
from signwild.configuration.sections.dataset import FolderDataset, Tiers
from signwild.configuration.settings import read_yaml


def read_tiers(words: Sequence[str], option: str, configfile: Path | None = None) -> Tiers:
    """Return the tiers that words such as ``signing=RH-gloss`` name, or a configuration; else the classes' own names.

    ``option``: the option that has the words, for the InputError that is raised for others. Classes that words leave
    out have no tier; those that a configuration leaves out have their own name, as in a run.
    """
    if configfile:
        if words:
            raise InputError(f"--configfile {configfile} and {option} both name tiers; give one of them")
        dataset = validated(Configuration, read_yaml(configfile), str(configfile)).dataset
        if not isinstance(dataset, FolderDataset):
            raise InputError(f"{configfile}: dataset.kind: only `folder` has tiers; give {option} instead")
        return dataset.tiers
    if not words:
        return Tiers()
    named: dict[str, list[str]] = {label: [] for label in CLASSES}
    for word in words:
        label, sign, tier = word.partition("=")
        if label not in CLASSES or not sign:
            known = ", ".join(CLASSES)
            raise InputError(
                f'{option} "{word}": give a class ({known}) and its tier, such as {option} {CLASSES[0]}=RH-gloss'
            )
        named[label].append(tier)
    return validated(Tiers, named, option)


def written_tiers(words: Sequence[str], option: str, configfile: Path | None = None) -> Tiers:
    """Return the tiers that are written to, as ``read_tiers`` does, but with a tier for each class.

    A class that is not named has the tier of its own name. Raises InputError also for tiers of proposals.
    """
    tiers = read_tiers(words, option, configfile)
    named = {label: getattr(tiers, label) or [label] for label in CLASSES}
    source = f"{configfile}: dataset.tiers" if configfile else option
    for name in (name for own in named.values() for name in own if PROPOSED.fullmatch(name)):
        raise InputError(f'{source}: "{name}" is a tier of proposals, to which no decision goes; name one of your own')
    for name, label in tiers.classes().items():
        if name != label and name in CLASSES and not getattr(tiers, name):
            raise InputError(
                f'{source}: "{name}" is named for {label}, but is also the tier of {name}, for which none is named; '
                "name one for it too"
            )
    return validated(Tiers, named, source)


def check_names(tiers: Tiers, paths: Iterable[Path], source: str) -> str:
    """Raise InputError for a tier that none of the files has, unless it has the name of its class.

    ``source``: what named the tiers, for the message. Files that cannot be read are left out. Returns a note if the
    files have tiers, but none of those of classes, so that all that is decided will go to new ones; else nothing.
    """
    wanted = [name for name, label in tiers.classes().items() if name != label]
    there: dict[str, None] = {}
    for path in paths:
        if there.keys() >= set(wanted) and there.keys() & tiers.classes().keys():
            return ""
        try:
            with without_collector():
                there |= {tier.get("TIER_ID", ""): None for tier in EafText(path).root.iterfind("TIER")}
        except (InputError, OSError):
            continue
    own = ", ".join(name for name in there if not PROPOSED.fullmatch(name))
    if missing := [name for name in wanted if name not in there]:
        raise InputError(
            f'{source}: no .eaf file has a tier "{missing[0]}"; they have {own or "no tier"}; correct the name, or add '
            "the tier to a file in ELAN"
        )
    if not own or there.keys() & tiers.classes().keys():
        return ""
    return (
        f"no .eaf file has one of the tiers {', '.join(tiers.classes())}: what is decided goes to new ones, and a run "
        f"that reads others misses it; the files have {own}; name yours with --tiers, or with CONFIG= of make"
    )

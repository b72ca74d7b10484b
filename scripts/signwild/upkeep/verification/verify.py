"""Verification that the results of a run are complete, belong together, and match the present configuration."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from signwild.base.errors import InputError
from signwild.plan.run import Plan
from signwild.upkeep.verification.experiments import check_fusions, result_files
from signwild.upkeep.verification.findings import Finding
from signwild.upkeep.verification.inspection import UNREADABLE, Inspection, in_one_line
from signwild.upkeep.verification.leftovers import find_leftovers
from signwild.upkeep.verification.manifests import (
    check_gathered,
    descriptor_files,
    face_files,
    feature_files,
    read_videos,
    sample_files,
)
from signwild.upkeep.verification.segments import read_dealt, read_segments
from signwild.upkeep.verification.store_files import StoreFile, check_store_file


@dataclass(frozen=True)
class Verification:
    """Findings, and what was checked: files of the store, their size in bytes, and videos of the data set."""

    findings: list[Finding]
    files: int
    videos: int
    size: int


def verify_run(plan: Plan, results: Path, progress: Callable[[list], Iterable] = iter) -> Verification:
    """Check everything that a run's tables name, one file of the store at a time.

    ``results``: folder of all runs and of the store. Raises InputError if nothing has been run.
    """
    look = Inspection(plan, results)
    if not any(look.folder.glob("*/*.tsv")):
        raise InputError(
            f"{look.folder}: nothing has been run yet, so there is nothing to verify; first `make run CONFIG=FILE`"
        )
    videos = read_videos(look)
    files = [*sample_files(look, videos), *feature_files(look, videos)]
    files += [*face_files(look, videos), *descriptor_files(look, videos)]
    check_gathered(look)
    segments = read_segments(look, videos)
    if segments is not None:
        files += result_files(look, videos, segments, read_dealt(look, segments))
    _check_configuration(look)
    _check_ends(look)
    references: dict[Path, list[StoreFile]] = {}
    for file in files:
        references.setdefault(file.path, []).append(file)
    size = sum(check_store_file(look, own) for own in progress(list(references.values())))
    check_fusions(look)
    for path, problem in find_leftovers([look.folder], look.store):
        look.report(path, f"{problem}: `make clean-stale REMOVE=yes` removes it", kind="note")
    return Verification(look.findings, len(references), len(videos.listed), size)


def _check_configuration(look: Inspection) -> None:
    """Check that the configuration of the run's last start is the present one, except for what affects no result."""
    path = look.folder / "run_config.yaml"
    present, last = look.plan.settings.model_dump(mode="json"), None
    if path.exists():
        try:
            last = yaml.safe_load(path.read_text(encoding="utf-8"))
            for configuration in (present["configuration"], last["configuration"]):
                del configuration["hardware"]
                configuration["dataset"].pop("youtube", None)
        except (yaml.YAMLError, *UNREADABLE) as error:
            look.report(path, f"cannot be read ({in_one_line(error)})", kind="not up to date")
            return
    if last != present:
        look.report(path, "is missing, or differs from the present configuration", kind="not up to date")


def _check_ends(look: Inspection) -> None:
    """Check that what a finished run ends with exists: tables, figures, contact sheets, tracking and report."""
    for path in look.ends():
        if not path.exists():
            look.report(path, "is missing: the run is not finished, or it was deleted", kind="not up to date")

"""Files in results/ that no run's present configuration refers to, and their removal.

A run's present configuration is its ``run_config.yaml``, or a file in its place. A file of the store is kept while a
manifest or a record of any run names it. If it is not known what a run refers to, nothing in the store is stale.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import yaml

from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.base.store import store_path
from signwild.configuration.settings import Settings
from signwild.keys.classification import fold_key
from signwild.plan.run import Plan
from signwild.predictions.records import read_record
from signwild.stages.dataset.prepare_dataset import shard_names
from signwild.stages.takedown.exclude_videos import STAGES
from signwild.upkeep.cleaning.run_files import RUN_STAGES, stale_run_files
from signwild.upkeep.verification.inspection import UNREADABLE, Inspection
from signwild.upkeep.verification.leftovers import find_leftovers


@dataclass(frozen=True)
class Stale:
    """A file that nothing refers to.

    ``whole``: its stage of the store; or the largest folder below the run's whose files are all stale, or itself.
    ``size`` in bytes; ``seconds`` that it took to make, or 0 if it does not state them.
    """

    path: Path
    whole: Path
    size: int
    seconds: float


def read_runs(results: Path, given: Plan | None = None) -> tuple[list[Plan], list[str]]:
    """Return the plans of all runs below ``results``, and what cannot be known, in words.

    ``given``: a plan that replaces the stored one of its run. A folder is a run if it has a folder of a stage.
    Raises InputError if the given run has no results.
    """
    folders = [
        folder
        for folder in sorted(results.glob("*"))
        if folder.name != "store" and any((folder / stage).is_dir() for stage in RUN_STAGES)
    ]
    if given and given.run not in [folder.name for folder in folders]:
        raise InputError(
            f"{results / given.run}: nothing has been run yet; without a configuration, all runs are checked"
        )
    plans, unknown = [], []
    for folder in folders:
        if given and folder.name == given.run:
            plans.append(given)
            continue
        path = folder / "run_config.yaml"
        try:
            plan = Plan(Settings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
            if plan.run != folder.name:
                raise ValueError(f"it belongs to run {plan.run}")
            plans.append(plan)
        except (OSError, ValueError, yaml.YAMLError) as error:
            unknown.append(f"{path}: cannot be read as this run's configuration ({' '.join(str(error).split())[:80]})")
    return plans, unknown


def find_stale(plans: list[Plan], unknown: list[str], results: Path) -> tuple[list[Stale], list[str]]:
    """Return the files that no plan refers to and, in words, the reasons if the store's files are left out.

    Files that dead processes left behind are always stale.
    """
    found = {path for path, _ in find_leftovers([results / plan.run for plan in plans], results / "store")}
    used: set[Path] = set()
    reasons = list(unknown)
    for plan in plans:
        found.update(stale_run_files(plan, results / plan.run))
        own, missing = _references(plan, results)
        used |= own
        if missing:
            reasons.append(
                f"{missing[0]}: is missing or cannot be read: run {plan.run} is not finished, and may need more files"
            )
    if not reasons:
        for stage in STAGES:
            found.update(path for path in (results / "store" / stage).glob("[!.]*.h5") if path not in used)
    return [_measured(path, found, results) for path in sorted(found)], reasons


def remove_stale(stale: list[Stale], results: Path) -> int:
    """Remove files, and folders that become empty; returns the number of bytes freed."""
    freed = 0
    # The log of a table shows that its files are ours, so logs are removed last.
    for item in sorted(stale, key=lambda item: "logs" in item.path.parts):
        item.path.unlink(missing_ok=True)
        freed += item.size
        for folder in item.path.parents:
            if folder == results or folder.parent == results or folder.is_symlink() or any(folder.iterdir()):
                break
            folder.rmdir()
    return freed


def _references(plan: Plan, results: Path) -> tuple[set[Path], list[Path]]:
    """Return the files of the store that a plan's tables name, and those of the tables that are missing or damaged."""
    look = Inspection(plan, results)
    used, missing = set(), []
    for stage, path in _manifests(look):
        try:
            used |= {store_path(look.store, stage, key) for key in read_table(path)["key"] if key}
        except UNREADABLE:
            missing.append(path)
    records = map(look.located, plan.result_files("record.json", plan.computed()))
    for path in [*records, *look.final_records()]:
        try:
            used |= set(_recorded(look.store, read_record(path)))
        except UNREADABLE:
            missing.append(path)
    missing += [path for path in [*look.between(), *look.ends()] if not path.exists()]
    return used, missing


def _manifests(look: Inspection) -> Iterator[tuple[str, Path]]:
    """Yield a plan's manifests with keys, each with the stage of the store whose files it names."""
    settings = look.plan.settings
    folders = [("resample", "resample"), *(("faces", f"faces/{name}") for name in settings.faces)]
    folders += [("features", f"features/{name}") for name in settings.streams]
    folders += [("features", f"descriptors/{name}") for name in settings.descriptors]
    for stage, folder in folders:
        for shard in shard_names(settings.configuration.shards):
            yield stage, look.folder / folder / f"{shard}.tsv"


def _recorded(store: Path, record: dict) -> Iterator[Path]:
    if record["kind"] == "final":
        yield store_path(store, "training", record["key"])
    for entry in record["folds"]:
        if record["kind"] == "training":
            yield store_path(store, "training", entry["key"])
        if record["kind"] == "classification":
            yield store_path(store, "classification", fold_key(record["key"], entry["fold"]))


def _measured(path: Path, stale: set[Path], results: Path) -> Stale:
    seconds = 0.0
    if path.suffix == ".h5":
        try:
            with h5py.File(path) as file:
                seconds = sum(float(file.attrs.get(name, 0)) for name in ("seconds", "stream_seconds"))
        except UNREADABLE:
            pass
    return Stale(path, _whole(path, stale, results), path.stat().st_size, seconds)


def _whole(path: Path, stale: set[Path], results: Path) -> Path:
    if results / "store" in path.parents:
        return path.parent
    for folder in reversed(path.parents[: len(path.relative_to(results).parts) - 2]):
        if all(other in stale for other in folder.rglob("*") if not other.is_dir()):
            return folder
    return path

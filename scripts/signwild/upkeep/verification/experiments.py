"""Checks of experiments' results: one prediction for each held-out row, and the same values as in the store."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import PROBABILITIES
from signwild.base.errors import InputError
from signwild.base.store import store_path
from signwild.keys.classification import classification_key, fold_key
from signwild.keys.folds import final_key, splits, training_keys
from signwild.keys.subsets import used_rows
from signwild.plan.detection import final_members
from signwild.predictions.by_video import video_rows
from signwild.predictions.records import HISTORY_COLUMNS, flat_parameters, read_predictions, vector_parameters
from signwild.stages.training.fuse_experiments import SEGMENT
from signwild.stages.training.fusion import fuse_probabilities
from signwild.stages.training.path import REFIT, STOPPING
from signwild.upkeep.verification.inspection import Inspection
from signwild.upkeep.verification.manifests import Videos
from signwild.upkeep.verification.store_files import StoreFile, probabilities_problem

ASKED = ["video_id", "start_frame", "fold", "label"]
"""Columns that state what a row of predictions is about."""

OTHER_PARAMETERS = "is from another configuration than the present one"
OUTDATED = "has keys that do not follow from the present code and configuration"


def result_files(
    look: Inspection, videos: Videos, segments: pd.DataFrame, dealt: pd.DataFrame | None
) -> Iterator[StoreFile]:
    """Yield the store's files of trainings and classifications, and check their results.

    ``dealt``: the segments with folds by video, if they are known.
    """
    for name in [name for name in look.plan.computed() if name in look.plan.settings.reading]:
        asked = dealt if look.plan.settings.protocol(name) == "by_video" else segments
        for seed in look.plan.settings.seeds_of(name) if asked is not None else []:
            yield from _own_files(look, videos, asked, name, seed)
    for name, path in zip(final_members(look.plan), look.final_records(), strict=True):
        yield from _final_file(look, videos, segments, name, (path,))


def _final_file(
    look: Inspection, videos: Videos, segments: pd.DataFrame, name: str, chain: tuple[Path, ...]
) -> Iterator[StoreFile]:
    """Yield the file of a network that is trained on all folds, and check its record."""
    record, seed = look.read_record(chain), look.plan.seeds[0]
    if record is None:
        return
    _check_parameters(look, record, name, chain)
    if any(record[part] != value for part, value in {"run": look.plan.run, "experiment": name, "seed": seed}.items()):
        look.report(chain[-1], "belongs to another run, experiment or seed", chain)
    experiment = look.plan.settings.trained[name]
    keys = videos.keys.get((look.reads(name), experiment.what), {})
    segments = segments.assign(key=segments["video_id"].map(keys))
    sources = None
    if segments["key"].notna().all():
        sources = set(segments["key"])
        length = look.plan.settings.configuration.segments.length
        if record["key"] != final_key(experiment, segments, length, seed):
            look.report(chain[-1], OUTDATED, chain, "not up to date")
    yield StoreFile(store_path(look.store, "training", record["key"]), sources, chain, lambda _: None)


def _own_files(look: Inspection, videos: Videos, segments: pd.DataFrame, name: str, seed: int) -> Iterator[StoreFile]:
    experiment, chain = look.plan.settings.reading[name], look.results_chain(name, seed)
    is_trained = name in look.plan.settings.trained
    record = look.read_record(chain)
    predictions = _read_predictions(look, chain)
    if record is None or predictions is None:
        return
    _check_parameters(look, record, name, chain)
    _check_names(look, record, predictions, name, seed, chain)
    held_out = splits(segments["fold"], experiment.protocol)
    asked = segments
    if not is_trained and experiment.unit == "video":
        asked = video_rows(segments.sort_values(["video_id", "start_frame"], ignore_index=True))
    asked = asked[asked["fold"].isin([fold for fold, _ in held_out])]
    if not _check_asked(look, predictions, asked, chain) or not _check_folds(look, record, segments, held_out, chain):
        return
    if is_trained:
        _check_history(look, record, chain)
    keys = videos.keys.get((look.reads(name), experiment.what), {})
    if not _has_present_keys(look, record, name, seed, segments.assign(key=segments["video_id"].map(keys))):
        look.report(chain[2], OUTDATED, chain, "not up to date")
    stage = "training" if is_trained else "classification"
    for entry, (fold, training) in zip(record["folds"], held_out, strict=True):
        used = set(segments.loc[used_rows(segments, fold, training, experiment.subset), "video_id"])
        sources = {keys[video] for video in used} if used <= keys.keys() else None
        key = entry.get("key") if is_trained else fold_key(record["key"], fold)
        own = predictions[predictions["fold"] == fold].sort_values(SEGMENT)[list(PROBABILITIES)].to_numpy()
        path = store_path(look.store, stage, key)
        yield StoreFile(path, sources, chain, partial(probabilities_problem, said=own), blamed=chain[0])


def _has_present_keys(look: Inspection, record: dict, name: str, seed: int, segments: pd.DataFrame) -> bool:
    """Return whether a record's keys are those of the present code, as far as the keys of its features are known."""
    experiment = look.plan.settings.reading[name]
    length = look.plan.settings.configuration.segments.length
    if segments["key"].isna().any():
        return True
    if name in look.plan.settings.classified:
        pooling, encoder = look.plan.pooling(name), look.plan.settings.encoder(name)
        return record["key"] == classification_key(experiment, segments, pooling, length, seed, encoder)
    present = training_keys(experiment, segments, length, seed)
    return all(entry.get("key") == present[entry["fold"]][0] for entry in record["folds"])


def check_fusions(look: Inspection) -> None:
    """Check fusions against their members' predictions, if nothing was found wrong with these. Must come last."""
    wrong = {finding.path for finding in look.findings}
    for name, fusion in look.plan.settings.fused.items():
        for seed in look.plan.settings.seeds_of(name) if look.plan.settings.trained_as(name) == name else []:
            chain = look.results_chain(name, seed)
            record = look.read_record(chain)
            predictions = _read_predictions(look, chain)
            if record is None or predictions is None:
                continue
            _check_parameters(look, record, name, chain)
            chains = [look.results_chain(member, seed) for member in fusion.fuse]
            members = [_read_predictions(look, own) for own in chains]
            if any(table is None for table in members) or any(own[0] in wrong for own in chains):
                continue
            if not all(_check_asked(look, predictions, table, chain) for table in members):
                continue
            tables = [table.sort_values(SEGMENT)[list(PROBABILITIES)].to_numpy(np.float64) for table in members]
            fused = fuse_probabilities(np.stack(tables), fusion.rule).astype(np.float32)
            if not np.array_equal(fused, predictions.sort_values(SEGMENT)[list(PROBABILITIES)].to_numpy()):
                look.report(chain[0], "is not the fusion of its members' predictions", chain, "not up to date")


def _read_predictions(look: Inspection, chain: tuple[Path, ...]) -> pd.DataFrame | None:
    """Return predictions that can be evaluated: probabilities that sum to 1, one row for each segment."""
    path = chain[0]
    if not path.exists():
        look.report(path, "is missing: the run is not finished, or it was deleted", chain, "not up to date")
        return None
    try:
        return read_predictions(path)
    except InputError as error:
        # The message ends with what to do, which is stated once for all findings.
        look.report(path, str(error).removeprefix(f"{path}: ").rpartition(";")[0], chain)
        return None


def _check_parameters(look: Inspection, record: dict, name: str, chain: tuple[Path, ...]) -> None:
    settings = look.plan.settings
    experiment = settings.experiments[name]
    if name in settings.fused:
        subset = settings.subset(name)
        wanted = {"fuse": " + ".join(experiment.fuse), "rule": experiment.rule}
        wanted |= flat_parameters({"subset": subset.model_dump()}) if subset else {}
    else:
        wanted = flat_parameters(experiment.model_dump()) | {"segments.length": settings.configuration.segments.length}
    if name in settings.classified:
        wanted |= vector_parameters(look.plan.pooling(name), look.plan.settings.encoder(name))
    if record["parameters"] != json.loads(json.dumps(wanted)):
        look.report(chain[-1], OTHER_PARAMETERS, chain, "not up to date")


def _check_names(
    look: Inspection, record: dict, predictions: pd.DataFrame, name: str, seed: int, chain: tuple[Path, ...]
) -> None:
    """Check that a record and its predictions are of the run, the experiment and the seed of their folder."""
    wanted = {"run": look.plan.run, "experiment": name, "seed": seed}
    if any(record[part] != value for part, value in wanted.items()):
        look.report(chain[2], "belongs to another run, experiment or seed", chain)
    if any((predictions[part] != value).any() for part, value in wanted.items()):
        look.report(chain[0], "belongs to another run, experiment or seed", chain)


def _check_asked(look: Inspection, predictions: pd.DataFrame, asked: pd.DataFrame, chain: tuple[Path, ...]) -> bool:
    """Return whether predictions are for exactly these rows, each once."""
    said, wanted = (table[ASKED].sort_values(SEGMENT).to_numpy() for table in (predictions, asked))
    right = np.array_equal(said, wanted)
    if not right:
        look.report(chain[0], "does not have one row for each segment, or video, that its protocol holds out", chain)
    return right


def _check_folds(
    look: Inspection, record: dict, segments: pd.DataFrame, held_out: list[tuple], chain: tuple[Path, ...]
) -> bool:
    """Return whether a record's folds are the held-out ones of its protocol, with their segment and video counts."""
    counts = segments.groupby("fold")["video_id"].agg(["size", "nunique"])
    wanted = [(fold, *counts.loc[fold].tolist()) for fold, _ in held_out]
    said = [tuple(entry.get(part) for part in ("fold", "segments", "videos")) for entry in record["folds"]]
    if said != wanted:
        look.report(chain[2], "has other folds than the segments, or other counts of these", chain)
    return said == wanted


def _check_history(look: Inspection, record: dict, chain: tuple[Path, ...]) -> None:
    history = look.read_csv(chain[1], HISTORY_COLUMNS, chain)
    if history is None:
        return
    epochs = history.groupby(["fold", "part"]).size().to_dict()
    parts = {STOPPING: "epochs", REFIT: "refit_epochs"}
    said = {(entry["fold"], part): entry.get(name) for entry in record["folds"] for part, name in parts.items()}
    if epochs != {fit: count for fit, count in said.items() if count != 0}:
        look.report(chain[1], "does not have as many epochs of each fold as its record states", chain)

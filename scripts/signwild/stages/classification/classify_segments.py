"""Classification: an experiment's classifier on every fold; each fold is stored as soon as it is done."""

import json
from pathlib import Path
from time import monotonic

import h5py
import numpy as np
import pandas as pd

from signwild.base.store import new_store_file, store_path
from signwild.cli.program import run_function
from signwild.configuration.sections.classifier import PublishedClassifier
from signwild.configuration.sections.encoder import AnyEncoder
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.pooling import Pooling
from signwild.keys.classification import classification_key, fold_key
from signwild.keys.folds import splits
from signwild.keys.subsets import used_rows
from signwild.predictions.by_video import video_rows
from signwild.predictions.records import flat_parameters, vector_parameters, write_predictions, write_record
from signwild.stages.classification.classifier import classify_fold
from signwild.stages.classification.learned.vectors import LearnedVectors
from signwild.stages.classification.published.asked_videos import ask_published
from signwild.stages.features.pooling import PooledVectors, empty_shares
from signwild.stages.features.stored_features import with_features


def classify_segments(
    run: str,
    name: str,
    seed: int,
    experiment: ClassifiedExperiment,
    pooling: Pooling,
    length: int,
    segments_file: Path,
    features: Path,
    store: Path,
    tags: dict[str, str],
    output_dir: Path,
    encoder: AnyEncoder | None = None,
) -> None:
    """Fit an experiment's classifier with one seed on every fold; write predictions.parquet and record.json.

    ``pooling``: how samples become a segment's vector. ``segments_file``: segments with folds. ``features``: the
    manifest of the experiment's features, or of the frames from which each fold learns an ``encoder``. Predictions have
    one row per segment, or per video if that is the experiment's unit. Folds already in the store are not fitted again,
    whether or not the earlier run was completed. A published detector is not fitted, but asked.
    """
    segments = with_features(pd.read_parquet(segments_file), features, experiment.what, store)
    segments = segments.sort_values(["video_id", "start_frame"], ignore_index=True)
    key = classification_key(experiment, segments, pooling, length, seed, encoder)
    rows = video_rows(segments) if experiment.unit == "video" else segments
    probabilities = np.empty((len(rows), 3), np.float32)
    folds = []
    for fold, training_folds in splits(segments["fold"], experiment.protocol):
        path = store_path(store, "classification", fold_key(key, fold))
        if not path.exists():
            started = monotonic()
            own = segments[used_rows(segments, fold, training_folds, experiment.subset)].reset_index(drop=True)
            values, facts = _predicted(own, fold, experiment, pooling, length, encoder, seed)
            with new_store_file(path, own["key"], monotonic() - started) as file:
                file["probabilities"] = values
                file.attrs["facts"] = json.dumps(facts)
        held_out = segments[segments["fold"] == fold]
        with h5py.File(path) as file:
            probabilities[rows["fold"] == fold] = file["probabilities"][()]
            facts = json.loads(file.attrs["facts"])
        folds.append({"fold": int(fold), "segments": len(held_out), "videos": held_out["video_id"].nunique()} | facts)
        print(f"fold {fold} of {name}, seed {seed}: {_in_words(facts)}", flush=True)
    parameters = flat_parameters(experiment.model_dump()) | vector_parameters(pooling, encoder)
    write_predictions(output_dir / "predictions.parquet", rows, probabilities, run, name, seed)
    write_record(
        output_dir / "record.json",
        run=run,
        experiment=name,
        seed=seed,
        kind="classification",
        key=key,
        parameters=parameters | {"segments.length": length},
        tags=tags,
        **empty_shares(segments, length),
        folds=folds,
    )


def _predicted(
    segments: pd.DataFrame,
    fold: int,
    experiment: ClassifiedExperiment,
    pooling: Pooling,
    length: int,
    encoder: AnyEncoder | None,
    seed: int,
) -> tuple[np.ndarray, dict]:
    """Return the class probabilities of a fold, and what was done for them."""
    if isinstance(experiment.classifier, PublishedClassifier):
        return ask_published(segments, fold, experiment.classifier, length)
    if encoder:
        source = LearnedVectors(segments, length, experiment.unit, encoder, seed)
    else:
        source = PooledVectors(segments, length, pooling, experiment.unit, experiment.columns)
    return classify_fold(segments, fold, experiment.classifier, experiment.unit, source, seed)


def _in_words(facts: dict) -> str:
    if "fit_segments" not in facts:
        return f"as published, asked {facts['steps_a_second']} times a second"
    chosen = ", ".join(f"{name} {value:g}" for name, value in facts["chosen"].items())
    split = {
        "groups": "",
        "segments": "; a class has fewer than two groups to train on: inner folds by single rows",
        "none": "; a class has one row to train on: tuned and calibrated on what was fitted",
    }[facts["inner_split"]]
    return (
        f"{chosen} (balanced accuracy {facts['inner_balanced_accuracy']:.3f} in the inner folds); "
        f"fitted on {facts['fit_segments']} of {facts['training_segments']}{split}"
    )


if __name__ == "__main__":
    run_function(classify_segments, lock="output_dir")

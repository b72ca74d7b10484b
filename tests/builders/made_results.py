"""Small results of an experiment as training and fusion leave them, for tests of the later stages."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.predictions.records import HISTORY_COLUMNS


def made_predictions(
    videos: int = 6, segments: int = 4, folds: int = 2, skill: float = 1.0, seed: int = 1
) -> pd.DataFrame:
    """Return predictions of ``videos * segments`` segments; the higher ``skill``, the better they are."""
    random = np.random.default_rng(seed)
    rows = [
        (video % folds, f"video {video:03d}", 100 * k, CLASSES[video % 3])
        for video in range(videos)
        for k in range(segments)
    ]
    table = pd.DataFrame(rows, columns=["fold", "video_id", "start_frame", "label"])
    scores = random.normal(size=(len(table), 3))
    scores[np.arange(len(table)), table["label"].map(CLASSES.index)] += skill
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    table[list(PROBABILITIES)] = probabilities.astype(np.float32)
    return table.assign(run="demo", experiment="rgb", seed=seed)


def made_video_predictions(skill: float = 1.0, seed: int = 1) -> pd.DataFrame:
    """Return predictions of the six videos of :func:`made_predictions`, one row each."""
    return made_predictions(segments=1, skill=skill, seed=seed)


def made_history(folds: int = 2, epochs: int = 5, transitions: dict[int, str] | None = None) -> pd.DataFrame:
    """Return training histories in which fold k stops k epochs early; ``transitions``: epoch -> what followed it."""
    transitions = transitions or {}
    rows = [
        (
            *(fold, "stopping", epoch, 1 / epoch, 1 - 0.5 / epoch, 1.2 / epoch, 0.9 - 0.5 / epoch),
            *(0.001, 32, transitions.get(epoch, "")),
        )
        for fold in range(folds)
        for epoch in range(1, epochs + 1 - fold)
    ]
    return pd.DataFrame(rows, columns=HISTORY_COLUMNS)


def with_refit(history: pd.DataFrame, epochs: int = 2) -> pd.DataFrame:
    """Return the history with the first epochs of each fold repeated, without validation."""
    unknown = {"part": "refit", "val_loss": np.nan, "val_accuracy": np.nan, "transition": ""}
    return pd.concat([history, history[history["epoch"] <= epochs].assign(**unknown)])


def write_results(
    run: Path,
    experiment: str,
    seed: int = 1,
    kind: str = "training",
    predictions: pd.DataFrame | None = None,
    parameters: dict | None = None,
    trainable_parameters: int = 3754243,
    folds: tuple[dict, ...] = ({}, {}),
    **values: object,
) -> Path:
    """Write the results of one experiment and seed below the run's folder; return the folder of the seed.

    ``folds`` are added to the folds' entries in the record, ``values`` to the record.
    """
    folder = run / kind / experiment / f"seed_{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    table = made_predictions(seed=seed) if predictions is None else predictions
    table.assign(run=run.name, experiment=experiment, seed=seed).to_parquet(folder / "predictions.parquet")
    record = {
        "run": run.name,
        "experiment": experiment,
        "seed": seed,
        "kind": kind,
        "key": "0123456789abcdef0123",
        "parameters": dict(parameters or {"stream": "rgb", "network.cell": "gru", "network.layers": 2}),
        "tags": {"weights": "random", "dataset": "demo"},
        "folds": [{"fold": fold, "segments": 12, "videos": 3, **entry} for fold, entry in enumerate(folds)],
        **values,
    }
    if kind == "training":
        record["trainable_parameters"] = trainable_parameters
        record["parameters"] = {"training.epochs": 5, "training.stop_on": "held_out"} | record["parameters"]
        made_history(transitions={2: "reduce", 3: "grow"}).to_csv(folder / "history.csv", index=False)
    (folder / "record.json").write_text(json.dumps(record))
    return folder

"""Output of a finished experiment: predictions, and a run record for the tables and for MLflow."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.errors import InputError
from signwild.base.files import write_text, written_whole
from signwild.configuration.sections.encoder import AnyEncoder
from signwild.configuration.sections.pooling import Pooling
from signwild.configuration.sections.training import StopOn

HISTORY_COLUMNS = [
    *("fold", "part", "epoch", "loss", "accuracy", "val_loss", "val_accuracy"),
    *("learning_rate", "batch_size", "transition"),
]
"""Columns of a training's history, a row per epoch. ``transition`` is what followed the epoch (see
``stages.training.schedule``), ``part`` the part it belongs to (see ``stages.training.path``); epochs of ``refit`` have
no validation."""

RECORD_KEYS = ["run", "experiment", "seed", "kind", "key", "parameters", "tags", "folds"]
PREDICTION_COLUMNS = ["run", "experiment", "seed", "fold", "video_id", "start_frame", "label", *PROBABILITIES]


def write_predictions(
    path: Path, segments: pd.DataFrame, probabilities: np.ndarray, run: str, experiment: str, seed: int
) -> None:
    """Write class probabilities (n, 3) beside the columns of their segments (fold, video_id, start_frame, label)."""
    table = segments.assign(run=run, experiment=experiment, seed=seed)
    table[list(PROBABILITIES)] = probabilities.astype(np.float32)
    table = table[PREDICTION_COLUMNS].sort_values(["video_id", "start_frame"], ignore_index=True)
    with written_whole(path) as temporary:
        table.to_parquet(temporary, index=False)


def write_record(path: Path, **values: object) -> None:
    """Write a run record as JSON."""
    write_text(path, json.dumps(values, indent=2, ensure_ascii=False) + "\n")


def read_predictions(path: Path | str) -> pd.DataFrame:
    """Read the predictions of one experiment and seed, and check that they can be evaluated."""
    try:
        predictions = pd.read_parquet(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; train the experiment first") from error
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read as parquet ({error}); delete it and train again") from error
    missing = [name for name in PREDICTION_COLUMNS if name not in predictions]
    probabilities = None if missing else predictions[list(PROBABILITIES)].to_numpy()
    if missing:
        problem = f"has no column {', '.join(missing)}"
    elif predictions.empty:
        problem = "has no rows"
    elif not predictions["label"].isin(CLASSES).all():
        problem = f"has a label other than {', '.join(CLASSES)}"
    elif not (probabilities >= 0).all() or not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3):
        problem = f"has a row whose {', '.join(PROBABILITIES)} are not probabilities that sum to 1"
    elif predictions.duplicated(["video_id", "start_frame"]).any():
        problem = "has two rows for one segment (video_id, start_frame)"
    else:
        return predictions
    raise InputError(f"{path}: the table of predictions {problem}; delete it and train again")


def read_record(path: Path | str) -> dict:
    """Read a run record (record.json), which states what was computed for one experiment and seed."""
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; train the experiment first") from error
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}); delete it and train again") from error
    missing = [key for key in RECORD_KEYS if not isinstance(record, dict) or key not in record]
    if not missing and not all(isinstance(entry, dict) and "fold" in entry for entry in record.get("folds", [])):
        raise InputError(f"{path}: the run record's folds are malformed; delete it and train again")
    if missing:
        raise InputError(f"{path}: the run record has no {', '.join(missing)}; delete it and train again")
    return record


def unit_of(record: dict) -> str:
    """Return the unit that the experiment of a run record predicts: ``segment`` or ``video``."""
    return record["parameters"].get("unit", "segment")


def stops_of(record: dict) -> list[StopOn]:
    """Return by which segments the networks of a run record stopped their training; empty for a classifier."""
    if record["kind"] == "training":
        return [record["parameters"]["training.stop_on"]] if has_learned(record) else []
    return record.get("stop_on", [])


def has_learned(record: dict) -> bool:
    """Return whether a run record is of networks that were trained, not only evaluated."""
    return record["kind"] == "training" and record["parameters"]["training.epochs"] > 0


def flat_parameters(parameters: dict, prefix: str = "") -> dict[str, object]:
    """Flatten nested parameters to dotted names: {"network": {"cell": "gru"}} becomes {"network.cell": "gru"}."""
    flat: dict[str, object] = {}
    for name, value in parameters.items():
        if isinstance(value, dict):
            flat |= flat_parameters(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def vector_parameters(pooling: Pooling, encoder: AnyEncoder | None) -> dict[str, object]:
    """Return how a classifier's vectors are made, as parameters of a run record."""
    return flat_parameters({"pooling": pooling} | ({"encoder": encoder.model_dump()} if encoder else {}))


def read_history(path: Path | str) -> pd.DataFrame:
    """Read the training history: one row per fold and epoch."""
    try:
        history = pd.read_csv(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; train the experiment first") from error
    except ValueError as error:
        raise InputError(f"{path}: is not a table ({error}); delete it and train again") from error
    missing = [name for name in HISTORY_COLUMNS if name not in history]
    if missing or history.empty:
        problem = f"has no column {', '.join(missing)}" if missing else "has no rows"
        raise InputError(f"{path}: {problem}; delete it and train again")
    return history.assign(transition=history["transition"].astype(object).fillna(""))

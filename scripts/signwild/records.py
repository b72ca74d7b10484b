"""What a finished experiment leaves: predictions, and a run record for the tables and for MLflow."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.files import write_text, written_whole
from signwild.vocabulary import PROBABILITIES

PREDICTION_COLUMNS = ["run", "experiment", "seed", "fold", "video_id", "start_frame", "label", *PROBABILITIES]


def write_predictions(
    path: Path, segments: pd.DataFrame, probabilities: np.ndarray, run: str, experiment: str, seed: int
) -> None:
    """Write class probabilities (n, 3) beside what identifies their segments (fold, video_id, start_frame, label)."""
    table = segments.assign(run=run, experiment=experiment, seed=seed)
    table[list(PROBABILITIES)] = probabilities.astype(np.float32)
    table = table[PREDICTION_COLUMNS].sort_values(["video_id", "start_frame"], ignore_index=True)
    with written_whole(path) as temporary:
        table.to_parquet(temporary, index=False)


def write_record(path: Path, **values: object) -> None:
    """Write a run record as JSON."""
    write_text(path, json.dumps(values, indent=2, ensure_ascii=False) + "\n")


def read_record(path: Path) -> dict:
    """Read a run record."""
    return json.loads(path.read_text(encoding="utf-8"))


def flat_parameters(parameters: dict, prefix: str = "") -> dict[str, object]:
    """Nested parameters under dotted names: {"network": {"cell": "gru"}} is {"network.cell": "gru"}."""
    flat: dict[str, object] = {}
    for name, value in parameters.items():
        if isinstance(value, dict):
            flat |= flat_parameters(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat

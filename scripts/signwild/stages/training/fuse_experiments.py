"""Decision-based fusion: combined class probabilities of several experiments (paper section 4)."""

from pathlib import Path

import numpy as np

from signwild.base.classes import PROBABILITIES
from signwild.base.errors import InputError
from signwild.cli.program import run_function
from signwild.configuration.sections.experiments.fused import FusedExperiment
from signwild.keys.fusion import fusion_key
from signwild.predictions.records import read_predictions, read_record, stops_of, write_predictions, write_record
from signwild.stages.training.fusion import fuse_probabilities

SEGMENT = ["video_id", "start_frame"]


def fuse_experiments(
    run: str,
    name: str,
    seed: int,
    experiment: FusedExperiment,
    result_folders: list[Path],
    tags: dict[str, str],
    output_dir: Path,
) -> None:
    """Fuse the predictions of several experiments; write predictions.parquet and record.json.

    ``result_folders``: the members' result folders, in the order of ``experiment.fuse``. Predictions are aligned by
    (video, frame). Raises InputError if the members do not use the same segments and folds.
    """
    tables = [
        read_predictions(folder / "predictions.parquet").set_index(SEGMENT).sort_index() for folder in result_folders
    ]
    records = [read_record(folder / "record.json") for folder in result_folders]
    subset = {name: value for name, value in records[0]["parameters"].items() if name.startswith("subset.")}
    first = tables[0]
    for member, table in zip(result_folders[1:], tables[1:], strict=True):
        if not table[["fold", "label"]].equals(first[["fold", "label"]]):
            raise InputError(
                f"{result_folders[0]} and {member} have different segments or folds; delete both and start again"
            )
    stacked = np.stack([table[list(PROBABILITIES)].to_numpy(np.float64) for table in tables])
    write_predictions(
        output_dir / "predictions.parquet",
        first[["fold", "label"]].reset_index(),
        fuse_probabilities(stacked, experiment.rule),
        run,
        name,
        seed,
    )
    write_record(
        output_dir / "record.json",
        run=run,
        experiment=name,
        seed=seed,
        kind="fusion",
        key=fusion_key(experiment.rule, [record["key"] for record in records]),
        parameters={"fuse": " + ".join(experiment.fuse), "rule": experiment.rule} | subset,
        tags=tags,
        stop_on=sorted({stop for record in records for stop in stops_of(record)}),
        folds=[{part: entry[part] for part in ("fold", "segments", "videos")} for entry in records[0]["folds"]],
    )


if __name__ == "__main__":
    run_function(fuse_experiments, lock="output_dir")

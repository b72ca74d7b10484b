"""Draw the confusion matrix and reliability of every experiment, and the training curves of those that were trained."""

import argparse
from pathlib import Path

import pandas as pd

from cli import program, run
from signwild.base.errors import InputError
from signwild.predictions.records import has_learned, read_history, read_predictions, read_record, unit_of
from signwild.stages.figures.draw_figures import draw_confusion, draw_reliability, draw_training_curves


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = program(__doc__)
    options.add_argument("--results", required=True, type=Path, nargs="+", help="folders such as training/EXPERIMENT")
    options.add_argument("--seeds", required=True, type=int, nargs="+", help="the seeds to pool")
    options.add_argument("--figures", required=True, type=Path, help="folder of the pictures")
    return options


def work(arguments: argparse.Namespace) -> None:
    """Draw confusion_EXPERIMENT.png, reliability_EXPERIMENT.png (segments), curves_EXPERIMENT.png (trainings)."""
    for results in arguments.results:
        if not results.is_dir():
            raise InputError(f"{results}: there is no such folder; run the experiment first")
        seeds = {seed: results / f"seed_{seed}" for seed in arguments.seeds}
        name = results.name
        record = read_record(seeds[arguments.seeds[0]] / "record.json")
        title = f"{name} (run {record['run']}, {'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))})"
        predictions = pd.concat([read_predictions(folder / "predictions.parquet") for folder in seeds.values()])
        draw_confusion(predictions, title, arguments.figures / f"confusion_{name}.png", unit_of(record))
        if unit_of(record) == "segment":
            draw_reliability(predictions, title, arguments.figures / f"reliability_{name}.png")
        if has_learned(record):
            history = pd.concat(
                [read_history(folder / "history.csv").assign(seed=seed) for seed, folder in seeds.items()]
            )
            draw_training_curves(history, title, arguments.figures / f"curves_{name}.png")


if __name__ == "__main__":
    run(parser(), work, output="figures")

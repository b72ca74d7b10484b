"""Figures of results: confusion matrices, reliability and training curves, as reproducible PNG files."""

import math
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from signwild.base.classes import CLASSES, Unit
from signwild.base.errors import InputError
from signwild.cli.program import run_function
from signwild.drawing.png import save_png
from signwild.predictions.calibration import BINS, calibration_error, reliability
from signwild.predictions.metrics import chance, confusion, evaluate
from signwild.predictions.records import has_learned, read_history, read_predictions, read_record, unit_of
from signwild.stages.training.path import REFIT, STOPPING

TRAINING, VALIDATION, ANEW = "#7f8c99", "#c0392b", "#2f7f4f"
TRANSITION_MARKS = {"reduce": ("v", "lower learning rate"), "grow": ("^", "larger batch")}


def draw_figures(experiment_folders: list[Path], seeds: list[int], figures: Path) -> None:
    """Draw the confusion matrix and reliability of every experiment, and the curves of those that were trained.

    ``experiment_folders``: folders such as training/EXPERIMENT, which hold a folder for each of the ``seeds``, whose
    predictions are pooled. Writes confusion_EXPERIMENT.png, reliability_EXPERIMENT.png (of segments) and
    curves_EXPERIMENT.png (of trainings) into the folder ``figures``. Raises InputError if a folder is missing.
    """
    for results in experiment_folders:
        if not results.is_dir():
            raise InputError(f"{results}: there is no such folder; run the experiment first")
        folders = {seed: results / f"seed_{seed}" for seed in seeds}
        name = results.name
        record = read_record(folders[seeds[0]] / "record.json")
        title = f"{name} (run {record['run']}, {'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))})"
        predictions = pd.concat([read_predictions(folder / "predictions.parquet") for folder in folders.values()])
        draw_confusion(predictions, title, figures / f"confusion_{name}.png", unit_of(record))
        if unit_of(record) == "segment":
            draw_reliability(predictions, title, figures / f"reliability_{name}.png")
        if has_learned(record):
            histories = [read_history(folder / "history.csv").assign(seed=seed) for seed, folder in folders.items()]
            draw_training_curves(pd.concat(histories), title, figures / f"curves_{name}.png")


def draw_confusion(predictions: pd.DataFrame, title: str, path: Path | str, unit: Unit = "segment") -> None:
    """Draw the confusion matrix: segments or videos counted, with their share of the true class.

    ``predictions`` pools folds, whereas tables give the mean over them. It may pool several seeds; then every segment
    or video counts once per seed. Videos, one row each, are signing or the rest.
    """
    counts = confusion(predictions, unit)
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    names = list(counts)
    figure = Figure(figsize=(5.4, 4.9), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, label="share of the true class", fraction=0.046)
    for i in range(len(names)):
        for j in range(len(names)):
            share = shares.iat[i, j]
            text = f"{counts.iat[i, j]:,}\n{100 * share:.1f}%"
            axes.text(j, i, text, ha="center", va="center", color="white" if share > 0.55 else "black")
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names, rotation=90, va="center")
    guess = f"chance {100 * chance(predictions, unit)['accuracy']:.1f}% (commonest class)"
    axes.set_xlabel(
        f"predicted ({unit}s; all folds pooled)\naccuracy {100 * evaluate(predictions, unit)['accuracy']:.1f}%, {guess}"
    )
    axes.set_ylabel("truth")
    axes.set_title(title, wrap=True)
    save_png(figure, path)


def draw_reliability(predictions: pd.DataFrame, title: str, path: Path | str) -> None:
    """Draw how often segments are right by their confidence, and a histogram of the confidences.

    ``predictions``: of segments; folds, and possibly seeds, are pooled. See ``signwild.predictions.calibration``.
    """
    curve = reliability(predictions)
    known = curve.dropna()
    figure = Figure(figsize=(4.8, 5.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot([0, 1], [0, 1], color="black", linestyle=":", linewidth=1, label="perfect calibration")
    upper.bar(known["low"], known["right"], 1 / BINS, align="edge", color="#9db4c8", edgecolor="white")
    upper.plot(
        known["confidence"], known["right"], "o-", color=VALIDATION, markersize=4, label="share correct in a bin"
    )
    upper.set_ylabel("share correct")
    upper.set_ylim(0, 1)
    upper.legend(loc="upper left")
    lower.bar(curve["low"], curve["count"], 1 / BINS, align="edge", color=TRAINING, edgecolor="white")
    lower.set_ylabel("segments")
    lower.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    lower.set_xlim(0, 1)
    lower.set_xlabel("confidence: probability of the most probable class")
    error = f"expected calibration error, all folds pooled, {calibration_error(predictions):.3f}"
    figure.suptitle(f"{title}\n{error}", fontsize="medium")
    save_png(figure, path)


def draw_training_curves(history: pd.DataFrame, title: str, path: Path | str) -> None:
    """Draw loss and accuracy by epoch: every fit as a thin line, their mean in bold.

    ``history`` has the columns ``HISTORY_COLUMNS``, and ``seed`` if it pools several seeds. Fits stop at different
    epochs; from the first stop on, the mean is dashed, since it is based on ever fewer of them. The fit's validation
    loss has a small mark where the schedule lowered a learning rate or enlarged a batch. If networks were then
    retrained on all training folds, these epochs are a separate curve.
    """
    stopping, refit = (history[history["part"] == part] for part in (STOPPING, REFIT))
    figure = Figure(figsize=(9, 4.1), layout="constrained")
    both = figure.subplots(1, 2)
    for axes, metric in zip(both, ("loss", "accuracy"), strict=True):
        _draw_curves(axes, stopping, metric, "training", TRAINING)
        _draw_curves(axes, stopping, f"val_{metric}", "validation", VALIDATION)
        if not refit.empty:
            _draw_curves(axes, refit, metric, "training again, on all training folds", ANEW)
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss (cross-entropy)" if metric == "loss" else metric)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_ylim(0, 1 if metric == "accuracy" else None)
        axes.grid(alpha=0.3)
        if metric == "loss":
            _mark_transitions(axes, stopping)
            axes.axhline(math.log(len(CLASSES)), color="black", linestyle=":", linewidth=1, label="uniform guess")
    # The loss panel has all entries of the accuracy panel; the legend is below, where there are no curves.
    handles, labels = both[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize="small", frameon=False)
    fits = history.groupby(_fit(history)).ngroups
    figure.suptitle(f"{title}\n{fits} fits (thin), their mean (bold; dashed once one has stopped)", fontsize="medium")
    save_png(figure, path)


def _draw_curves(axes: Axes, history: pd.DataFrame, column: str, label: str, color: str) -> None:
    curves = history.pivot(index="epoch", columns=_fit(history), values=column)
    axes.plot(curves.index, curves, color=color, linewidth=0.7, alpha=0.45)
    mean = curves.mean(axis=1)
    complete = curves.notna().all(axis=1)
    axes.plot(mean.index, mean, color=color, linewidth=2.2, linestyle=(0, (2, 1)))
    axes.plot(
        mean.index[complete], mean[complete], color=color, linewidth=2.6, label=label, marker="o" * (len(mean) == 1)
    )


def _mark_transitions(axes: Axes, history: pd.DataFrame) -> None:
    for transition, (marker, label) in TRANSITION_MARKS.items():
        own = history[history["transition"] == transition]
        if not own.empty:
            axes.scatter(
                own["epoch"], own["val_loss"], 14, "black", marker=marker, alpha=0.6, linewidths=0, label=label
            )


def _fit(history: pd.DataFrame) -> list[str]:
    """Return the columns that identify a fit."""
    return ["seed", "fold"] if "seed" in history else ["fold"]


if __name__ == "__main__":
    run_function(draw_figures, lock="figures")

"""The epochs that led to a training's best epoch, from its history."""

import math

STOPPING, REFIT = "stopping", "refit"
"""Parts of a history: the epochs that decide when to stop, and those of the retraining that follows."""


def stopping_rows(rows: list[dict]) -> list[dict]:
    """Return the epochs that decide when to stop."""
    return [row for row in rows if row["part"] == STOPPING]


def best_epoch(rows: list[dict]) -> int:
    """Return the number of the first epoch with the lowest validation loss, or 0 if every loss is NaN or infinite."""
    best, least = 0, float("inf")
    for number, row in enumerate(rows, start=1):
        if math.isfinite(row["val_loss"]) and row["val_loss"] < least:
            best, least = number, row["val_loss"]
    return best


def path_to_best(rows: list[dict]) -> list[dict]:
    """Return the epochs that the best state went through, in order; each has its learning_rate and batch_size.

    ``rows``: epochs that decide when to stop. After a transition the training goes back to its best state, so the
    epochs between that state and the transition have no effect on what follows.
    """
    path, number = [], best_epoch(rows)
    while number:
        path.append(rows[number - 1])
        went_back = number > 1 and rows[number - 2]["transition"]
        number = best_epoch(rows[: number - 1]) if went_back else number - 1
    return path[::-1]

"""The way that led to a training's best epoch, from its history."""

STOPPING, REFIT = "stopping", "refit"
"""Parts of a history: epochs by which it is decided when to stop, and those of the training anew that follows."""


def stopping_rows(rows: list[dict]) -> list[dict]:
    """The epochs by which it is decided when to stop."""
    return [row for row in rows if row["part"] == STOPPING]


def best_epoch(rows: list[dict]) -> int:
    """Number of the epoch with the lowest validation loss, the first of equal ones; 0 where no loss is a number."""
    best, least = 0, float("inf")
    for number, row in enumerate(rows, start=1):
        if row["val_loss"] < least:
            best, least = number, row["val_loss"]
    return best


def path_to_best(rows: list[dict]) -> list[dict]:
    """The epochs that the best state went through, in their order; each has its learning_rate and batch_size.

    ``rows``: epochs by which it is decided when to stop. After a transition the training goes back to its best state,
    so that epochs after that one, and before the transition, left no trace in what followed.
    """
    path, number = [], best_epoch(rows)
    while number:
        path.append(rows[number - 1])
        went_back = number > 1 and rows[number - 2]["transition"]
        number = best_epoch(rows[: number - 1]) if went_back else number - 1
    return path[::-1]

"""The gain of one row of a table over another, as a sentence."""

from math import isnan

import pandas as pd


def gain_notes(table: pd.DataFrame, experiment: str | None) -> list[str]:
    """Return a sentence on the accuracy gain of ``experiment`` over the table's reference; nothing if it is None.

    ``table``: the numbers of ``compare_experiments.compare``, in which the interval of the difference is over the same
    resampled videos. A difference whose interval contains 0 is neither a gain nor a loss.
    """
    if experiment is None:
        return []
    row = table[table["experiment"] == experiment].iloc[0]
    reference = table[table["experiment"] == row["reference"]].iloc[0]
    gain, low, high = (100 * row[f"accuracy_versus{part}"] for part in ("", "_low", "_high"))
    if low > 0:
        verdict = "a gain"
    elif high < 0:
        verdict = f"a loss: keep {reference['label']}"
    else:
        verdict = "a difference that may be chance"
    interval = "(no interval, as every fold has one video)" if isnan(low) else f"[{low:+.1f}, {high:+.1f}]"
    return [
        f"On held-out videos, {row['label']} classifies {100 * row['accuracy_ours']:.1f}% of the segments correctly, "
        f"{reference['label']} {100 * reference['accuracy_ours']:.1f}%; the difference is {gain:+.1f} points "
        f"{interval}: {verdict}."
    ]

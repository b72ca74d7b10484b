"""Comparison of commands that are run to their ends in turn, so that all meet the same state of the machine."""

import statistics
import sys
from collections.abc import Callable, Hashable
from typing import Literal, TypeVar

from performance.measuring import Run

Name = TypeVar("Name", bound=Hashable)


def run_in_turn(ways: dict[Name, Callable[[], Run]], rounds: int) -> dict[Name, list[Run]]:
    """Return the runs of each way: all run once, then all again, ``rounds`` times."""
    runs: dict[Name, list[Run]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, run in ways.items():
            runs[name].append(run())
            last = runs[name][-1]
            print(f"round {number + 1}: {last.seconds:.1f} s, {last.cpu_s:.1f} CPU s", file=sys.stderr, flush=True)
    return runs


def print_compared(
    runs: dict[tuple[str, ...], list[Run]], names: list[str], figure: Literal["seconds", "cpu_s"]
) -> None:
    """Print a table in Markdown: medians, and ratios to the first way's runs, each within a round, as median and range.

    ``runs``: by the row's first cells, which ``names`` names. ``figure``: the property of ``Run`` that is compared.
    """
    columns = ["CPU s", "seconds", f"{'CPU s' if figure == 'cpu_s' else 'seconds'} of the first's"]
    columns += ["seconds to the first line", "MB"]
    print(f"| {' | '.join([*names, *columns])} |")
    print(f"|{' --- |' * len(names)}{' --: |' * len(columns)}")
    first = next(iter(runs.values()))
    for cells, own in runs.items():
        medians = {
            name: statistics.median(getattr(run, name) for run in own)
            for name in ("cpu_s", "seconds", "silent_s", "memory_mb")
        }
        ratios = [getattr(run, figure) / getattr(other, figure) for run, other in zip(own, first, strict=True)]
        shown = [f"{medians['cpu_s']:.1f}", f"{medians['seconds']:.1f}"]
        shown += [f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"]
        shown += [f"{medians['silent_s']:.1f}", f"{medians['memory_mb']:,.0f}"]
        print(f"| {' | '.join([*cells, *shown])} |")

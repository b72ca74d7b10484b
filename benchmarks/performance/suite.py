"""All measurements of ``make bench``, by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from performance.comparisons import Comparison, comparisons
from performance.measuring import measure_in_turn
from performance.stages import LARGE, LARGE_S, growing_stages, measure_growth, measure_memory, stages_of_video
from performance.workflow import RUNS, measure_workflow


@dataclass(frozen=True)
class Measurement:
    """Measurement that gives rows of one of the page's tables.

    ``order``: the names of all rows that the table may have. ``rows``: a function of the folder of materials and the
    number of rounds. ``once``: it is measured in one round, whatever number is requested.
    """

    table: str
    order: list[str]
    rows: Callable[[Path, int], Iterator[dict[str, str]]]
    once: bool = False


def suite(seconds: float, images: int, segments: int) -> dict[str, Measurement]:
    """Return comparisons on this many seconds of video, VGG-16 images and segments; memory, growth and workflow.

    Growth starts at a sixth of the seconds, and an eighth of the segments.
    """
    compared = comparisons(seconds, images, segments)
    order = [comparison.stage for comparison in compared.values()]
    smallest = {"seconds": seconds / 6, "segments": segments // 8}
    return {
        **{name: Measurement("comparisons", order, _row_of(comparison)) for name, comparison in compared.items()},
        "memory": Measurement(
            "memory", list(stages_of_video(LARGE_S, LARGE)), lambda folder, _: measure_memory(folder), once=True
        ),
        "growth": Measurement(
            "growth",
            list(growing_stages(1, **smallest)),
            lambda folder, rounds: measure_growth(folder, rounds, **smallest),
        ),
        "workflow": Measurement("workflow", list(RUNS), lambda folder, _: measure_workflow(folder), once=True),
    }


def _row_of(comparison: Comparison) -> Callable[[Path, int], Iterator[dict[str, str]]]:
    return lambda folder, rounds: iter([comparison.row(measure_in_turn(comparison.works, folder, rounds))])

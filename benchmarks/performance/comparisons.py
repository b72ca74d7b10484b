"""Rows of docs/performance.md: which measurements are compared, and their goals."""

from dataclasses import dataclass

from performance.measuring import Use, Work, median, ratio

STREAMS = ["rgb", "flow", "mhi", "difference"]


@dataclass(frozen=True)
class Comparison:
    """Comparison of one stage with its yardsticks.

    ``figure``: the property of ``Use`` to compare. ``ours``, ``procedure``, ``limit``: tasks with their options.
    ``times_faster``: how many times faster than the procedure it should be. ``of_limit``: the time that it may take,
    relative to the limit's. ``unit``: the name of a unit.
    """

    stage: str
    measured_on: str
    figure: str
    unit: str
    ours: Work
    procedure: Work | None
    limit: Work | None
    times_faster: float | None
    of_limit: float | None

    @property
    def works(self) -> dict[str, Work]:
        """Tasks to measure, by name: ours, procedure and limit."""
        works = {"ours": self.ours, "procedure": self.procedure, "limit": self.limit}
        return {name: work for name, work in works.items() if work is not None}

    def row(self, uses: dict[str, list[Use]]) -> dict[str, str]:
        """Return the row of the table."""
        row = {"stage": self.stage, "measured on": self.measured_on, "figure": self._figure_name}
        for name in ("ours", "procedure", "limit"):
            row[name] = f"{median(uses[name], self.figure):.3g}" if name in uses else "–"
        row["times faster (goal)"] = row["of the limit's time (goal)"] = "–"
        if "procedure" in uses:
            faster = ratio(uses["procedure"], uses["ours"], self.figure)
            row["times faster (goal)"] = f"{faster:.3g} {_goal(f'{self.times_faster:g}', faster >= self.times_faster)}"
        if "limit" in uses:
            share = ratio(uses["ours"], uses["limit"], self.figure)
            row["of the limit's time (goal)"] = f"{share:.2f} {_goal(f'{self.of_limit:.2f}', share <= self.of_limit)}"
        return row

    @property
    def _figure_name(self) -> str:
        what = {"seconds_a_unit": "s", "cpu_s_a_unit": "CPU s"}[self.figure]
        return f"{what} {self.unit}"


def _goal(goal: str, met: bool) -> str:
    return f"({goal})" if met else f"({goal}, missed)"


def comparisons(seconds: float, images: int, segments: int) -> dict[str, Comparison]:
    """Return all comparisons by name, for a video of ``seconds``, ``images`` of VGG-16, and ``segments``."""
    return {**_of_videos(seconds), **_of_features(images), **_of_training(segments)}


def _of_videos(seconds: float) -> dict[str, Comparison]:
    video, options = f"{seconds:g} s of 720p30", {"seconds": seconds}
    return {
        "streams": Comparison(
            stage="resample, flow, mhi, difference",
            measured_on=video,
            figure="cpu_s_a_unit",
            unit="a second",
            **_tasks("streams", options),
            times_faster=3.0,
            of_limit=1.25,
        ),
        "faces": Comparison(
            stage="faces, five detectors",
            measured_on=video,
            figure="cpu_s_a_unit",
            unit="a second",
            **_tasks("faces", options) | {"limit": None},
            times_faster=3.0,
            of_limit=None,
        ),
        "detector": Comparison(
            stage="detector, rgb + mhi",
            measured_on=video,
            figure="cpu_s_a_unit",
            unit="a second",
            **_tasks("detector", options) | {"procedure": None},
            times_faster=None,
            of_limit=1.15,
        ),
    }


def _of_features(images: int) -> dict[str, Comparison]:
    options = {"images": images, "streams": STREAMS}
    goals = {"float32": (1.3, 0.95), "bfloat16": (2.0, 0.9)}
    return {
        precision: Comparison(
            stage=f"features, {precision}" + ("" if precision == "float32" else " (procedure in float32)"),
            measured_on=f"{images} images, a quarter of each stream",
            figure="seconds_a_unit",
            unit="an image",
            **_tasks("features", options | {"precision": precision, "batch_size": 32})
            | {"procedure": Work("features_procedure", options)},
            times_faster=faster,
            of_limit=1 / rate,
        )
        for precision, (faster, rate) in goals.items()
    }


def _of_training(segments: int) -> dict[str, Comparison]:
    options = {"segments": segments}
    return {
        "reads": Comparison(
            stage="training reads",
            measured_on=f"{segments:,} segments of 20 x 4,096",
            figure="seconds_a_unit",
            unit="a segment",
            **_tasks("reads", options),
            times_faster=20.0,
            of_limit=1 / 0.7,
        ),
        "training": Comparison(
            stage="training",
            measured_on=f"one epoch of {segments:,} segments",
            figure="seconds_a_unit",
            unit="a segment",
            **_tasks("training", options),
            times_faster=1.5,
            of_limit=1 / 0.9,
        ),
        "training_bfloat16": Comparison(
            stage="training, bfloat16 (procedure in float32)",
            measured_on=f"one epoch of {segments:,} segments",
            figure="seconds_a_unit",
            unit="a segment",
            **_tasks("training", options | {"precision": "bfloat16"})
            | {"procedure": Work("training_procedure", options)},
            times_faster=4.0,
            of_limit=1 / 0.9,
        ),
    }


def _tasks(stage: str, options: dict[str, object]) -> dict[str, Work]:
    return {name: Work(f"{stage}_{name}", options) for name in ("ours", "procedure", "limit")}

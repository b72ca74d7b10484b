"""The rows of docs/performance.md: what is measured beside what, and what was aimed at."""

from dataclasses import dataclass

from performance.measuring import Use, Work, median, ratio

ALL = ["rgb", "flow", "mhi", "difference"]


@dataclass(frozen=True)
class Comparison:
    """One stage beside its yardsticks.

    ``figure``: a property of ``Use`` that counts. ``ours``, ``procedure``, ``limit``: tasks with their options.
    ``times_faster``: how many times faster than the procedure it should be. ``of_limit``: the time that it may take,
    as a share of the limit's. ``unit``: what a unit is.
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
        """What is measured, by whose it is."""
        works = {"ours": self.ours, "procedure": self.procedure, "limit": self.limit}
        return {name: work for name, work in works.items() if work is not None}

    def row(self, uses: dict[str, list[Use]]) -> dict[str, str]:
        """The table's row."""
        row = {"stage": self.stage, "measured on": self.measured_on, "figure": self._figure_name}
        for name in ("ours", "procedure", "limit"):
            row[name] = f"{median(uses[name], self.figure):.3g}" if name in uses else "–"
        row["times faster (goal)"] = row["of the limit's time (goal)"] = "–"
        if "procedure" in uses:
            faster = ratio(uses["procedure"], uses["ours"], self.figure)
            row["times faster (goal)"] = f"{faster:.3g} ({self.times_faster:g})"
        if "limit" in uses:
            share = ratio(uses["ours"], uses["limit"], self.figure)
            row["of the limit's time (goal)"] = f"{share:.2f} ({self.of_limit:.2f})"
        row["memory, MB"] = f"{max(use.memory_mb for use in uses['ours']):.0f}"
        return row

    @property
    def _figure_name(self) -> str:
        what = {"seconds_a_unit": "s", "cpu_s_a_unit": "CPU s"}[self.figure]
        return f"{what} {self.unit}"


def comparisons(seconds: float, images: int, segments: int) -> dict[str, Comparison]:
    """All comparisons by name: on a video of so many seconds, so many images of VGG-16, and so many segments."""
    minute = {"seconds": seconds}
    of_four = {"images": images, "streams": ALL}
    reads, clock = {"segments": segments}, "seconds_a_unit"
    video, pictures = f"{seconds:g} s of 720p30", f"{images} images, a quarter of each stream"
    features = {
        precision: Comparison(
            f"features, {precision}",
            pictures,
            clock,
            "an image",
            Work("features_ours", {**of_four, "precision": precision, "batch_size": 32}),
            Work("features_procedure", of_four),
            Work("features_limit", {**of_four, "precision": precision, "batch_size": 32}),
            faster,
            1 / share,
        )
        for precision, faster, share in (("float32", 1.3, 0.95), ("bfloat16", 2.0, 0.9))
    }
    return {
        "streams": Comparison(
            "resample, flow, mhi, difference",
            video,
            "cpu_s_a_unit",
            "a second",
            Work("streams_ours", minute),
            Work("streams_procedure", minute),
            Work("streams_limit", minute),
            3.0,
            1.25,
        ),
        **features,
        "reads": Comparison(
            "training reads",
            f"{segments:,} segments of 20 x 4,096",
            clock,
            "a segment",
            Work("reads_ours", reads),
            Work("reads_procedure", reads),
            Work("reads_limit", reads),
            20.0,
            1 / 0.7,
        ),
        "training": Comparison(
            "training",
            f"one epoch of {segments:,} segments",
            clock,
            "a segment",
            Work("training_ours", reads),
            Work("training_procedure", reads),
            Work("training_limit", reads),
            1.5,
            1 / 0.9,
        ),
        "faces": Comparison(
            "faces",
            f"{video}, five detectors",
            "cpu_s_a_unit",
            "a second",
            Work("faces_ours", minute),
            Work("faces_procedure", minute),
            None,
            3.0,
            None,
        ),
        "detector": Comparison(
            "detector",
            f"{video}, rgb + mhi",
            clock,
            "a second",
            Work("detector_ours", minute),
            None,
            Work("detector_limit", minute),
            None,
            1.15,
        ),
    }

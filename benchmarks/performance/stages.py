"""Memory on a large video, and growth of the time, of every stage that grows with its input."""

from collections.abc import Iterator
from pathlib import Path

from performance.measuring import Work, measure_in_turn, measure_memory_mb, median, prepare, ratio

TIMES = (1, 2, 4, 8)
"""Sizes of the input, as multiples of the smallest."""

LARGE_S, LARGE = 400, "1080p60"
"""The video on which memory is measured: as long as the part that is read of any, as large as most on YouTube."""

FEATURES = {
    "features of rgb, fc1": {"stream": "rgb", "layers": ["fc1"]},
    "features of rgb, fc1 and block5": {"stream": "rgb", "layers": ["fc1", "block5"]},
    "features of flow, fc1": {"stream": "flow", "layers": ["fc1"]},
}

ALIKE = ("features of rgb, fc1 and block5", "features of flow, fc1")
"""Stages that grow as the features of rgb do."""

VIDEOS = 200
"""Smallest number of videos whose segments are cut."""


def stages_of_video(seconds: float, form: str) -> dict[str, Work]:
    """Return the stages that process videos, by name, on a video of this many seconds."""
    video = {"seconds": seconds, "form": form}
    return {
        "resample": Work("stages_resample", video),
        **{name: Work("stages_motion", video | {"stream": name}) for name in ("flow", "mhi", "difference")},
        **{name: Work("stages_features", video | options) for name, options in FEATURES.items()},
        "faces": Work("faces_ours", video),
        "profiles": Work("stages_descriptor", video | {"kind": "profiles"}),
        "visual features": Work("stages_descriptor", video | {"kind": "visual_features"}),
        "frames of learned patches": Work("stages_descriptor", video | {"kind": "learned_patches"}),
        "detector, rgb + mhi": Work("detector_ours", video),
    }


def growing_stages(times: int, seconds: float, segments: int) -> dict[str, Work]:
    """Return all stages that grow, by name, on this multiple of the smallest input."""
    videos = stages_of_video(seconds * times, "720p30")
    return {name: work for name, work in videos.items() if name not in ALIKE} | {
        "segments": Work("stages_segments", {"videos": VIDEOS * times}),
        "training": Work("training_ours", {"segments": segments * times}),
    }


def measure_memory(folder: Path) -> Iterator[dict[str, str]]:
    """Yield one row per stage: memory on one large video, beside a short one."""
    columns = {f"{seconds:g} s of {form}, MB": (seconds, form) for seconds, form in ((20, "720p30"), (LARGE_S, LARGE))}
    of_columns = {column: stages_of_video(*video) for column, video in columns.items()}
    for stage in stages_of_video(LARGE_S, LARGE):
        row = {"stage": stage}
        for column, works in of_columns.items():
            prepare(works[stage], folder)
            row[column] = f"{measure_memory_mb(works[stage], folder):.0f}"
        yield row


def measure_growth(folder: Path, rounds: int, seconds: float, segments: int) -> Iterator[dict[str, str]]:
    """Yield one row per stage, with the smallest input of this many seconds of video, or segments."""
    for stage in growing_stages(1, seconds, segments):
        yield growth_row(stage, folder, rounds, seconds, segments)


def growth_row(stage: str, folder: Path, rounds: int, seconds: float, segments: int) -> dict[str, str]:
    """Return the CPU seconds at 1, 2, 4 and 8 times the input, and the cost of a unit at 8 relative to 1."""
    works = {times: growing_stages(times, seconds, segments)[stage] for times in TIMES}
    uses = measure_in_turn(works, folder, rounds)
    units = {"segments": f"{VIDEOS} videos", "training": f"{segments} segments"}
    row = {"stage": stage, "1 time is": units.get(stage, f"{seconds:g} s of 720p30")}
    row |= {f"{times}, CPU s": f"{median(uses[times], 'cpu_s'):.3g}" for times in TIMES}
    return row | {"a unit at 8, of a unit at 1": f"{ratio(uses[8], uses[1], 'cpu_s_a_unit'):.2f}"}

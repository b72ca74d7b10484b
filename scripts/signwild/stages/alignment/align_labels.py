"""Alignment of labels, which the authors counted in frames of their file, with the file available today."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import pandas as pd

from signwild.base.errors import UnusableVideo
from signwild.base.files import read_table, write_table
from signwild.base.store import store_path
from signwild.cli.program import run_function
from signwild.configuration.sections.resample import Resample
from signwild.keys.samples import sample_key
from signwild.stages.download.status import DOWNLOAD_COLUMNS
from signwild.video.container import probe_video
from signwild.video.sampling import nominal_rate, sample_step

ALIGNMENT_COLUMNS = ["method", "label_step", "label_rate", "file_rate", "label_seconds", "file_seconds"]

AUTHORS_RATE = 5
AUTHORS_SAMPLES = 2000
"""Samples per second that the authors labelled, with a step of ceil(fps / 5) frames, and their maximum number."""

STANDARD_RATES = (30, 25, 24, 20, 15, 12, 10, 8, 6, 5)
NTSC = 1000 / 1001
"""Rates that the authors' files may have had, and the factor that gives television's (29.97, 23.976 ...)."""

MOST_THINNED = 8
"""Most frames that today's file has for one of the authors' (240 against 30 per second)."""

LENGTH_TOLERANCE_S = 2.0
"""Largest difference in length between labels and file: encoders end some frames sooner or later, editors more."""

CLEARLY_BETTER_S = 0.5
"""A rate at which labels and file agree in length better by more than this is the right one (our choice)."""

AMBIGUITY_S = 0.1
"""Half a sample: two rates that put the last label further apart than this cannot both be right."""


@dataclass(frozen=True)
class FileFacts:
    """Facts on the inspected part of a file: frames per second of its regular frames and of all, and its seconds.

    The two rates differ if frames were dropped, or come at irregular times. ``start_s``: the first frame's time.
    """

    rate: float
    mean_rate: float
    seconds: float
    start_s: float = 0.0


@dataclass(frozen=True)
class Alignment:
    """Mapping from labels by frame to a file.

    ``method``: ``frame``, the file has the authors' frames; ``thinned``, it has ``factor`` frames for each of theirs;
    ``time``, by the times of their frames, at ``label_rate`` frames per second from ``start_s``. ``step``: frames from
    one label to the next.
    """

    method: str
    factor: int
    label_rate: float
    step: int
    start_s: float

    def apply(self, spans: pd.DataFrame) -> pd.DataFrame:
        """Convert spans by the authors' frames to spans by this file's frames, or by seconds.

        By time, a label extends from half a step before its frame to half a step after it, so that every sample gets
        the nearest label.
        """
        start, end = spans["start"].astype(int), spans["end"].astype(int)
        if self.method == "time":
            half = self.step / 2
            start, end = ((start - half) / self.label_rate).clip(lower=0), (end + half) / self.label_rate
            start, end = start + self.start_s, end + self.start_s
            return spans.assign(unit="seconds", start=start.map(repr), end=end.map(repr))
        return spans.assign(start=(start * self.factor).astype(str), end=(end * self.factor).astype(str))


def align_labels(
    dataset: Path,
    labels: Path,
    downloads: Path,
    store: Path,
    parameters: Resample,
    manifest: Path,
    aligned_labels: Path,
) -> None:
    """Write a shard's labels aligned with its files, and a manifest that states how each video was aligned.

    ``dataset``, ``labels``, ``downloads``: the shard's videos, labels and download manifest. A video whose
    labels cannot belong to this file becomes a row with status ``misaligned``. Labels in seconds, and labels that
    count in frames of the available files themselves, stay unchanged.
    """
    listed = read_table(dataset).set_index("video_id")
    spans = read_table(labels)
    rows, parts = [], []
    for video in read_table(downloads).to_dict("records"):
        step, last = listed.loc[video["video_id"], ["label_step", "last_label"]]
        own = spans[spans["video_id"] == video["video_id"]]
        row = dict(video)
        if video["status"] == "ok" and int(step or 0) > 0:
            try:
                facts = _facts(video, store, parameters)
                row |= {"label_step": step, "file_rate": f"{facts.rate:.3f}", "file_seconds": f"{facts.seconds:.1f}"}
                alignment = align(facts, int(step), int(last), parameters.max_seconds)
                row |= {"method": alignment.method, "label_rate": f"{alignment.label_rate:.3f}"}
                row["label_seconds"] = f"{(int(last) + int(step)) / alignment.label_rate:.1f}"
                own = alignment.apply(own)
            except UnusableVideo as problem:
                row |= {"status": problem.status, "reason": problem.reason}
        rows.append(row)
        parts.append(own)
    write_table(aligned_labels, pd.concat([spans[:0], *parts], ignore_index=True))
    write_table(manifest, pd.DataFrame(rows, columns=[*DOWNLOAD_COLUMNS, *ALIGNMENT_COLUMNS], dtype=object).fillna(""))


def align(facts: FileFacts, step: int, last: int, max_seconds: float) -> Alignment:
    """Return the mapping to a file from labels at every ``step`` frames up to frame ``last``.

    The authors' files had at most 30 frames per second, and a step determines their rate to within five. Candidates, in
    this order: the file has their frames; it has several for each of theirs; theirs had a standard rate. The first
    that gives the step and the file's length counts, unless a later one agrees clearly better in length. Raises
    UnusableVideo if none does, or if two rates do and the file has neither.
    """
    ways = [
        Alignment("frame" if factor == 1 else "thinned", factor, facts.mean_rate / factor, step, facts.start_s)
        for factor in range(1, MOST_THINNED + 1)
        if step in _steps(facts.rate / factor) | _steps(facts.mean_rate / factor)
    ]
    rates = [rate for rate in _standard_rates(facts.rate) if step == sample_step(rate, AUTHORS_RATE)]
    ways += [Alignment("time", 1, rate, step, facts.start_s) for rate in rates]
    misfits = [_misfit(way.label_rate, facts, step, last, max_seconds) for way in ways]
    best = min(misfits, default=LENGTH_TOLERANCE_S)
    as_good = [
        way
        for way, misfit in zip(ways, misfits, strict=True)
        if misfit <= min(best + CLEARLY_BETTER_S, LENGTH_TOLERANCE_S)
    ]
    if not as_good:
        raise UnusableVideo("misaligned", _no_way(facts, step, last, max_seconds, [way.label_rate for way in ways]))
    likely = [way.label_rate for way in as_good]
    if as_good[0].method == "time" and last / min(likely) - last / max(likely) > AMBIGUITY_S:
        named = " or ".join(f"{rate:.3f}" for rate in likely)
        raise UnusableVideo("misaligned", f"its labels fit a file of {named} frames a second, and it is unclear which")
    return as_good[0]


def _standard_rates(file_rate: float) -> list[float]:
    """Return whole rates and television's, those of the file's kind first."""
    is_ntsc = abs(file_rate - round(file_rate) * NTSC) < abs(file_rate - round(file_rate))
    shares = (NTSC, 1.0) if is_ntsc else (1.0, NTSC)
    return [rate * share for share in shares for rate in STANDARD_RATES]


def _steps(rate: float) -> set[int]:
    """Return the steps that the authors may have used in this very file; unrounded, 25.0001 gave 6, and 25 gave 5."""
    step = sample_step(rate, AUTHORS_RATE)
    return {step, step + 1} if round(rate) % AUTHORS_RATE == 0 else {step}


def _misfit(rate: float, facts: FileFacts, step: int, last: int, max_seconds: float) -> float:
    """Return the difference in seconds between the file and labels up to frame ``last`` at ``rate`` frames per second.

    The authors have a row for every sample, labelled or not, up to their limit: only there may a file be longer.
    """
    longer = min(facts.seconds, max_seconds) - min((last + step) / rate, max_seconds)
    return max(0.0, -longer) if last // step + 1 >= AUTHORS_SAMPLES else abs(longer)


def _no_way(facts: FileFacts, step: int, last: int, max_seconds: float, rates: list[float]) -> str:
    """Return why labels do not belong to a file, as text."""
    lengths = [min((last + step) / rate, max_seconds) for rate in rates] or [(last / step + 1) / AUTHORS_RATE]
    span = f"{min(lengths):.1f}" if max(lengths) - min(lengths) < 1 else f"{min(lengths):.1f} to {max(lengths):.1f}"
    return (
        f"its labels are {step} frames apart and cover {span} s of video, but the file has {facts.seconds:.1f} s at "
        f"{facts.rate:.2f} frames a second: it is a different cut"
    )


def _facts(video: dict[str, str], store: Path, parameters: Resample) -> FileFacts:
    """Return facts on the file, from its samples if the store has them, as the file itself may be gone by then."""
    samples = store_path(store, "resample", sample_key(video["sha256"], parameters))
    if samples.exists():
        with h5py.File(samples) as file:
            names = ("fps", "decoded_frames", "duration_s", "start_s")
            rate, frames, seconds, start = (file.attrs[name].item() for name in names)
            return FileFacts(rate, frames / seconds, seconds, start)
    times = probe_video(video["file"], parameters.max_seconds).times
    rate = nominal_rate(times)
    seconds = float(times[-1] - times[0]) + 1 / rate
    return FileFacts(rate, len(times) / seconds, seconds, float(times[0]))


if __name__ == "__main__":
    run_function(align_labels, lock="manifest")

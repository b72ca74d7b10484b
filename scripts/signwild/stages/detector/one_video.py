"""Detection in one video, of any length, size and rate: from its file to segments and a verdict."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.configuration.sections.detection import Decision
from signwild.exported.model import Detector, DetectorModel, Variant
from signwild.stages.detector.blocks import ENDLESS_S, SampleBlocks, window_centres
from signwild.stages.detector.decisions import explain_unsure
from signwild.stages.detector.detected_video import DetectedVideo
from signwild.stages.detector.segmentation import (
    give_verdict,
    list_segments,
    sample_borders,
    segment_stretch,
    signing_evidence,
    signing_share,
)
from signwild.stages.detector.temperature import calibrate
from signwild.stages.resample.decoding import same_times
from signwild.video.container import probe_video
from signwild.video.frame_times import HOLE_S, stretch_numbers, stretch_starts
from signwild.video.notes import describe_oddities
from signwild.video.sampling import LEAST_SHARE, nominal_rate
from signwild.video.tracks import upright_size

if TYPE_CHECKING:
    from signwild.stages.detector.networks import VariantNetworks  # starts Keras, which takes seconds

RANDOM_WEIGHTS = "The detector's VGG-16 has random weights: the results mean nothing."

Progress = Callable[[Iterable, int], Iterable]
"""Wraps blocks of samples to show the progress on ``total`` samples."""


class VideoDetector:
    """One variant of a detector, ready to process one video after another.

    ``stride``: samples from one window to the next. ``threads``: for decoding.
    """

    def __init__(self, detector: Detector, variant: Variant, networks: "VariantNetworks", stride: int, threads: int):
        self._detector, self._variant, self._networks = detector, variant, networks
        self._stride, self._threads = stride, threads

    def detect(self, path: Path, progress: Progress) -> DetectedVideo:
        """Process a whole video; raise UnusableVideo if nothing of it can be decoded.

        Of a damaged video the decodable part is processed, and a flag states this.
        """
        facts = probe_video(path, ENDLESS_S, may_be_cut=True)
        width, height = upright_size(path)
        times = facts.times
        blocks, rows, probabilities = self._predict(path, times, progress)
        decoded = blocks.decoded_times
        damage = f"{len(decoded):,} of {len(times):,} frames could be decoded" if blocks.damaged else ""
        if not same_times(decoded, times[: len(decoded)]):
            # Frames in between are missing, so the wrong samples were taken: repeat with the true times.
            blocks, rows, probabilities = self._predict(path, decoded, progress)
            decoded = blocks.decoded_times
        samples = int(np.count_nonzero(blocks.samples < len(decoded)))
        fps = nominal_rate(decoded)
        flags = [RANDOM_WEIGHTS] if self._detector.model.weights.source == "random" else []
        flags += describe_oddities(facts, decoded, blocks.size_changes)
        flags += _flags(decoded, fps, facts.cut, damage, samples, self._detector.model)
        return self._describe(path, (width, height, fps), blocks.samples[rows], decoded, probabilities, flags)

    def _predict(
        self, path: Path, times: np.ndarray, progress: Progress
    ) -> tuple[SampleBlocks, np.ndarray, np.ndarray]:
        """Return the video's blocks, which were processed, the rows of its windows' centres, and probabilities."""
        blocks = self._networks.blocks(path, times, self._detector, self._threads)
        stretch = stretch_numbers(times)[blocks.samples]
        probabilities = self._networks.predict(progress(blocks, len(blocks.samples)), stretch, self._stride)
        return blocks, window_centres(stretch, self._stride)[: len(probabilities)], probabilities

    def _describe(
        self,
        path: Path,
        form: tuple[int, int, float],
        centres: np.ndarray,
        times: np.ndarray,
        probabilities: np.ndarray,
        flags: list[str],
    ) -> DetectedVideo:
        decision = self._variant.decision
        probabilities = calibrate(probabilities, decision.temperature)
        stretches = segment_footage(probabilities, centres, times, 1 / form[2], decision)
        codes = np.concatenate([stretch.codes for stretch in stretches])
        lengths = np.concatenate([np.diff(stretch.borders) for stretch in stretches])
        share, evidence = signing_share(codes, lengths), signing_evidence(probabilities, lengths)
        windows = pd.DataFrame({"frame": centres, "time_s": times[centres]})
        windows[list(PROBABILITIES)] = probabilities.astype(np.float32)
        verdict = give_verdict(share, evidence, decision)
        if verdict == "unsure":
            flags = [explain_unsure(share >= decision.verdict_share, evidence, decision), *flags]
        return DetectedVideo(
            video=path,
            duration_s=float(times[-1]) + 1 / form[2],
            width=form[0],
            height=form[1],
            fps=form[2],
            windows=windows.assign(label=np.array(CLASSES)[codes]),
            segments=pd.concat([stretch.segments for stretch in stretches], ignore_index=True),
            verdict=verdict,
            signing_share=share,
            signing_probability=evidence,
            flags=flags,
            decision=decision,
            detector=self._detector.identity,
            variant=self._variant.name,
        )


@dataclass(frozen=True)
class _Stretch:
    """Footage without holes: each sample's class, (n,), their borders in seconds, (n + 1,), and the segments."""

    codes: np.ndarray
    borders: np.ndarray
    segments: pd.DataFrame


def segment_footage(
    probabilities: np.ndarray, centres: np.ndarray, times: np.ndarray, interval_s: float, decision: Decision
) -> list[_Stretch]:
    """Return the stretches of a video between its holes, each segmented by itself.

    ``probabilities``: (n, 3), of the windows around the frames ``centres``, (n,). ``times``: of all frames, in seconds.
    ``interval_s``: from one frame to the next. The first stretch begins at 0 unless that is a hole itself.
    """
    starts = stretch_starts(times)
    rows = np.searchsorted(centres, np.append(starts, len(times)))
    stretches = []
    for number, (first, end) in enumerate(pairwise(rows)):
        if first == end:  # too short for a sample
            continue
        frame, next_frame = starts[number], np.append(starts, len(times))[number + 1]
        begin = 0.0 if number == 0 and times[0] <= HOLE_S else float(times[frame])
        own, own_times = probabilities[first:end], times[centres[first:end]]
        borders = sample_borders(own_times, float(times[next_frame - 1]) + interval_s, begin)
        codes = segment_stretch(own, own_times, borders, decision)
        stretches.append(_Stretch(codes, borders, list_segments(codes, own, borders)))
    return stretches


def _flags(decoded: np.ndarray, fps: float, cut: str, damage: str, samples: int, model: DetectorModel) -> list[str]:
    """Return what a user should know about the result."""
    flags = [f"The file is cut short ({cut}): the results cover what is there."] if cut else []
    if damage:
        flags.append(f"The file is damaged: {damage}, and the results end at {decoded[-1] + 1 / fps:.1f} s.")
    if len(decoded) == 1:
        flags.append("The file contains a single picture, so the results cannot be based on movement.")
        return flags
    if samples < model.length:
        flags.append(
            f"The video has fewer samples than a window: the first and the last of the {samples} are repeated to fill "
            f"{model.length}."
        )
    if fps < LEAST_SHARE * model.resample.sample_rate:
        flags.append(
            f"The video has only {fps:.3g} of the {model.resample.sample_rate} frames a second that the detector is "
            "made for, so the results are less certain."
        )
    return flags

"""Detection in one video, of any length, size and rate: from its file to segments and a verdict."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.words import duration
from signwild.configuration.sections.detection import Decision
from signwild.exported.model import Detector, DetectorModel, Variant
from signwild.stages.detector.blocks import ENDLESS_S, PassageMissing, SampleBlocks, window_centres
from signwild.stages.detector.decisions import explain_missed, explain_unsure
from signwild.stages.detector.detected_video import FIRST_LOOK_COLUMNS, DetectedVideo, FirstLookOnly, as_segments
from signwild.stages.detector.quick import QuickPass, is_long, may_be_signing
from signwild.stages.detector.segmentation import (
    SIGNING,
    find_runs,
    give_verdict,
    list_segments,
    sample_borders,
    segment_stretch,
    signing_evidence,
    signing_share,
)
from signwild.stages.detector.temperature import calibrate
from signwild.stages.resample.decoding import same_times
from signwild.video.container import VideoFacts, probe_video
from signwild.video.frame_times import HOLE_S, stretch_numbers, stretch_starts
from signwild.video.key_frames import read_key_frames
from signwild.video.notes import describe_oddities
from signwild.video.sampling import LEAST_SHARE, nominal_rate
from signwild.video.tracks import upright_size

if TYPE_CHECKING:
    from signwild.stages.detector.networks import VariantNetworks  # starts Keras, which takes seconds

RANDOM_WEIGHTS = "The detector reads images by a network with random weights: the results mean nothing."

Progress = Callable[[Iterable, int], Iterable]
"""Wraps blocks of samples to show the progress on ``total`` samples."""


class VideoDetector:
    """One variant of a detector, ready to process one video after another.

    ``stride``: samples from one window to the next. ``threads``: for decoding. ``quick``: a pass for long videos, else
    all are processed as a whole.
    """

    def __init__(
        self,
        detector: Detector,
        variant: Variant,
        networks: "VariantNetworks",
        stride: int,
        threads: int,
        quick: QuickPass | None = None,
    ) -> None:
        self._detector, self._variant, self._networks = detector, variant, networks
        self._stride, self._threads, self._quick = stride, threads, quick

    def detect(self, path: Path, progress: Progress) -> DetectedVideo:
        """Process a video; raise UnusableVideo if nothing of it can be decoded.

        Of a damaged video the decodable part is processed, and a flag states this. With a quick pass, videos are still
        processed as a whole that are short, cut short, or in which places cannot be found by their times.
        """
        facts = probe_video(path, ENDLESS_S, may_be_cut=True)
        if self._quick and not facts.cut and is_long(facts.times):
            key_frames = read_key_frames(path, facts.times)
            if key_frames is not None:
                with suppress(PassageMissing):
                    return self._detect_quickly(path, facts, key_frames, progress)
        return self._detect_whole(path, facts, progress)

    def _detect_whole(self, path: Path, facts: VideoFacts, progress: Progress) -> DetectedVideo:
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
        flags = self._oddities(facts, decoded, blocks.size_changes)
        flags += _flags(decoded, fps, facts.cut, damage, samples, self._detector.model)
        probabilities = calibrate(probabilities, self._variant.decision.temperature)
        is_full = np.ones(len(probabilities), bool)
        return self._describe(path, (width, height, fps), blocks.samples[rows], decoded, probabilities, is_full, flags)

    def _detect_quickly(
        self, path: Path, facts: VideoFacts, key_frames: np.ndarray, progress: Progress
    ) -> DetectedVideo:
        """Process a long video by a first look, and its windows only where that asks for it."""
        times, fps = facts.times, nominal_rate(facts.times)

        def call(probabilities: np.ndarray, samples: np.ndarray) -> np.ndarray:
            stretches = segment_footage(probabilities, samples, times, 1 / fps, self._variant.decision)
            return np.concatenate([stretch.codes for stretch in stretches])

        look = self._quick.look(path, times, key_frames, call, progress)
        flags = self._oddities(facts, times, 0)
        flags += _flags(times, fps, "", "", len(look.samples), self._detector.model)
        form = *upright_size(path), fps
        return self._describe(path, form, look.samples, times, look.probabilities, look.is_full, flags)

    def _oddities(self, facts: VideoFacts, times: np.ndarray, size_changes: int) -> list[str]:
        model = self._detector.model
        read = [model.weights_of(model.members[name].backbone) for name in self._variant.members]
        flags = [RANDOM_WEIGHTS] if any(weights.source == "random" for weights in read) else []
        return flags + describe_oddities(facts, times, size_changes)

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
        is_full: np.ndarray,
        flags: list[str],
    ) -> DetectedVideo:
        """Return the results; samples without ``is_full``, (n,) bool, have the probabilities of a first look."""
        decision = self._variant.decision
        stretches = segment_footage(probabilities, centres, times, 1 / form[2], decision)
        codes = np.concatenate([stretch.codes for stretch in stretches])
        lengths = np.concatenate([np.diff(stretch.borders) for stretch in stretches])
        share, evidence = signing_share(codes, lengths), signing_evidence(probabilities, lengths)
        windows = pd.DataFrame({"frame": centres, "time_s": times[centres]})
        windows[list(PROBABILITIES)] = probabilities.astype(np.float32)
        verdict = give_verdict(share, evidence, decision)
        segments, rest = list_parts(stretches, probabilities, is_full)
        first_look_only = None if is_full.all() else FirstLookOnly(self._quick.first_variant, rest)
        duration_s = float(times[-1]) + 1 / form[2]
        if first_look_only:
            flags = [describe_first_look(first_look_only, float(lengths.sum())), *flags]
        if verdict == "unsure":
            flags = [explain_unsure(share >= decision.verdict_share, evidence, decision), *flags]
        elif first_look_only and may_be_signing(share, decision):
            verdict, flags = "unsure", [explain_missed(share, decision), *flags]
        return DetectedVideo(
            video=path,
            duration_s=duration_s,
            width=form[0],
            height=form[1],
            fps=form[2],
            windows=windows.assign(label=np.array(CLASSES)[codes])[is_full].reset_index(drop=True),
            segments=segments,
            verdict=verdict,
            signing_share=share,
            signing_probability=evidence,
            flags=flags,
            decision=decision,
            detector=self._detector.identity,
            variant=self._variant.name,
            first_look_only=first_look_only,
        )


@dataclass(frozen=True)
class _Stretch:
    """Footage without holes: each sample's class, (n,), their borders in seconds, (n + 1,), and the samples' rows."""

    codes: np.ndarray
    borders: np.ndarray
    rows: slice


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
        stretches.append(_Stretch(segment_stretch(own, own_times, borders, decision), borders, slice(first, end)))
    return stretches


def list_parts(
    stretches: list[_Stretch], probabilities: np.ndarray, is_full: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the segments of what was looked at in full, and the parts that were not (see ``FirstLookOnly``).

    ``probabilities``: of all samples, (n, 3). ``is_full``: which of these were looked at in full, (n,) bool.
    """
    segments, rest = [], []
    for stretch in stretches:
        own, in_full = probabilities[stretch.rows], is_full[stretch.rows]
        for first, end in pairwise(find_runs(in_full)):
            borders = stretch.borders[first : end + 1]
            if in_full[first]:
                segments.append(list_segments(stretch.codes[first:end], own[first:end], borders))
            else:
                rest.append((borders[0], borders[-1], float(own[first:end, SIGNING].mean())))
    listed = pd.concat(segments, ignore_index=True) if segments else as_segments([])
    return listed, pd.DataFrame(rest, columns=FIRST_LOOK_COLUMNS, dtype=float)


def describe_first_look(first_look_only: FirstLookOnly, footage_s: float) -> str:
    """Return what a user should know about a quick pass; ``footage_s``: seconds of the video's footage."""
    return (
        f"Quick: {duration(first_look_only.seconds)} of {duration(footage_s)} were looked at only about once a second, "
        f"by {first_look_only.variant}, which saw no signing there; this part counts as not signing, and may hide "
        "signing that a pass without --quick would find."
    )


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

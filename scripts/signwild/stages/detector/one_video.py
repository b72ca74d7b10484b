"""Detection in one video, of any length, size and rate: from its file to segments and a verdict."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.exported.model import Detector, Variant
from signwild.stages.detector.blocks import ENDLESS_S
from signwild.stages.detector.decisions import explain_unsure
from signwild.stages.detector.detected_video import DetectedVideo
from signwild.stages.detector.segmentation import (
    give_verdict,
    list_segments,
    sample_borders,
    segment_video,
    signing_evidence,
    signing_share,
)
from signwild.stages.detector.temperature import calibrate
from signwild.stages.resample.decoding import same_times
from signwild.video.container import MIN_DECODED_SHARE, probe_video, upright_size
from signwild.video.sampling import nominal_rate

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
        samples, probabilities, decoded = self._predict(path, times, progress)
        if not same_times(decoded, times[: len(decoded)]):
            # Frames in between are missing, so the wrong samples were taken: repeat with the true times.
            samples, probabilities, decoded = self._predict(path, decoded, progress)
        fps = nominal_rate(decoded)
        # Players and ELAN count from the beginning of the file, even if it begins with sound only.
        decoded = decoded + facts.start_s
        duration = float(decoded[-1]) + 1 / fps
        flags = [RANDOM_WEIGHTS] if self._detector.model.weights.source == "random" else []
        flags += _flags(len(decoded), len(times), duration, facts.cut, len(samples), self._detector.model.length)
        return self._describe(path, (width, height, fps), duration, samples, decoded, probabilities, flags)

    def _predict(self, path: Path, times: np.ndarray, progress: Progress) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the decoded samples, their windows' probabilities, and the times of all decoded frames."""
        blocks = self._networks.blocks(path, times, self._detector, self._threads)
        count = len(blocks.samples)
        probabilities = self._networks.predict(progress(blocks, count), count, self._stride)
        decoded = blocks.decoded_times
        return blocks.samples[blocks.samples < len(decoded)], probabilities, decoded

    def _describe(
        self,
        path: Path,
        form: tuple[int, int, float],
        duration: float,
        samples: np.ndarray,
        times: np.ndarray,
        probabilities: np.ndarray,
        flags: list[str],
    ) -> DetectedVideo:
        decision = self._variant.decision
        probabilities = calibrate(probabilities, decision.temperature)
        centres = samples[:: self._stride]
        codes = segment_video(probabilities, times[centres], duration, decision)
        borders = sample_borders(times[centres], duration)
        share, evidence = signing_share(codes, borders), signing_evidence(probabilities, borders)
        windows = pd.DataFrame({"frame": centres, "time_s": times[centres]})
        windows[list(PROBABILITIES)] = probabilities.astype(np.float32)
        verdict = give_verdict(share, evidence, decision)
        if verdict == "unsure":
            flags = [explain_unsure(share >= decision.verdict_share, evidence, decision), *flags]
        return DetectedVideo(
            video=path,
            duration_s=duration,
            width=form[0],
            height=form[1],
            fps=form[2],
            windows=windows.assign(label=np.array(CLASSES)[codes]),
            segments=list_segments(codes, probabilities, borders),
            verdict=verdict,
            signing_share=share,
            signing_probability=evidence,
            flags=flags,
            decision=decision,
            detector=self._detector.identity,
            variant=self._variant.name,
        )


def _flags(decoded: int, promised: int, duration: float, cut: str, samples: int, length: int) -> list[str]:
    """Return what a user should know about the result."""
    flags = [f"The file is cut short ({cut}): the results cover what is there."] if cut else []
    if decoded < MIN_DECODED_SHARE * promised:
        flags.append(
            f"The file is damaged: {decoded:,} of {promised:,} frames could be decoded, and the results end at "
            f"{duration:.1f} s."
        )
    if decoded == 1:
        flags.append("The file contains a single picture, so the results cannot be based on movement.")
    elif samples < length:
        flags.append(
            f"The video is shorter than a window: the first and the last of its {samples} samples are repeated to fill "
            f"{length}."
        )
    return flags

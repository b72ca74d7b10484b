"""First look at a long video: a picture a second, by the cheapest variant of a detector.

The networks were trained on windows of samples at their own rate. Each place of a window is filled by the picture that
is nearest to it in time, so the window spans the time that it was trained on (docs/decisions.md).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from signwild.base.errors import InputError
from signwild.exported.model import Detector, Variant
from signwild.stages.detector.blocks import Block
from signwild.stages.detector.temperature import calibrate
from signwild.video.decoder import Choice, Decoder, FrameForm, to_rgb
from signwild.video.frame_times import stretch_numbers

if TYPE_CHECKING:
    from signwild.stages.detector.networks import VariantNetworks  # starts Keras, which takes seconds

INTERVAL_S = 1.0
"""Time from one picture to the next."""

DENSE_S = 1.5 * INTERVAL_S
"""Where no key frame is later than this after the one before, only key frames are decoded."""


@dataclass(frozen=True)
class Look:
    """What a first look saw: times of its pictures in seconds, (n,), and calibrated probabilities, (n, 3).

    ``stretch``: the number of each picture's stretch of footage. ``size_changes``: see ``Decoder.size_changes``.
    """

    times: np.ndarray
    stretch: np.ndarray
    probabilities: np.ndarray
    size_changes: int


def cheapest_variant(detector: Detector) -> Variant:
    """Return the variant that a first look is made with; raise InputError if each needs motion.

    It is the one with the fewest networks among those that read single pictures.
    """
    model = detector.model
    still = [
        variant
        for variant in model.variants
        if all(model.streams[model.members[name].stream].kind == "rgb" for name in variant.members)
    ]
    if not still:
        raise InputError(
            f"{detector.folder}: has no variant that reads the stream rgb alone, by which a quick pass looks first; "
            "leave --quick out"
        )
    return min(still, key=lambda variant: sum(len(model.members[name].networks) for name in variant.members))


class FirstLook:
    """The variant for the first look, ready to process one video after another. ``threads``: for decoding."""

    def __init__(self, detector: Detector, variant: Variant, networks: "VariantNetworks", threads: int) -> None:
        self.variant = variant
        self._model, self._networks, self._threads = detector.model, networks, threads

    def look(
        self, path: Path, times: np.ndarray, key_frames: np.ndarray, progress: Callable[[Iterable, int], Iterable]
    ) -> Look:
        """Look at a video; ``times``: of all its frames, ``key_frames``: of those, in seconds, (n,) and (k,)."""
        size = self._model.resample.image_size
        choice = Choice.one_each(INTERVAL_S, skipped_frames(key_frames, times))
        form = FrameForm(size, size, chroma=True, stretched=True)
        with Decoder(path, len(times), form, self._threads, choice) as decoder:
            expected = int((times[-1] - times[0]) / INTERVAL_S) + 1
            features = self._networks.features(progress(_pictures(decoder), expected))
            seen, changes = decoder.times, decoder.size_changes
        if not len(seen):
            return Look(seen, np.empty(0, np.int64), np.empty((0, 3)), changes)
        frames = np.clip(np.searchsorted(times, seen - INTERVAL_S / 1000), 0, len(times) - 1)
        stretch = stretch_numbers(times)[frames]
        rows = look_windows(seen, stretch, self._model.length, self._model.resample.sample_rate)
        probabilities = calibrate(self._networks.predict_rows(features, rows), self.variant.decision.temperature)
        return Look(seen, stretch, probabilities, changes)


def skipped_frames(key_frames: np.ndarray, times: np.ndarray) -> str:
    """Return the frames that a first look does not decode, as a value of ffmpeg's ``skip_frame``.

    All but key frames, if these are dense; else those that no other frame is decoded from. The arguments are those of
    ``FirstLook.look``.
    """
    is_dense = np.diff(np.append(key_frames, times[-1])).max() <= DENSE_S and key_frames[0] - times[0] <= DENSE_S
    return "nokey" if is_dense else "noref"


def look_windows(times: np.ndarray, stretch: np.ndarray, length: int, sample_rate: int) -> np.ndarray:
    """Return the window around each picture of a first look, (n, length) int64: the nearest picture to each place.

    ``times``, ``stretch``: see ``Look``. Windows of samples have ``sample_rate`` of them a second; a window that would
    leave its stretch of footage repeats the last picture there.
    """
    first, end = (np.searchsorted(stretch, stretch, side=side) for side in ("left", "right"))
    places = times[:, None] + (np.arange(length) - length // 2) / sample_rate
    borders = (times[:-1] + times[1:]) / 2
    return np.clip(np.searchsorted(borders, places), first[:, None], end[:, None] - 1)


def _pictures(decoder: Decoder) -> Iterator[Block]:
    """Yield the pictures of a first look as blocks without motion."""
    for planes in decoder:
        images = np.stack([to_rgb(frame) for frame in planes])
        none = np.empty((0, *planes.shape[2:]), np.uint8)
        yield Block(images, none, np.zeros(len(images), np.int64), np.empty(0, np.int64))

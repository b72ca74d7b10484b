"""Footage: a video as the descriptors see it, as grey frames that each belong to a sample, or samples in colour."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from signwild.video.decoder import Decoder, FrameForm, to_rgb
from signwild.video.sampling import motion_step
from signwild.video.tracks import reduced_size, upright_size


@dataclass(frozen=True)
class Footage:
    """A video's file, and which of its frames belong to which sample.

    ``samples``: frames that are samples, (n,) int64, increasing from 0. ``decoded_frames``: how many the file gives.
    ``fps``: the file's rate; it is thinned to at most ``max_motion_rate`` frames per second. ``threads``: for
    the decoder.
    """

    path: Path
    samples: np.ndarray
    decoded_frames: int
    fps: float
    max_motion_rate: int
    threads: int = 1

    @property
    def step(self) -> int:
        """Distance, in frames, between the frames that are used."""
        return motion_step(self.fps, self.max_motion_rate)

    def grey_frames(self, short_side: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the frames in one pass: the row of the sample that each belongs to, and the frame (h, w) uint8.

        A sample's frames are those from it up to the next sample; the last sample has as many as the one before.
        Frames are upright and reduced, never enlarged, to ``short_side`` pixels.
        """
        for first, block in self._blocks(self._end(), short_side, chroma=False):
            frames = np.arange(first + -first % self.step, first + len(block), self.step)
            rows = np.searchsorted(self.samples, frames, side="right") - 1
            yield from zip(rows.tolist(), block[frames - first, 0], strict=True)

    def sample_pictures(self, short_side: int) -> Iterator[np.ndarray]:
        """Yield only the samples in one pass, (h, w, 3) RGB uint8 each, upright and reduced as grey frames are."""
        for first, block in self._blocks(int(self.samples[-1]) + 1, short_side, chroma=True):
            start, stop = np.searchsorted(self.samples, [first, first + len(block)])
            yield from (to_rgb(block[frame - first]) for frame in self.samples[start:stop])

    def _blocks(self, end: int, short_side: int, chroma: bool) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the decoder's blocks up to frame ``end``, each with the number of its first frame."""
        form = FrameForm(*reduced_size(*upright_size(self.path), short_side), chroma)
        first = 0
        with Decoder(self.path, end, form, self.threads) as decoder:
            for block in decoder:
                yield first, block
                first += len(block)
        if first < end:
            raise RuntimeError(f"{self.path}: gives {first} frames now, at least {end} before; start again")

    def _end(self) -> int:
        last = np.diff(self.samples)[-1] if len(self.samples) > 1 else self.decoded_frames
        return int(min(self.samples[-1] + last, self.decoded_frames))

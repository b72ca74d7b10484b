"""A video of any length, or a part of it, as blocks of samples: decoded once, with memory bounded by the block.

A block has what the workflow stores for a whole video in its shard files, so the same code computes its streams.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.stream import Stream
from signwild.stages.resample.decoding import chosen_samples, clip_breaks, decoded_samples, is_damaged, same_times
from signwild.video.decoder import Choice, Decoder, FrameForm
from signwild.video.sampling import motion_frames

ENDLESS_S = 1e9
"""Limit on a video's length that no video reaches."""

LEAD = 2
"""Frames decoded before a part at least, as deinterlacing looks at the one before."""

KEY_TOLERANCE_S = 1e-4
"""Rounding of the times of key frames."""


@dataclass(frozen=True)
class Block:
    """Consecutive samples, and the part of the grey clip that their motion windows need.

    ``images``: (n, s, s, 3) RGB. ``grey``: (g, s, s), empty if no motion is wanted. ``centres``: (n,), each
    sample's position in ``grey``, and ``breaks``: (k,), positions in it of the first frame after each hole, as in a
    clips file.
    """

    images: np.ndarray
    grey: np.ndarray
    centres: np.ndarray
    breaks: np.ndarray


@dataclass(frozen=True)
class Reach:
    """Frames before and after a sample that the motion windows of some streams need."""

    before: int
    after: int

    @classmethod
    def of(cls, streams: list[Stream]) -> "Reach | None":
        """Return the furthest reach of these streams, or None if none of them has motion."""
        moving = [stream for stream in streams if stream.kind != "rgb"]
        if not moving:
            return None
        return cls(max(stream.before for stream in moving), max(stream.after for stream in moving))


@dataclass(frozen=True)
class Part:
    """Consecutive samples of a video, from row ``first`` up to ``end``, and its key frames in seconds, (k,)."""

    first: int
    end: int
    key_frames: np.ndarray


class PassageMissing(Exception):
    """A part of a video that, decoded by itself, has other frames than the file states."""


class SampleBlocks:
    """Blocks of a video, by iteration; afterwards ``decoded_times`` has the times of its decoded frames in seconds.

    ``times``: the times stated by the container, by which samples are chosen. Also afterwards, ``damaged`` states
    whether many frames could not be decoded, and ``size_changes`` how often the pictures' size changed. Raises
    UnusableVideo if no frame can be decoded; the samples of a damaged video end where it does.

    With ``part``, only its samples come, with the frames around them that motion windows need: the same as of the
    whole video. Raises PassageMissing unless all of them can be decoded.
    """

    def __init__(
        self,
        path: Path,
        times: np.ndarray,
        parameters: Resample,
        reach: Reach | None,
        size: int,
        threads: int,
        part: Part | None = None,
    ) -> None:
        self.samples = chosen_samples(times, parameters, len(times))
        self.decoded_times = np.empty(0)
        self.damaged, self.size_changes = False, 0
        self._path, self._times, self._threads = path, times, threads
        self._form = FrameForm(parameters.image_size, parameters.image_size, chroma=True, stretched=True)
        self._reach, self._size = reach, size
        self._clip = motion_frames(times, parameters.max_motion_rate) if reach else np.empty(0, np.int64)
        self._centres = np.searchsorted(self._clip, self.samples, side="right") - 1
        self._breaks = clip_breaks(self._clip, times)
        self._part = part
        self._first, self._end = (part.first, part.end) if part else (0, len(self.samples))
        self._clip_first, self._clip_end = self._clip_rows()
        self._frames = self._frame_span()

    def __iter__(self) -> Iterator[Block]:
        held, (first, end) = _Held(self._form, self._first, self._clip_first), self._frames
        samples = self.samples[self._first : self._end] - first
        clip = self._clip[self._clip_first : self._clip_end] - first
        with Decoder(self._path, end - first, self._form, self._threads, self._choice()) as decoder:
            for _, images, _, grey in decoded_samples(decoder, samples, clip):
                held.add(images, grey)
                while held.samples >= self._size and held.clip_end >= self._needed(held.first + self._size):
                    yield self._take(held, self._size)
            self.decoded_times = decoder.times
            if self._part is None:
                self.damaged, self.size_changes = is_damaged(decoder, self._times), decoder.size_changes
            elif not same_times(self.decoded_times, self._times[first:end]):
                raise PassageMissing(f"{self._path}: {self._times[first]:.3f} to {self._times[end - 1]:.3f} s")
        while held.samples:
            yield self._take(held, min(self._size, held.samples))

    def _clip_rows(self) -> tuple[int, int]:
        """Return the first row of the clip that the samples' motion windows need, and the end of these rows."""
        if self._part is None or self._reach is None:
            return 0, len(self._clip)
        before, after = (
            self._centres[self._first] - self._reach.before,
            self._centres[self._end - 1] + self._reach.after,
        )
        return max(0, before), min(after + 1, len(self._clip))

    def _frame_span(self) -> tuple[int, int]:
        """Return the first frame that is needed, and the end of the needed frames."""
        if self._part is None:
            return 0, len(self._times)
        needed = [self.samples[self._first], self.samples[self._end - 1]]
        needed += list(self._clip[[self._clip_first, self._clip_end - 1]]) if self._reach else []
        return int(min(needed)), int(max(needed)) + 1

    def _choice(self) -> Choice | None:
        """Return which frames the decoder gives: up to halfway to the neighbours of those that are needed."""
        if self._part is None:
            return None
        (first, end), times = self._frames, self._times
        before, after = max(0, first - LEAD), min(end, len(times) - 1)
        keys = self._part.key_frames
        key = keys[max(0, np.searchsorted(keys, times[before] + KEY_TOLERANCE_S) - 1)]
        start, stop = (times[max(0, first - 1)] + times[first]) / 2, (times[end - 1] + times[after]) / 2
        return Choice.passage(key, start - (first == 0), stop + (after < end))

    def _needed(self, end: int) -> int:
        """Return how many frames of the clip, from its start, the samples up to ``end`` need."""
        if self._reach is None:
            return 0
        return min(self._centres[end - 1] + self._reach.after + 1, self._clip_end)

    def _take(self, held: "_Held", count: int) -> Block:
        centres = self._centres[held.first : held.first + count]
        if self._reach is None:
            return Block(held.take_images(count), held.grey, np.zeros(count, np.int64), np.empty(0, np.int64))
        grey = held.grey[: self._needed(held.first + count) - held.clip_first]
        breaks = self._breaks - held.clip_first
        within = breaks[(breaks > 0) & (breaks < len(grey))]
        block = Block(held.take_images(count), grey, centres - held.clip_first, within)
        if held.first < self._end:
            held.forget_clip(max(0, self._centres[held.first] - self._reach.before))
        return block


def window_centres(stretch: np.ndarray, stride: int) -> np.ndarray:
    """Return the rows of the samples that windows are around, (k,) int64: every ``stride``-th of each stretch.

    ``stretch``: the number of each sample's stretch of footage, (n,), increasing from 0.
    """
    rows = np.arange(len(stretch))
    return rows[(rows - np.searchsorted(stretch, stretch)) % stride == 0]


@dataclass
class _Held:
    """Decoded data that is still needed: images from sample ``first`` on, grey frames from ``clip_first`` on."""

    form: FrameForm
    first: int = 0
    clip_first: int = 0
    images: np.ndarray = field(init=False)
    grey: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.images = np.empty((0, self.form.height, self.form.width, 3), np.uint8)
        self.grey = np.empty((0, self.form.height, self.form.width), np.uint8)

    @property
    def samples(self) -> int:
        return len(self.images)

    @property
    def clip_end(self) -> int:
        return self.clip_first + len(self.grey)

    def add(self, images: np.ndarray, grey: np.ndarray) -> None:
        self.images = np.concatenate([self.images, images])
        self.grey = np.concatenate([self.grey, grey])

    def take_images(self, count: int) -> np.ndarray:
        taken, self.images = self.images[:count], self.images[count:]
        self.first += count
        return taken

    def forget_clip(self, before: int) -> None:
        before = min(before, self.clip_end)  # what the next sample needs may not be decoded yet
        self.grey = self.grey[before - self.clip_first :]
        self.clip_first = before

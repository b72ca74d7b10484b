"""Decoding: one pass over a video that gives its 5 Hz samples and the grey clip of the motion streams."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic

import h5py
import numpy as np

from signwild.base.errors import UnusableVideo
from signwild.base.store import create_images, new_store_file, store_path
from signwild.configuration.sections.resample import Resample
from signwild.video.container import MIN_DECODED_SHARE, VideoFacts, probe_video
from signwild.video.decoder import Decoder, FrameForm, to_rgb
from signwild.video.frame_times import first_seconds, footage_times, stretch_starts
from signwild.video.notes import describe_oddities
from signwild.video.sampling import is_variable_rate, motion_frames, nominal_rate, sample_frames

TIME_TOLERANCE_S = 0.001
"""Probed and decoded frame times that differ by less count as the same."""


def resample_video(
    video: Mapping[str, str],
    key: str,
    images: h5py.File,
    clips: h5py.File,
    store: Path,
    parameters: Resample,
    threads: int,
) -> None:
    """Decode one video into the two shard files and the store; leaves no trace if it raises UnusableVideo."""
    if key in images:  # the same bytes under another id
        return
    path, started = video["file"], monotonic()
    facts = probe_video(path, parameters.max_seconds)
    times = facts.times
    try:
        decoded, size_changes = _decode(path, key, times, images, clips, parameters, threads)
        if not same_times(decoded, times):
            # A damaged or unusual file: frames were chosen by wrong times. Choose again by the true ones.
            times = first_seconds(decoded, parameters.max_seconds)
            del images[key], clips[key]
            _, size_changes = _decode(path, key, times, images, clips, parameters, threads)
    except UnusableVideo:
        for file in (images, clips):
            file.pop(key, None)
        raise
    notes = describe_oddities(facts, times, size_changes)
    seconds = monotonic() - started
    _store_samples(store_path(store, "resample", key), video["sha256"], facts, times, parameters, notes, seconds)


def _decode(
    path: str,
    key: str,
    times: np.ndarray,
    images: h5py.File,
    clips: h5py.File,
    parameters: Resample,
    threads: int,
) -> tuple[np.ndarray, int]:
    """Write the images and grey frames that ``times`` (seconds, (n,)) call for.

    Returns the decoded frames' times, and how often their size changes. Raises UnusableVideo if too few frames can be
    decoded.
    """
    samples = chosen_samples(times, parameters, parameters.max_samples)
    clip = motion_frames(times, parameters.max_motion_rate)
    size = parameters.image_size
    image_rows = create_images(images, f"{key}/images", (len(samples), size, size, 3))
    grey_rows = create_images(clips, f"{key}/grey", (len(clip), size, size))
    clips[key]["centres"] = np.searchsorted(clip, samples, side="right") - 1
    clips[key]["breaks"] = clip_breaks(clip, times)
    form = FrameForm(size, size, chroma=True, stretched=True)
    with Decoder(path, len(times), form, threads) as decoder:
        for rows, rgb, clip_rows, grey in decoded_samples(decoder, samples, clip):
            if len(rgb):
                image_rows[rows] = rgb
            if len(grey):
                grey_rows[clip_rows] = grey
        if is_damaged(decoder, times):
            raise UnusableVideo("truncated", f"{decoder.frames} of {len(times)} frames can be decoded")
        return decoder.times, decoder.size_changes


def is_damaged(decoder: Decoder, times: np.ndarray) -> bool:
    """Return whether many of the frames expected at ``times`` (seconds, (n,)) could not be decoded.

    Packets may be more than frames, so fewer frames are a fault only where ffmpeg complains or footage is missing.
    Raises UnusableVideo if no frame could be decoded.
    """
    if decoder.frames == 0:
        raise UnusableVideo("undecodable", f"no frame can be decoded: {decoder.message or 'no message'}")
    if decoder.frames >= MIN_DECODED_SHARE * len(times):
        return False
    lasts = footage_times(decoder.times)[-1] / max(footage_times(times)[-1], 1e-9)
    return lasts < MIN_DECODED_SHARE or bool(decoder.message)


def chosen_samples(times: np.ndarray, parameters: Resample, max_samples: int) -> np.ndarray:
    """Return the frames of a video that are samples, (m,) int64; ``times``: of its frames, in seconds, (n,)."""
    return sample_frames(times, parameters.sample_rate, max_samples, parameters.low_rates == "time")


def clip_breaks(clip: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the positions in a clip, (frames,) int64, of the first frame after each hole in ``times``: (k,) int64."""
    return np.searchsorted(clip, stretch_starts(times)[1:])


def decoded_samples(
    decoder: Decoder, samples: np.ndarray, clip: np.ndarray
) -> Iterator[tuple[slice, np.ndarray, slice, np.ndarray]]:
    """Yield what a decoder's frames contribute to samples and clip, block by block; either part may be empty.

    ``samples``, ``clip``: frames to take, increasing. Yields rows of the samples and their RGB images (n, s, s, 3),
    then rows of the clip and its grey frames (g, s, s), all uint8.
    """
    start = 0
    for planes in decoder:
        chosen, rows = _within(samples, start, len(planes))
        moving, clip_rows = _within(clip, start, len(planes))
        images = [to_rgb(frame) for frame in planes[chosen]]
        rgb = np.stack(images) if images else np.empty((0, *planes.shape[2:], 3), np.uint8)
        yield rows, rgb, clip_rows, planes[moving, 0]
        start += len(planes)


def _within(frames: np.ndarray, start: int, count: int) -> tuple[np.ndarray, slice]:
    """Return the positions of ``frames`` in a block of ``count`` frames from ``start``, and their rows as a slice."""
    first, last = np.searchsorted(frames, [start, start + count])
    return frames[first:last] - start, slice(first, last)


def same_times(decoded: np.ndarray, times: np.ndarray) -> bool:
    """Return whether the decoded frames are those, at the times in seconds, that the container announced."""
    return len(decoded) == len(times) and bool(np.allclose(decoded, times, rtol=0, atol=TIME_TOLERANCE_S))


def _store_samples(
    path: Path,
    sha256: str,
    facts: VideoFacts,
    times: np.ndarray,
    parameters: Resample,
    notes: list[str],
    seconds: float,
) -> None:
    frames = chosen_samples(times, parameters, parameters.max_samples)
    with new_store_file(path, [sha256], seconds) as file:
        file["frame"] = frames
        file["time_s"] = times[frames]
        fps = nominal_rate(times)
        file.attrs.update(
            width=facts.track.size[0],
            height=facts.track.size[1],
            fps=fps,
            start_s=times[0],
            duration_s=times[-1] - times[0] + 1 / fps,
            variable_rate=is_variable_rate(times),
            decoded_frames=len(times),
            notes=json.dumps(notes, ensure_ascii=False),
        )

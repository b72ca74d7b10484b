"""Resample: decode each video once into 5 Hz samples and the grey clip for the motion streams.

For each usable video the store keeps a small file of its samples: frame and time. The images
and the grey clip are large and temporary: two files per shard that hold only what later stages still miss.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from time import monotonic

import cv2
import h5py
import numpy as np
import pandas as pd

from signwild.digests import computing_digest, result_key
from signwild.errors import InputError, UnusableVideo
from signwild.files import read_table, write_table
from signwild.parameters.resample import Resample
from signwild.sampling import is_variable_rate, motion_frames, nominal_rate, sample_frames
from signwild.store import new_hdf5, new_store_file, store_path
from signwild.streams import create_images
from signwild.video import MIN_DECODED_SHARE, Decoder, FrameForm, VideoFacts, probe_video

MANIFEST_COLUMNS = ["video_id", "status", "reason", "key", "sha256", "rows"]

TIME_TOLERANCE_S = 0.001
"""Probed and decoded frame times that differ by less are the same."""


def sample_key(source_sha256: str, parameters: Resample) -> str:
    """Key of a video's samples: its source bytes, the code of this stage, and its parameters."""
    return result_key(source_sha256, computing_digest("signwild.resample"), parameters.model_dump())


def read_samples(store: Path, key: str) -> pd.DataFrame:
    """Samples of one video: frame (0-based, decoding order), time_s (seconds from the first frame)."""
    path = store_path(store, "resample", key)
    if not path.exists():
        raise InputError(f"{path}: no such file; delete the folder resample/ of the run and start again")
    with h5py.File(path) as file:
        return pd.DataFrame({name: file[name][()] for name in ("frame", "time_s")})


def resample_shard(
    downloads: Path,
    manifest: Path,
    images: Path,
    clips: Path,
    store: Path,
    parameters: Resample,
    is_missing: Callable[[str, str], bool],
    threads: int = 1,
    progress: Callable[[list], Iterable] = iter,
) -> None:
    """Resample the videos of a shard.

    ``downloads``: the shard's download manifest. ``manifest``: written last, a row per video with its status.
    ``images``: HDF5, for each sample key ``images`` (n, s, s, 3) uint8 RGB. ``clips``: for each sample key
    ``grey`` (g, s, s) uint8 and ``centres`` (n,) int64, each sample's position in the clip.
    ``is_missing(video_id, key)``: whether a later stage still needs the images or the clip of a video whose
    samples are in the store.
    """
    rows = []
    with new_hdf5(images) as images_file, new_hdf5(clips) as clips_file:
        for video in progress(read_table(downloads).to_dict("records")):
            row = {name: video[name] for name in MANIFEST_COLUMNS if name in video}
            if video["status"] == "ok":
                key = sample_key(video["sha256"], parameters)
                try:
                    if Path(video["file"]).exists():
                        unchanged_source(video)
                    if not store_path(store, "resample", key).exists() or is_missing(video["video_id"], key):
                        _resample_video(video, key, images_file, clips_file, store, parameters, threads)
                    row |= {"key": key, "rows": str(len(read_samples(store, key)))}
                except UnusableVideo as problem:
                    row |= {"status": problem.status, "reason": problem.reason}
            rows.append(row)
    write_table(manifest, pd.DataFrame(rows, columns=MANIFEST_COLUMNS, dtype=object).fillna(""))


def unchanged_source(video: Mapping[str, str]) -> Path:
    """The file of a row of a download manifest; raises InputError when it is not the one whose sha256 was taken."""
    path = Path(video["file"])
    if not path.exists() or path.stat().st_size != int(video["bytes"]):
        raise InputError(f"{path}: has gone or was changed since the data set was listed; start again")
    return path


def _resample_video(
    video: Mapping[str, str],
    key: str,
    images: h5py.File,
    clips: h5py.File,
    store: Path,
    parameters: Resample,
    threads: int,
) -> None:
    """Decode one video into the two shard files and the store; raises UnusableVideo, leaving no trace."""
    if key in images:  # the same bytes under another id
        return
    path, started = video["file"], monotonic()
    facts = probe_video(path, parameters.max_seconds)
    times = facts.times
    try:
        decoded = _decode(path, key, times, images, clips, parameters, threads)
        if len(decoded) < MIN_DECODED_SHARE * len(times):
            raise UnusableVideo("truncated", f"{len(decoded)} of {len(times)} frames can be decoded")
        if not same_times(decoded, times):
            # A damaged or unusual file: frames were chosen by times that were not so. Choose again by the true ones.
            times = decoded
            del images[key], clips[key]
            _decode(path, key, times, images, clips, parameters, threads)
    except UnusableVideo:
        for file in (images, clips):
            file.pop(key, None)
        raise
    seconds = monotonic() - started
    _store_samples(store_path(store, "resample", key), video["sha256"], facts, times, parameters, seconds)


def _decode(
    path: str,
    key: str,
    times: np.ndarray,
    images: h5py.File,
    clips: h5py.File,
    parameters: Resample,
    threads: int,
) -> np.ndarray:
    """Write the images and grey frames that ``times`` (seconds, (n,)) call for; return the decoded frames' times."""
    samples = sample_frames(times, parameters.sample_rate, parameters.max_samples)
    clip = motion_frames(times, parameters.max_motion_rate)
    size = parameters.image_size
    image_rows = create_images(images, f"{key}/images", (len(samples), size, size, 3))
    grey_rows = create_images(clips, f"{key}/grey", (len(clip), size, size))
    clips[key]["centres"] = np.searchsorted(clip, samples, side="right") - 1
    with Decoder(path, len(times), parameters.max_seconds, FrameForm(size, size, chroma=True), threads) as decoder:
        for rows, rgb, clip_rows, grey in decoded_samples(decoder, samples, clip):
            if len(rgb):
                image_rows[rows] = rgb
            if len(grey):
                grey_rows[clip_rows] = grey
        if decoder.frames == 0:
            raise UnusableVideo("undecodable", f"no frame can be decoded: {decoder.message or 'no message'}")
        return decoder.times[: decoder.frames]


def decoded_samples(
    decoder: Decoder, samples: np.ndarray, clip: np.ndarray
) -> Iterator[tuple[slice, np.ndarray, slice, np.ndarray]]:
    """What a decoder's frames give to samples and clip, block by block, some of it empty.

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
    """Positions of ``frames`` within a block of ``count`` frames from ``start``, and their rows as a slice."""
    first, last = np.searchsorted(frames, [start, start + count])
    return frames[first:last] - start, slice(first, last)


def to_rgb(planes: np.ndarray) -> np.ndarray:
    """RGB image (s, s, 3) of full-range luma, Cb and Cr planes (3, s, s)."""
    return cv2.cvtColor(np.ascontiguousarray(planes[[0, 2, 1]].transpose(1, 2, 0)), cv2.COLOR_YCrCb2RGB)


def same_times(decoded: np.ndarray, times: np.ndarray) -> bool:
    """Whether the frames that were decoded are those, at those times in seconds, that the container promised."""
    return len(decoded) == len(times) and bool(np.allclose(decoded, times, rtol=0, atol=TIME_TOLERANCE_S))


def _store_samples(
    path: Path, sha256: str, facts: VideoFacts, times: np.ndarray, parameters: Resample, seconds: float
) -> None:
    frames = sample_frames(times, parameters.sample_rate, parameters.max_samples)
    with new_store_file(path, [sha256], seconds) as file:
        file["frame"] = frames
        file["time_s"] = times[frames]
        fps = nominal_rate(times)
        file.attrs.update(
            width=facts.width,
            height=facts.height,
            fps=fps,
            duration_s=times[-1] + 1 / fps,
            variable_rate=is_variable_rate(times),
            decoded_frames=len(times),
        )

"""Frames of the source videos in colour, for pictures: upright, in their aspect ratio."""

from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_tables
from signwild.stages.resample.samples import read_samples, unchanged_source
from signwild.video.decoder import Decoder, FrameForm, to_rgb
from signwild.video.tracks import upright_size

MAX_NAMED = 5
"""Missing videos that an error names, at most."""


class SourceVideos:
    """Files and samples of a run's videos, by id.

    ``downloads``, ``resampled``: the download and resample manifests of all shards.
    """

    def __init__(self, downloads: list[Path], resampled: list[Path], store: Path) -> None:
        self._downloads = read_tables(downloads).set_index("video_id")
        self._keys = read_tables(resampled).query("status == 'ok'").set_index("video_id")["key"]
        self._store = store

    def segment_frames(self, segments: pd.DataFrame, positions: list[int], height: int) -> list[np.ndarray]:
        """Read frames of segments, in their order: (len(positions), height, w) RGB uint8 each, w by the video's aspect.

        ``segments``: video_id and start_frame. ``positions``: the segment's samples to show, from 0. Each video is
        decoded once. Raises InputError, naming the videos whose files are missing or were changed.
        """
        self._check_files(segments["video_id"].unique())
        shown: dict[int, np.ndarray] = {}
        for video_id, own in segments.reset_index(drop=True).groupby("video_id"):
            samples = read_samples(self._store, self._keys[video_id])["frame"].to_numpy()
            wanted = samples[np.searchsorted(samples, own["start_frame"])[:, None] + positions]
            frames = np.unique(wanted)
            pictures = read_frames(self._downloads.loc[video_id, "file"], frames, height)
            shown |= {row: pictures[np.searchsorted(frames, wanted[k])] for k, row in enumerate(own.index)}
        return [shown[row] for row in range(len(segments))]

    def _check_files(self, video_ids: np.ndarray) -> None:
        gone = []
        for video_id in video_ids:
            try:
                unchanged_source(self._downloads.loc[video_id])
            except InputError:
                gone.append(self._downloads.loc[video_id, "file"])
        if gone:
            more = f" and {len(gone) - MAX_NAMED} more" if len(gone) > MAX_NAMED else ""
            raise InputError(
                f"{', '.join(gone[:MAX_NAMED])}{more}: gone or changed since the data set was listed, and needed for a "
                "picture; put them back, or start again without them"
            )


def read_frames(source: Path | str, frames: np.ndarray, height: int) -> np.ndarray:
    """Read frames of a video by their numbers, (n,) int64 increasing from 0: (n, height, w, 3) RGB uint8.

    The video is decoded once, up to the last frame. Frames are rotated as the file specifies, with square pixels.
    """
    width, upright_height = upright_size(source)
    form = FrameForm(max(1, round(width * height / upright_height)), height, chroma=True)
    pictures, start = [], 0
    with Decoder(source, int(frames[-1]) + 1, form, threads=1) as decoder:
        for block in decoder:
            first, end = np.searchsorted(frames, [start, start + len(block)])
            pictures += [to_rgb(block[number - start]) for number in frames[first:end]]
            start += len(block)
    if len(pictures) < len(frames):
        raise RuntimeError(f"{source}: gives {start} frames now, at least {frames[-1] + 1} before; start again")
    return np.stack(pictures)

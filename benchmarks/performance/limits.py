"""The machine's limits: the operations that a stage cannot do without, and nothing else."""

import os
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import imageio_ffmpeg
import numpy as np

from signwild.configuration.sections.flow import FlowStream

if TYPE_CHECKING:
    import keras


def decode(video: Path) -> None:
    """Decode a video with ffmpeg on one thread, and keep nothing."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-threads", "1"]
    subprocess.run([*command, "-i", str(video), "-map", "0:v:0", "-f", "null", "-"], check=True)


def farneback(grey: np.ndarray, parameters: FlowStream) -> None:
    """Compute one field from each frame of a clip (g, s, s) to the next."""
    # fmt: off
    for first, second in pairwise(grey):
        cv2.calcOpticalFlowFarneback(
            first, second, None, parameters.pyr_scale, parameters.levels, parameters.winsize, parameters.iterations,
            parameters.poly_n, parameters.poly_sigma, 0,
        )
    # fmt: on


def forward(model: "keras.Model", batch: np.ndarray, times: int) -> int:
    """Run the network on one batch in memory ``times`` times, and return the number of images."""
    for _ in range(times):
        model.predict_on_batch(batch)
    return len(batch) * times


def read(path: Path, order: np.ndarray, piece: int) -> int:
    """Read pieces of ``piece`` bytes of one file, in an order, into allocated memory, and return their number."""
    buffer = np.empty(piece, np.uint8)
    file = os.open(path, os.O_RDONLY)
    for position in order.tolist():
        os.preadv(file, [buffer], position * piece)
    os.close(file)
    return len(order)

"""The authors' procedure in its plain form: the steps of their published programs, rewritten.

There is one program per stream, which decodes the whole video with OpenCV. Windows come from read-ahead over native
frames. A sample has ten flow fields, the first from the window's last frame to its first, and one file per stream. The
network gets one image at a time. Reading the features for training is in ``training_tasks``. Two liberties are in its
favour: motion history and differences see 5 frames as in the paper, not 10; flow is kept as an array, not as JPEG.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import keras

SIZE = 224
FIELDS, FRAMES = 10, 5
"""Frames in the windows of flow, and of motion history and differences (the paper)."""

QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]
THRESHOLD = 32
"""Grey levels that count as motion."""


def extract_streams(video: Path, folder: Path) -> None:
    """Run all four programs, one after the other."""
    for name in ("rgb", "flow", "mhi", "difference"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, (frame,) in enumerate(_windows(video, 1)):
        cv2.imwrite(str(folder / f"rgb/{number}.jpg"), _small(frame), QUALITY)
    for number, window in enumerate(_windows(video, FIELDS)):
        small = [_small(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY)) for one in window]
        # The window's last frame comes before its first.
        images = [_flow_image(small[k - 1], small[k]) for k in range(len(small))]
        np.save(folder / f"flow/{number}.npy", np.concatenate(images, axis=-1))
    for number, window in enumerate(_windows(video, FRAMES)):
        cv2.imwrite(str(folder / f"mhi/{number}.jpg"), _small(_motion_history(window)), QUALITY)
    for number, window in enumerate(_windows(video, FRAMES)):
        cv2.imwrite(str(folder / f"difference/{number}.jpg"), _small(_difference(window)), QUALITY)


def _windows(video: Path, length: int) -> Iterator[list[np.ndarray]]:
    """Yield the native frames around each sample, in one decode of the video."""
    capture = cv2.VideoCapture(str(video))
    step = -(-round(capture.get(cv2.CAP_PROP_FPS)) // 5)
    ahead, held, number = length // 2, [], 0
    while True:
        read, frame = capture.read()
        if not read:
            break
        held = [*held, frame][-length:]
        centre = number - ahead
        if centre >= 0 and centre % step == 0 and len(held) == length:
            yield held
        number += 1
    capture.release()


def _small(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def _flow_image(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    field = cv2.calcOpticalFlowFarneback(first, second, None, 0.5, 3, 15, 3, 5, 1.2, 0)
    magnitude, angle = cv2.cartToPolar(field[..., 0], field[..., 1])
    coded = np.full((*first.shape, 3), 255, np.uint8)
    coded[..., 0] = angle * 180 / np.pi / 2
    coded[..., 2] = cv2.normalize(magnitude, None, 0, 255, cv2.NORM_MINMAX)
    return cv2.cvtColor(coded, cv2.COLOR_HSV2BGR)


def _motion_history(window: list[np.ndarray]) -> np.ndarray:
    grey = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in window]
    history = np.zeros(grey[0].shape, np.float32)
    for step in range(1, len(grey)):
        _, moved = cv2.threshold(cv2.absdiff(grey[step], grey[step - 1]), THRESHOLD, 1, cv2.THRESH_BINARY)
        cv2.motempl.updateMotionHistory(moved, history, step, len(grey))
    return np.uint8(np.clip(history / len(grey), 0, 1) * 255)


def _difference(window: list[np.ndarray]) -> np.ndarray:
    grey = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in window]
    total = cv2.absdiff(grey[1], grey[0])
    for step in range(2, len(grey)):
        total = cv2.add(total, cv2.absdiff(grey[step], grey[step - 1]))
    return total


def extract_features(model: "keras.Model", images: list[Path], folder: Path) -> int:
    """Run the network on one image at a time, each from its file, and write its features to a file."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in images:
        image = np.load(path)
        features = model.predict_on_batch(image[None])["fc1"]
        np.save(folder / path.name, np.asarray(features)[0])
    return len(images)


def find_faces_everywhere(video: Path, frames: int, detect: Callable[[np.ndarray], object]) -> int:
    """Run the detectors on each of the first ``frames`` frames at full size."""
    capture = cv2.VideoCapture(str(video))
    for number in range(frames):
        read, frame = capture.read()
        if not read:
            raise RuntimeError(f"{video}: has {number} frames, {frames} are wanted; take a longer one")
        detect(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
    capture.release()
    return frames

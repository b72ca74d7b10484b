"""Polar motion profiles: where the foreground is around each face, by angle and by radius.

Karappa et al., "Detection of sign-language content in video through polar motion profiles", ICASSP 2014, and
Shipman et al., "Speed-accuracy tradeoffs for detecting sign language content in video sharing sites", ASSETS 2017: an
adaptive mixture of Gaussians finds the foreground; 360 angular and 100 radial bins. What they leave open is our choice.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from operator import itemgetter

import cv2
import numpy as np

from signwild.configuration.sections.profiles import ProfilesDescriptor

FACE_SIDE = 48
"""Side of every face, in pixels, when foreground is counted; close to the size of faces in reduced frames."""

MOST_CUTS = 2
"""Most frames in a row, nearly all foreground, that a cut or a flash causes; more mean a moving camera."""


def describe_profiles(
    frames: Iterable[tuple[int, np.ndarray]], boxes: list[np.ndarray], parameters: ProfilesDescriptor
) -> dict[str, np.ndarray]:
    """Compute profiles of each of n samples, averaged over its faces; zeros without a face, or without motion.

    ``frames``: grey frames (h, w) uint8 with the row of the sample that each belongs to; not read if no sample has
    a face. ``boxes``: the faces of each sample, (k, 4): x, y, width, height as shares of the frame's width and height.

    Returns ``features`` (n, angular_bins + radial_bins) float32, the angular profile first, each with a mean
    of 1 (less if some faces have no motion), and ``mass`` (n,) float32: mean foreground of a frame, in face areas.
    """
    region = FaceRegion(parameters)
    features = np.zeros((len(boxes), parameters.angular_bins + parameters.radial_bins), np.float32)
    mass = np.zeros(len(boxes), np.float32)
    if any(len(faces) for faces in boxes):
        for row, masks in groupby(foreground_masks(frames, parameters), key=itemgetter(0)):
            if len(boxes[row]):
                foreground = _mean_foreground(mask for _, mask in masks)
                views = [region.view(foreground, box) for box in boxes[row]]
                features[row] = np.mean([region.profiles(view) for view in views], axis=0)
                mass[row] = np.mean([view.sum(dtype=np.float64) for view in views]) / FACE_SIDE**2
    return {"features": features, "mass": mass}


def foreground_masks(
    frames: Iterable[tuple[int, np.ndarray]], parameters: ProfilesDescriptor
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the sample's row and the foreground (h, w) uint8, 0 or 255, of each frame, by an adaptive background model.

    The first frames are used twice, so that the first sample has a background. A frame that is nearly all foreground
    is left out, and the model restarts from it: it would need seconds to forget the scene before a cut. A flash causes
    two such frames. If there are more in a row, the camera moves: then everything moves, and the frame counts.
    """
    frames = iter(frames)
    first = list(islice(frames, parameters.warm_up))
    model = _new_model(parameters, (frame for _, frame in first))
    in_a_row = 0
    for row, frame in chain(first, frames):
        mask = model.apply(frame)
        if in_a_row < MOST_CUTS and cv2.countNonZero(mask) > parameters.max_foreground * mask.size:
            in_a_row += 1
            model = _new_model(parameters, [frame])
        else:
            in_a_row = 0
            yield row, mask


def _new_model(parameters: ProfilesDescriptor, frames: Iterable[np.ndarray]) -> cv2.BackgroundSubtractorMOG2:
    model = cv2.createBackgroundSubtractorMOG2(parameters.history, parameters.variance_threshold, detectShadows=False)
    for frame in frames:
        model.apply(frame)
    return model


def _mean_foreground(masks: Iterable[np.ndarray]) -> np.ndarray:
    """Return the share of the masks, 0 or 255, in which each pixel is foreground, (h, w) float32."""
    masks = iter(masks)
    total, count = next(masks).astype(np.float32), 1
    for mask in masks:
        cv2.accumulate(mask, total)
        count += 1
    return total / (255 * count)


class FaceRegion:
    """Region around a face, scaled to one face size, and the bins in which its pixels are counted.

    Every face, and so every bin, has the same pixels; otherwise the few near a small face's centre would leave gaps.
    """

    def __init__(self, parameters: ProfilesDescriptor) -> None:
        self._corner = parameters.region_width / 2, parameters.region_above
        self._size = round(parameters.region_width * FACE_SIDE), round(parameters.region_height * FACE_SIDE)
        self._bins = parameters.angular_bins, parameters.radial_bins
        x, y = ((np.arange(self._size[k]) + 0.5) / FACE_SIDE - self._corner[k] for k in (0, 1))
        turn = np.arctan2(y[:, None], x) / (2 * np.pi) % 1
        below = parameters.region_height - parameters.region_above
        reach = np.hypot(x, y[:, None]) / np.hypot(parameters.region_width / 2, max(parameters.region_above, below))
        self._angular, self._radial = (
            np.minimum(shares.ravel() * bins, bins - 1).astype(np.int64)
            for shares, bins in zip((turn, reach), self._bins, strict=True)
        )

    def view(self, foreground: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Return the region around a face in a picture (h, w) float32, (v, u) float32, with a face of FACE_SIDE pixels.

        ``box``: x, y, width, height in shares. A face's size is the mean of its width and height in pixels. Pixels
        outside the picture are 0.
        """
        height, width = foreground.shape
        x, y, w, h = np.asarray(box, np.float64) * [width, height, width, height]
        face = (w + h) / 2
        scale = face / FACE_SIDE
        if scale > 2:  # fewer pixels than in the picture: each is the mean around it
            foreground = cv2.blur(foreground, (2 * int(scale / 2) + 1,) * 2)
        corner = np.array([x + w / 2, y + h / 2]) - np.multiply(self._corner, face)
        to_picture = np.column_stack([np.eye(2) * scale, corner + scale / 2 - 0.5])  # for the pixels' centres
        return cv2.warpAffine(foreground, to_picture, self._size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)

    def profiles(self, view: np.ndarray) -> np.ndarray:
        """Return a view's angular and radial profile, (angular_bins + radial_bins,) float64, of mean 1 or all zeros.

        Angles run the full circle, from the right of the face downwards; radii from its centre to the region's
        farthest corner. A mean of 1, rather than a sum of 1, gives a network values of the size that it expects.
        """
        weights = view.ravel()
        counts = [
            np.bincount(bins, weights, n) for bins, n in zip((self._angular, self._radial), self._bins, strict=True)
        ]
        return np.concatenate([count / (count.mean() or 1) for count in counts])

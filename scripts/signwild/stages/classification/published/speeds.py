"""Speeds of OpenPose's 25 points of the body, from MediaPipe's points.

Speeds are those of Moryossef et al. (2020): distances between neighbouring samples in shoulder widths, times the
samples a second; of a point that is not seen in both, 0. The shoulders' width is its mean over the video.
"""

import numpy as np

POINTS = 25
"""Number of the points of OpenPose's body model (BODY_25)."""

SAME = {0: 0, 2: 12, 3: 14, 4: 16, 5: 11, 6: 13, 7: 15, 9: 24, 12: 23, 15: 5, 16: 2, 17: 8, 18: 7}
"""MediaPipe's point for each of OpenPose's: nose, shoulders, elbows, wrists, hips, eyes and ears, right before left."""

BETWEEN = {1: (11, 12), 8: (23, 24)}
"""MediaPipe's two points whose middle is OpenPose's: its neck and the middle of its hips.

OpenPose's points of legs and feet are not seen: MediaPipe's are not kept, and signers are shown to the hips.
"""

RIGHT_SHOULDER, LEFT_SHOULDER = 2, 5

MIN_SURE = 0.5
"""Confidence from which a point counts as seen."""


def body_speeds(points: np.ndarray, sure: np.ndarray, seen: np.ndarray, sample_rate: float) -> np.ndarray:
    """Return speeds (n - 1, 25) float64, in shoulder widths a second, between neighbours of a video's n samples.

    ``points`` (n, 67, 2) in pixels, ``sure`` (n, 67) and ``seen`` (n, 3): see ``describe_people``. If no sample shows
    both shoulders, all speeds are 0.
    """
    there = (sure >= MIN_SURE) & seen[:, :1]
    places, shown = np.zeros((len(points), POINTS, 2)), np.zeros((len(points), POINTS), bool)
    for own, other in SAME.items():
        places[:, own], shown[:, own] = points[:, other], there[:, other]
    for own, (one, other) in BETWEEN.items():
        places[:, own] = (points[:, one].astype(np.float64) + points[:, other]) / 2
        shown[:, own] = there[:, one] & there[:, other]
    both = shown[:, RIGHT_SHOULDER] & shown[:, LEFT_SHOULDER]
    if not both.any():
        return np.zeros((len(points) - 1, POINTS))
    width = np.hypot(*(places[both, RIGHT_SHOULDER] - places[both, LEFT_SHOULDER]).T).mean()
    distances = np.hypot(*np.moveaxis(np.diff(places, axis=0), -1, 0))
    return np.where(shown[1:] & shown[:-1], distances, 0) / max(width, 1.0) * sample_rate

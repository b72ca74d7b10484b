"""Pictures of a person that MediaPipe's networks detect, and these networks if they can be obtained."""

from functools import cache
from pathlib import Path

import cv2
import matplotlib.cbook
import numpy as np
import pytest
from places import ROOT

from signwild.base.errors import InputError
from signwild.stages.weights.packaged_pose import FOLDER, packaged_pose

NETWORKS = ROOT / FOLDER
"""Folder in which a run in the project's folder keeps the networks, so they are fetched once."""

WIDTH, HEIGHT = 640, 300


@cache
def networks_folder() -> Path:
    """Return the folder of the networks' files; skip the test if they are missing and cannot be fetched."""
    try:
        return packaged_pose(NETWORKS)
    except InputError as error:
        pytest.skip(f"needs MediaPipe's networks of poses: {error}")


@cache
def _portrait() -> np.ndarray:
    picture = cv2.imread(str(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def draw_people(*people: tuple[int, int]) -> np.ndarray:
    """Draw a picture (300, 640, 3) RGB uint8 with the public-domain portrait at each left edge and height."""
    picture = np.full((HEIGHT, WIDTH, 3), 110, np.uint8)
    for left, height in people:
        width = round(_portrait().shape[1] * height / _portrait().shape[0])
        picture[HEIGHT - height :, left : left + width] = cv2.resize(
            _portrait(), (width, height), interpolation=cv2.INTER_AREA
        )
    return picture

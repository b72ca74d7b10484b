"""The five visual features, on movement whose features are computed by hand."""

import numpy as np
import pytest

from signwild.configuration.sections.visual_features import VisualFeaturesDescriptor
from signwild.stages.descriptors.visual_features import describe_visual_features

SIDE = 40
PIXELS = SIDE**2

NO_FACE = np.empty((0, 4))


def frames_of(*patches, per_sample=1, grey=100):
    """Return grey frames with these white patches (x, y, width, height, or None), each with its sample's row."""
    for number, patch in enumerate(patches):
        frame = np.full((SIDE, SIDE), grey, np.uint8)
        if patch:
            x, y, width, height = patch
            frame[y : y + height, x : x + width] = 255
        yield number // per_sample, frame


def describe(patches, boxes=None, length=3, per_sample=1, **parameters):
    """Return features (n, 5) of frames with these patches; ``boxes``, in pixels, are the faces of every sample."""
    samples = -(-len(patches) // per_sample)
    faces = NO_FACE if boxes is None else np.array(boxes).reshape(-1, 4) / SIDE
    settings = VisualFeaturesDescriptor(kind="visual_features", **parameters)
    values = describe_visual_features(frames_of(*patches, per_sample=per_sample), [faces] * samples, settings, length)[
        "features"
    ]
    assert values.shape == (samples, 5)
    assert values.dtype == np.float32
    return values


def close(values):
    return pytest.approx(np.array(values), abs=1e-6)


A, B = (2, 2, 10, 10), (20, 2, 10, 10)
"""Patches of 100 pixels, apart."""


def test_mean_share_of_foreground_in_each_window():
    shares = np.array([0, 1, 1, 0, 1, 0]) * 100 / PIXELS
    expected = [shares[row : row + 3].mean() for row in range(6)]
    assert describe([None, A, B, None, A, None])[:, 0] == close(expected)


def test_share_of_pixels_that_move_at_least_once_in_each_window():
    expected = np.array([2, 2, 2, 1, 1, 0]) * 100 / PIXELS
    assert describe([None, A, B, None, A, None])[:, 1] == close(expected)
    assert describe([None, A, B, None, A, None], length=1)[:, 1] == close(np.array([0, 1, 1, 0, 1, 0]) * 100 / PIXELS)
    assert describe([None, A, B, None, A, None], length=9)[:, 1] == close(np.array([2, 2, 2, 1, 1, 0]) * 100 / PIXELS)


def test_change_from_frame_to_frame_within_each_window():
    changes = np.array([0, 1, 2, 1, 0, 1]) * 100 / PIXELS  # from the frame before
    expected = [changes[1:3].mean(), changes[2:4].mean(), changes[3:5].mean(), changes[4:6].mean(), changes[5], 0]
    assert describe([None, A, B, None, None, A])[:, 2] == close(expected)


def test_a_sample_of_many_frames_is_as_much_as_its_frames():
    patches = [None, A, B, None, A, None, B, B, None]
    by_frame, by_sample = describe(patches, length=6), describe(patches, length=2, per_sample=3)
    assert by_sample[:, [0, 1, 2]] == close(by_frame[::3, [0, 1, 2]])


@pytest.mark.parametrize(
    ("patch", "symmetry"),
    [
        ((5, 20, 20, 5), 1.0),  # as far to the left as to the right of x = 15
        ((5, 20, 10, 5), 0.0),  # to one side
        ((5, 20, 15, 5), 10 / 15),
        ((15, 20, 25, 5), 0.0),
        ((0, 20, 40, 5), 1.0),  # what is mirrored out of the picture makes no difference
    ],
)
def test_symmetry_about_the_face(patch, symmetry):
    face = (10, 5, 10, 10)
    values = describe([None, patch], [face], length=1)
    assert values[:, 3] == close([0, symmetry])


def test_symmetry_about_a_face_near_the_edge():
    assert describe([None, (32, 20, 6, 5)], [(30, 5, 10, 10)], length=1)[1, 3] == close(1)
    assert describe([None, (2, 20, 6, 5)], [(0, 5, 10, 10)], length=1)[1, 3] == close(1)
    assert describe([None, (2, 20, 20, 5)], [(30, 5, 10, 10)], length=1)[1, 3] == close(0)  # out of reach


def test_an_axis_between_two_pixels_or_within_one():
    assert describe([None, (10, 20, 7, 5)], [(10, 5, 7, 7)], length=1)[1, 3] == close(1)
    assert describe([None, (10, 20, 8, 5)], [(10, 5, 8, 8)], length=1)[1, 3] == close(1)


def test_symmetry_is_the_mean_over_faces_and_samples():
    symmetric, one_sided = (5, 20, 20, 5), (5, 20, 10, 5)
    left, right = (10, 5, 10, 10), (25, 5, 10, 10)
    both = describe([None, symmetric], [left, right], length=1)[1, 3]
    alone = [describe([None, symmetric], [face], length=1)[1, 3] for face in (left, right)]
    assert both == close(np.mean(alone))
    assert describe([None, symmetric, one_sided], [left], length=3)[0, 3] == close(1 / 3)
    assert not describe([None, symmetric])[:, 3].any()  # no face


def test_movement_outside_faces():
    face = (0, 0, 15, 15)
    patches = [None, A, B, A, B, B]
    assert describe(patches, [face], length=2)[:, 4] == close([0, 0.5, 0.5, 0.5, 1, 1])
    assert describe(patches, length=2)[:, 4] == close([0.5, 1, 1, 1, 1, 1])
    assert not describe(patches, [face, (18, 0, 14, 14)], length=2)[:, 4].any()


@pytest.mark.parametrize(("share", "moves"), [(99.5 / PIXELS, 1), (100 / PIXELS, 0)])
def test_little_movement_does_not_count(share, moves):
    assert describe([None, A], length=1, min_movement=share)[1, 4] == moves


@pytest.mark.parametrize(("level", "foreground"), [(145, 0), (146, 1), (55, 0), (54, 1)])
def test_foreground_differs_by_more_than_the_threshold(level, foreground):
    frames = [(0, np.full((8, 8), 100, np.uint8)), (1, np.full((8, 8), level, np.uint8))]
    settings = VisualFeaturesDescriptor(kind="visual_features")
    assert describe_visual_features(frames, [NO_FACE] * 2, settings, 1)["features"][1, 0] == foreground


def test_the_background_is_a_running_average():
    """A step of 100 levels is foreground until the average has come to within 45: 0.96^k * 100 <= 45."""
    frames = [(k, np.full((8, 8), 100 + 100 * (k > 0), np.uint8)) for k in range(40)]
    settings = VisualFeaturesDescriptor(kind="visual_features")
    shares = describe_visual_features(frames, [NO_FACE] * 40, settings, 1)["features"][:, 0]
    assert np.flatnonzero(shares).tolist() == list(range(1, 21))


def test_samples_without_frames_are_part_of_their_windows():
    frames = [(0, frame) if row == 0 else (row + 2, frame) for row, frame in frames_of(None, A, B)]
    settings = VisualFeaturesDescriptor(kind="visual_features")
    values = describe_visual_features(frames, [NO_FACE] * 5, settings, 3)["features"]
    assert values[:, 1] == close(np.array([0, 1, 2, 2, 1]) * 100 / PIXELS)
    assert values[:, 0] == close(np.array([0, 1, 1, 1, 1]) * 100 / PIXELS)


def test_a_single_frame_has_no_movement():
    assert not describe([A], [(10, 5, 10, 10)]).any()

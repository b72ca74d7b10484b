"""Polar motion profiles: the same movement gives the same profile wherever and however large the person is."""

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from signwild.configuration.sections.profiles import ProfilesDescriptor
from signwild.stages.descriptors.motion_profiles import FACE_SIDE, FaceRegion, describe_profiles, foreground_masks

PARAMETERS = ProfilesDescriptor(kind="profiles")
WIDTH, HEIGHT = 480, 270
FACE = 36
CENTRE = (240, 85)
TOLERANCE = 0.1
"""Total variation, from 0 to 1, up to which two profiles are the same."""

RIGHT, LEFT, LOW = (1.9, 1.0), (-1.9, 1.0), (1.6, 3.2)
"""Places of a hand, in sizes of the face from its centre: to the right, to the left, below."""


def wave(hand, face=FACE, centre=CENTRE, size=(WIDTH, HEIGHT), frames=48):
    """Return grey frames of a person waving a hand in circles, each with its sample's row: six frames per sample."""
    width, height = size
    background = np.random.default_rng(1).integers(90, 110, (height, width)).astype(np.uint8)
    noise = np.random.default_rng(2)
    for number in range(frames):
        turn = 2 * np.pi * number / 12
        place = np.add(centre, np.multiply(face, np.add(hand, [0.7 * np.cos(turn), 0.5 * np.sin(turn)])))
        picture = background.copy()
        for point, radius in ((centre, 0.5), (place, 0.35)):
            point = [round(16 * coordinate) for coordinate in point]
            cv2.circle(picture, point, round(16 * radius * face), 200, cv2.FILLED, shift=4)
        yield number // 6, cv2.add(picture, noise.integers(0, 3, (height, width), np.uint8))


def face_box(face=FACE, centre=CENTRE, size=(WIDTH, HEIGHT)):
    """Return the box of the face that ``wave`` draws."""
    x, y = np.subtract(centre, face / 2)
    return np.array([x, y, face, face]) / [*size, *size]


def describe(frames, *boxes, samples=8, **parameters):
    """Return the descriptors of ``samples`` samples that all have these faces."""
    faces = np.array(boxes).reshape(-1, 4)
    return describe_profiles(frames, [faces] * samples, ProfilesDescriptor(kind="profiles", **parameters))


def profile(hand=RIGHT, **scene):
    """Return the mean descriptor of a waving person."""
    own = {name: scene[name] for name in ("face", "centre", "size") if name in scene}
    return describe(wave(hand, **own), face_box(**own))["features"].mean(axis=0)


def distance(first, second):
    """Return the larger of the total variations of the angular and of the radial profiles."""
    differences = np.abs(first - second)
    return max(differences[:360].mean(), differences[360:].mean()) / 2


@pytest.fixture(scope="module")
def reference():
    return profile()


def test_angle_and_radius_of_a_hand_are_where_it_moves(reference):
    angular, radial = reference[:360], reference[360:]
    assert (angular.mean(), radial.mean()) == pytest.approx((1, 1))
    angle = np.degrees(np.arctan2(RIGHT[1], RIGHT[0]))  # downwards from the right
    assert np.roll(angular, 35 - round(angle))[:70].sum() > 0.95 * 360
    farthest = np.hypot(3.5, 4.5)  # the corner below
    assert (radial * (np.arange(100) + 0.5)).mean() / 100 * farthest == pytest.approx(np.hypot(*RIGHT), abs=0.15)


@pytest.mark.parametrize("shift", [(40, 0), (-60, 20), (0.5, 0.25), (7, -3)])
def test_a_person_elsewhere_has_the_same_profile(reference, shift):
    assert distance(profile(centre=np.add(CENTRE, shift)), reference) < TOLERANCE


@pytest.mark.parametrize("scale", [0.5, 0.7, 1.3, 2])
def test_a_scene_enlarged_or_reduced_has_the_same_profile(reference, scale):
    size = round(WIDTH * scale), round(HEIGHT * scale)
    scaled = profile(face=FACE * scale, centre=np.multiply(CENTRE, scale), size=size)
    assert distance(scaled, reference) < TOLERANCE


@pytest.mark.parametrize("scale", [0.5, 1.4])
def test_a_person_nearer_or_farther_has_the_same_profile(reference, scale):
    assert distance(profile(face=FACE * scale), reference) < TOLERANCE


@pytest.mark.parametrize("hand", [LEFT, LOW])
def test_another_movement_has_another_profile(reference, hand):
    assert distance(profile(hand), reference) > 5 * TOLERANCE


def test_still_people_and_noise_have_no_profile():
    frames = [(row, next(wave(RIGHT, frames=1))[1]) for row in np.repeat(np.arange(8), 6).tolist()]
    values = describe(frames, face_box())
    assert not values["features"].any()
    assert not values["mass"].any()


def test_a_descriptor_is_the_mean_over_its_faces(reference):
    other = face_box(centre=(300, 90))
    alone = describe(wave(RIGHT), other)
    both = describe(wave(RIGHT), face_box(), other)
    assert both["features"].mean(axis=0) == pytest.approx((reference + alone["features"].mean(axis=0)) / 2, abs=1e-6)
    assert both["mass"] == pytest.approx((describe(wave(RIGHT), face_box())["mass"] + alone["mass"]) / 2, rel=1e-5)


def test_each_sample_has_its_own_frames_and_faces():
    boxes = [np.empty((0, 4))] * 8
    boxes[3] = face_box()[None]
    values = describe_profiles(wave(RIGHT), boxes, PARAMETERS)
    all_rows = describe(wave(RIGHT), face_box())
    assert np.flatnonzero(values["features"].any(axis=1)).tolist() == [3]
    assert np.flatnonzero(values["mass"]).tolist() == [3]
    assert np.array_equal(values["features"][3], all_rows["features"][3])
    assert values["features"].dtype == values["mass"].dtype == np.float32


def test_frames_are_not_read_where_no_sample_has_a_face():
    frames = wave(RIGHT)
    values = describe_profiles(frames, [np.empty((0, 4))] * 8, PARAMETERS)
    assert values["features"].shape == (8, 460)
    assert not values["features"].any()
    assert next(frames)[0] == 0


def test_mass_is_the_foreground_of_a_frame_in_face_areas():
    """A square of one face's area appears in half of the frames, at changing places."""
    random = np.random.default_rng(3)
    frames = []
    for number in range(60):
        picture = np.full((HEIGHT, WIDTH), 100, np.uint8)
        if number % 2:
            x, y = random.integers([170, 70], [270, 160])
            picture[y : y + FACE, x : x + FACE] = 200
        frames.append((number // 6, picture))
    mass = describe(frames, face_box(), samples=10)["mass"]
    assert mass.mean() == pytest.approx(0.5, abs=0.05)


def test_only_foreground_within_the_region_counts():
    far = wave((5, 5), face=20)  # beyond 3.5 faces to the side
    assert not describe(far, face_box(face=20))["features"].any()
    assert describe(wave((5, 5), face=20), face_box(face=20), region_width=14.0, region_height=8.0)["mass"].all()


def test_a_region_past_the_picture_is_clipped():
    centre = (20, 20)
    values = describe(wave(RIGHT, centre=centre), face_box(centre=centre))
    assert distance(values["features"].mean(axis=0), profile()) < TOLERANCE  # the hand is inside


@pytest.mark.parametrize("face", [8.0, 24.5, 48.0, 101.3, 250.0])
def test_a_view_shows_every_face_at_the_same_place_and_size(face):
    centre = np.array([302.3, 141.7])
    picture = np.zeros((400, 600), np.float32)
    (x, y), half = centre, face / 2
    # Edges to a part of a pixel: what each pixel covers of the face.
    columns = np.clip(np.minimum(np.arange(600) + 1, x + half) - np.maximum(np.arange(600), x - half), 0, 1)
    rows = np.clip(np.minimum(np.arange(400) + 1, y + half) - np.maximum(np.arange(400), y - half), 0, 1)
    picture += np.outer(rows, columns).astype(np.float32)
    view = FaceRegion(PARAMETERS).view(picture, np.array([x - half, y - half, face, face]) / [600, 400, 600, 400])
    assert view.shape == (6 * FACE_SIDE, 7 * FACE_SIDE)
    v, u = np.indices(view.shape)
    assert (view * u).sum() / view.sum() + 0.5 == pytest.approx(3.5 * FACE_SIDE, abs=0.2)
    assert (view * v).sum() / view.sum() + 0.5 == pytest.approx(1.5 * FACE_SIDE, abs=0.2)
    assert view.sum() / FACE_SIDE**2 == pytest.approx(1, abs=0.02)


def test_every_pixel_about_a_large_face_counts():
    stripes = np.tile(np.float32([1, 0]), (400, 300))
    view = FaceRegion(PARAMETERS).view(stripes, np.array([204, 50, 144, 144]) / [600, 400, 600, 400])
    inside = view[view > 0]
    assert inside.size > 10000
    assert (np.abs(inside - 0.5) < 0.3).all()


def scenes(lengths):
    """Return frames of different pictures, each shown for some frames, with a small moving square."""
    number = 0
    for scene, length in enumerate(lengths):
        picture = np.random.default_rng(scene).integers(0, 256, (90, 160)).astype(np.uint8)
        for k in range(length):
            frame = picture.copy()
            frame[50:60, 20 + 3 * k % 100 :][:, :10] = 255
            yield number // 6, frame
            number += 1


def test_frames_at_a_cut_do_not_count_and_the_scene_after_it_does():
    counted = [cv2.countNonZero(mask) for _, mask in foreground_masks(scenes([30] * 4), PARAMETERS)]
    assert len(counted) == 4 * 30 - 3
    assert max(counted) < 500
    kept = [
        mask for _, mask in foreground_masks(scenes([30] * 4), PARAMETERS.model_copy(update={"max_foreground": 1.0}))
    ]
    assert len(kept) == 120


def test_a_flash_does_not_count():
    frames = list(scenes([60]))
    for number in (20, 40):
        frames[number] = (number // 6, np.full((90, 160), 255, np.uint8))
    counted = [cv2.countNonZero(mask) for _, mask in foreground_masks(frames, PARAMETERS)]
    assert len(counted) == 60 - 4  # the flash, and the frame after it, which finds the flash as its background
    assert max(counted) < 500


def test_a_moving_camera_is_motion():
    wall = cv2.resize(np.random.default_rng(0).integers(0, 256, (9, 200), dtype=np.uint8), (2000, 90))
    frames = [(k // 6, wall[:, 40 * k : 40 * k + 160].copy()) for k in range(46)]
    parameters = PARAMETERS.model_copy(update={"warm_up": 1})
    counted = [(row, cv2.countNonZero(mask) / mask.size) for row, mask in foreground_masks(frames, parameters)]
    assert {row for row, _ in counted} == set(range(8))  # no sample is without a frame
    assert max(share for _, share in counted) > PARAMETERS.max_foreground


def test_what_is_there_for_the_first_moment_is_no_background():
    empty, waving = next(wave((50, 50), frames=1))[1], next(wave(RIGHT, frames=1))[1]
    frames = [(number // 6, waving if number < 9 else empty) for number in range(48)]
    assert not describe(frames, face_box())["mass"].any()
    assert describe(frames, face_box(), warm_up=1)["mass"][1] > 0.01


@pytest.mark.parametrize("frames", [1, 5])
def test_a_video_shorter_than_the_warm_up(frames):
    values = describe(wave(RIGHT, frames=frames), face_box(), samples=1)
    assert values["features"].shape == (1, 460)
    assert np.isfinite(values["features"]).all()


def test_numbers_of_bins():
    values = describe(wave(RIGHT), face_box(), angular_bins=12, radial_bins=5)["features"]
    assert values.shape == (8, 17)
    assert values[:, :12].mean(axis=1) == pytest.approx(np.ones(8))
    assert values[:, 12:].mean(axis=1) == pytest.approx(np.ones(8))


def test_a_face_must_lie_in_its_region():
    with pytest.raises(ValidationError, match=r"region_above is 7.0, more"):
        ProfilesDescriptor(kind="profiles", region_above=7.0)

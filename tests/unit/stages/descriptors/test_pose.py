"""Poses: the exact geometry, and plausible points on pictures of a person."""

import cv2
import numpy as np
import pytest
from made_people import HEIGHT, WIDTH, draw_people, networks_folder

from signwild.configuration.sections.pose import COLUMNS, PoseDescriptor
from signwild.stages.descriptors.pose import description
from signwild.stages.descriptors.pose.description import MOVED, PLACED, describe_people, pose_features
from signwild.stages.descriptors.pose.detection import SIDE, Bodies, anchors, fitted, merged, read_bodies
from signwild.stages.descriptors.pose.networks import Networks, refined
from signwild.stages.descriptors.pose.points import BONES, PARTS, POINTS, frame_of
from signwild.stages.descriptors.pose.regions import (
    Region,
    is_followed,
    region_of_body,
    region_of_hand,
    region_of_hand_in_body,
    region_of_recrop,
    upright_turn,
)

UP, RIGHT, DOWN = np.array([0.0, -1.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0])

LEFT_EDGE = 40
"""Of the person in most pictures."""


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks(networks_folder())


def test_anchors_lie_in_the_middle_of_the_cells_of_three_grids():
    places = anchors()
    assert places.shape == (2 * 28 * 28 + 2 * 14 * 14 + 6 * 7 * 7, 2)
    assert places[:4].tolist() == [[4, 4], [4, 4], [12, 4], [12, 4]]
    assert places[2 * 28].tolist() == [4, 12]
    assert places[2 * 28 * 28].tolist() == [8, 8]
    assert places[-6:].tolist() == [[208, 208]] * 6


def test_a_wide_picture_is_fitted_with_black_above_and_below():
    picture = np.full((112, 448, 3), 200, np.uint8)
    square, scale, corner = fitted(picture)
    assert square.shape == (SIDE, SIDE, 3)
    assert scale == 2
    assert corner.tolist() == [0, -168]
    rows = square[:, 100, 0]
    assert rows[:84].max() == 0
    assert (rows[84:140] == 200).all()
    assert rows[140:].max() == 0


def test_a_body_is_read_from_its_anchor():
    values, logits = np.zeros((3, 12), np.float32), np.array([-9.0, 0.5, -0.1], np.float32)
    values[1] = [10, -4, 40, 20, 1, 2, 3, 4, 5, 6, 7, 8]
    found = read_bodies(values, logits, np.array([[4.0, 4], [100, 50], [12, 4]]))
    assert found.boxes.tolist() == [[90, 36, 40, 20]]
    assert found.points.tolist() == [[[101, 52], [103, 54], [105, 56], [107, 58]]]
    assert found.scores == pytest.approx([1 / (1 + np.exp(-0.5))])
    assert len(read_bodies(values, np.full(3, -200, np.float32), np.zeros((3, 2)))) == 0


def test_overlapping_bodies_are_one_by_the_mean_of_their_scores():
    boxes = np.array([[200.0, 0, 10, 10], [2, 0, 10, 10], [0, 0, 10, 10]])
    points = np.arange(24.0).reshape(3, 4, 2)
    found = merged(Bodies(boxes, points, np.array([0.6, 0.6, 0.9])))
    assert found.boxes == pytest.approx(np.array([[0.8, 0, 10, 10], [200, 0, 10, 10]]))
    assert found.points[0] == pytest.approx(0.4 * points[1] + 0.6 * points[2])
    assert found.scores.tolist() == [0.9, 0.6]
    # Three tenths of a box in common are not yet one body; a box without area is one all the same.
    apart = np.array([[0.0, 0, 10, 10], [5.5, 0, 10, 10], [50, 50, 0, 0]])
    assert len(merged(Bodies(apart, points, np.full(3, 0.8)))) == 3


@pytest.mark.parametrize(("end", "turn"), [(UP, 0), (RIGHT, np.pi / 2), (DOWN, np.pi), (-RIGHT, -np.pi / 2)])
def test_a_turn_brings_a_direction_up(end, turn):
    assert abs(upright_turn(np.zeros(2), end)) == pytest.approx(abs(turn))
    region = Region(5, 7, 2, upright_turn(np.zeros(2), end))
    assert region.to_picture(np.array([0.5, 0.0])) == pytest.approx(np.array([5, 7]) + end)


def test_a_region_leads_there_and_back():
    region = Region(30, -4, 17, 0.7)
    points = np.random.default_rng(0).normal(size=(5, 3, 2))
    assert region.to_region(region.to_picture(points)) == pytest.approx(points)
    assert region.to_picture(np.array([0.5, 0.5])) == pytest.approx([30, -4])


def test_a_crop_is_the_picture_as_the_region_sees_it():
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert np.array_equal(Region(32, 32, 64).crop(picture, 64), picture)
    assert np.array_equal(Region(32, 32, 32).crop(picture, 32), picture[16:48, 16:48])
    # A quarter turn clockwise: what was on the right is above.
    turned = Region(32, 32, 64, np.pi / 2).crop(picture, 64)
    assert np.array_equal(turned[1:], np.rot90(picture)[:-1])
    beyond = Region(0, 32, 64).crop(picture, 64)
    assert (beyond[:, :32] == picture[:, :1]).all()
    assert np.array_equal(beyond[:, 32:], picture[:, :32])


def test_regions_have_the_sizes_that_the_networks_were_made_for():
    assert region_of_body(np.array([100.0, 90]), np.array([100.0, 50])) == Region(100, 90, 100, 0)
    hand = region_of_hand_in_body(np.array([0.0, 0]), np.array([0.0, -30]), np.array([0.0, -30]))
    assert (hand.x, hand.y, hand.side, hand.turn) == pytest.approx((0, -36, 162, 0))
    recrop = region_of_recrop(np.array([50.0, 50]), np.array([50.0, 60]))  # its second point lies below
    assert (recrop.x, recrop.y, recrop.side, np.cos(recrop.turn)) == pytest.approx((50, 48, 20, 1))


@pytest.mark.parametrize("turn", [0.0, 0.4, -1.7, 3.0])
def test_the_region_of_a_hand_turns_with_it_and_holds_its_palm(turn):
    points = np.zeros((21, 2))
    points[[1, 2, 3]] = [[0.3, -0.2], [0.4, -0.4], [0.5, -0.5]]
    for finger, x in zip((5, 9, 13, 17), (0.3, 0.1, -0.1, -0.3), strict=True):
        points[finger : finger + 4, 0] = x
        points[finger : finger + 4, 1] = [-0.8, -1.0, -1.2, -1.4]
    placed = Region(40, 60, 10, turn).to_picture(points + 0.5)
    region = region_of_hand(placed)
    # Above the wrist are the roots of the three middle fingers, of which the middle one counts half.
    lean = upright_turn(points[0], points[[5, 13]].mean(axis=0) / 2 + points[9] / 2)
    assert np.cos(region.turn - turn - lean) == pytest.approx(1)
    assert region.side == pytest.approx(20, rel=0.1)  # the palm is 1.0 high and 0.8 wide
    inside = region.to_region(placed)
    assert ((inside > 0) & (inside < 1)).all()
    assert inside[0, 1] > inside[12, 1]


def test_a_hand_is_followed_until_it_turns_moves_or_grows_too_far():
    last, points = Region(50, 50, 40), np.full((21, 2), 50.0)
    assert is_followed(last, points, Region(50, 50, 40))
    for now in (Region(57, 50, 40), Region(50, 43, 40), Region(50, 50, 40, 0.6), Region(50, 50, 30)):
        assert is_followed(last, points, now)
    for now in (Region(59, 50, 40), Region(50, 41, 40), Region(50, 50, 40, 0.8), Region(50, 50, 28)):
        assert not is_followed(last, points, now)
    assert is_followed(Region(50, 50, 40, np.pi - 0.1), points, Region(50, 50, 40, 0.1 - np.pi))
    points[3] = 50, 69
    assert not is_followed(last, points, last)


def test_a_point_moves_to_the_mean_of_a_sure_heatmap():
    heatmaps = np.full((64, 64, 3), -20.0, np.float32)
    heatmaps[30, 21], heatmaps[31, 21] = (2.0, -0.1, 2.0), (2.0, -0.1, -20.0)
    shares = np.array([[20 / 64, 31 / 64], [20 / 64, 31 / 64], [1.5, 0.5]])
    moved = refined(shares, heatmaps)
    assert moved[0] == pytest.approx([21 / 64, 30.5 / 64], abs=1e-6)
    assert moved[1:].tolist() == shares[1:].tolist()  # one that is not sure, one outside
    # Four cells to each side count.
    near, far = (refined(np.array([[x / 64, 31 / 64]]), heatmaps[..., :1])[0] for x in (17.1, 16.9))
    assert near == pytest.approx([21 / 64, 30.5 / 64], abs=1e-6)
    assert far == pytest.approx([16.9 / 64, 31 / 64])


def stick_figure(scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Return points (67, 2): shoulders 20 apart, the rest of body and hands at random places."""
    points = np.random.default_rng(3).uniform(-30, 30, (POINTS, 2))
    points[[11, 12]] = [[10, 5], [-10, 5]]
    points[[23, 24]] = [[6, 30], [-6, 30]]
    return points * scale + shift


def test_features_are_the_same_wherever_and_however_large_a_person_is():
    seen = np.ones((1, 3), bool)
    near, far = (pose_features(stick_figure(*how)[None], seen) for how in [(1.0,), (0.3, (200, 50))])
    assert near.shape == (1, description.WIDTH)
    assert far == pytest.approx(near, abs=1e-6)
    places = near[0, : 2 * len(PLACED)].reshape(-1, 2)
    assert places[PLACED.index(11)].tolist() == [0.5, 0]
    assert places[PLACED.index(0)] == pytest.approx((stick_figure()[0] - [0, 5]) / 20)


def test_a_person_seen_from_the_side_is_not_blown_up():
    points = stick_figure()
    points[[11, 12], 0] = [1, -1]
    middle, unit = frame_of(points)
    assert middle.tolist() == [0, 5]
    assert unit == 12.5  # half of what lies between shoulders and hips
    assert frame_of(np.zeros((POINTS, 2)))[1] == 1


def test_movement_is_that_between_samples_in_which_a_point_is_seen():
    points = np.repeat(stick_figure()[None], 5, axis=0)
    points[1:, 15] += 20, 0  # the left wrist, by a shoulder width
    points[2:, PARTS[2]] += 0, 10  # the right hand as a whole, by half of one
    points[2:, PARTS[2]] = np.clip(points[2:, PARTS[2]], -40, 50)
    seen = np.ones((5, 3), bool)
    seen[3, 1:] = False
    seen[4] = False
    features = pose_features(np.where(np.repeat(seen, [25, 21, 21], axis=1)[..., None], points, 0), seen)
    moved = features[:, 2 * len(PLACED) + 3 : -3]
    wrist, right_hand, right_fingers = MOVED.index(15), len(MOVED) + 1, len(MOVED) + 3
    assert moved[0].tolist() == [0] * moved.shape[1]
    assert moved[1, wrist] == pytest.approx(np.log1p(10))
    assert np.flatnonzero(moved[1]).tolist() == [wrist]
    assert moved[2, right_hand] == pytest.approx(np.log1p(5), abs=1e-5)
    assert moved[2, right_fingers] == pytest.approx(0, abs=1e-5)
    assert not moved[3:].any()
    assert features[:, -3:].tolist() == [[1, 1, 1]] * 3 + [[1, 0, 0], [0, 0, 0]]
    assert not features[4].any()


def test_the_width_that_plans_count_with_is_that_of_the_features():
    assert PoseDescriptor(kind="pose").width == description.WIDTH
    assert np.array(BONES).max() == POINTS - 1


def test_a_person_is_found_where_they_are(networks):
    values = describe_people([draw_people((LEFT_EDGE, HEIGHT))], networks)
    assert values["people"].tolist() == [1]
    assert values["seen"].tolist() == [[True, False, False]]
    assert values["points"].shape == (1, POINTS, 2)
    nose, left, right = values["points"][0, [0, 11, 12]]
    # In the portrait (512 x 600) the nose is at 267, 228, the shoulders' ends lie beside the collar, below the chin.
    assert nose == pytest.approx([LEFT_EDGE + 267 / 2, 228 / 2], abs=8)
    assert right[0] < LEFT_EDGE + 120 < left[0]
    assert 160 < left[1] < 240
    assert 160 < right[1] < 240


def test_a_mirrored_person_has_mirrored_points(networks):
    picture = draw_people((LEFT_EDGE, HEIGHT))
    plain, mirrored = (describe_people([view], networks)["points"][0] for view in (picture, picture[:, ::-1].copy()))
    shoulders = float(np.hypot(*(plain[11] - plain[12])))
    for one, other in [(0, 0), (7, 8), (9, 10), (11, 12)]:
        assert WIDTH - mirrored[other, 0] == pytest.approx(plain[one, 0], abs=shoulders / 10)
        assert mirrored[other, 1] == pytest.approx(plain[one, 1], abs=shoulders / 10)


def test_a_smaller_person_has_the_same_places(networks):
    pictures = [draw_people((LEFT_EDGE, height)) for height in (HEIGHT, 200)]
    large, small = (describe_people([picture], networks)["features"][0] for picture in pictures)
    of_head = slice(0, 2 * PLACED.index(13))
    assert small[of_head] == pytest.approx(large[of_head], abs=0.12)


def test_of_several_people_the_largest_is_taken_and_stays_taken(networks):
    both = [(LEFT_EDGE, HEIGHT), (400, 200)]
    values = describe_people([draw_people(*both), draw_people(*both[::-1])], networks)
    assert values["people"].tolist() == [2, 2]
    assert (values["points"][:, 0, 0] < 320).all()
    # One who is a little larger is not taken in place of the one who is followed; one much larger is.
    alike = [(400, 200), (LEFT_EDGE, 200)]
    followed = [draw_people(alike[0]), draw_people(*alike), draw_people((400, 150), both[0])]
    values = describe_people(followed, networks)
    assert (values["points"][:, 0, 0] > 320).tolist() == [True, True, False]
    assert describe_people(followed[1:2], networks)["points"][0, 0, 0] < 320


def test_a_person_whom_the_detector_misses_for_a_moment_is_kept(networks):
    present = draw_people((LEFT_EDGE, HEIGHT))
    covered = present.copy()
    covered[40:170, 120:230] = 110  # the face, by which the detector knows a person
    values = describe_people([present, covered], networks)
    assert values["people"].tolist() == [1, 1]
    assert values["points"][1, [11, 12]] == pytest.approx(values["points"][0, [11, 12]], abs=40)
    assert describe_people([covered], networks)["people"].tolist() == [0]


def test_a_person_who_leaves_and_comes_back_is_zeros_between(networks):
    present, empty = draw_people((LEFT_EDGE, HEIGHT)), draw_people()
    values = describe_people([present, empty, empty, present, present], networks)
    assert values["people"].tolist() == [1, 0, 0, 1, 1]
    for name in ("points", "sure", "seen", "features"):
        assert not values[name][1:3].any()
        assert values[name][[0, 3, 4]].any(axis=tuple(range(1, values[name].ndim))).all()
    moved = values["features"][:, 2 * len(PLACED) + 3 : -3]
    assert not moved[3].any()  # a return is no movement
    assert moved[4].max() < 0.5


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (32, 32)])
def test_pictures_of_any_shape_can_be_looked_at(networks, shape):
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert np.isfinite(describe_people([picture], networks)["features"]).all()


def test_the_same_pictures_give_the_same_bytes(networks):
    pictures = [cv2.GaussianBlur(draw_people((LEFT_EDGE + 9 * k, HEIGHT)), (5, 5), 0) for k in range(3)]
    one, two = (describe_people(pictures, networks) for _ in range(2))
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)


def test_a_part_is_what_the_points_of_that_part_decide():
    still = np.repeat(stick_figure()[None], 2, axis=0)
    seen = np.ones((2, 3), bool)
    ours = {"body": [0, 9, 13, 14], "hands": [15, 16, 19, 20, *range(PARTS[1].start, PARTS[2].stop)]}
    other = {"body": "hands", "hands": "body"}
    for part, points in ours.items():
        moved = still.copy()
        moved[1, points] += np.random.default_rng(1).uniform(1, 3, (len(points), 2))
        changed = set(np.flatnonzero((pose_features(moved, seen) != pose_features(still, seen)).any(axis=0)).tolist())
        expected = set(COLUMNS[part]) - set(range(44, 47))
        if part == "hands":
            assert changed == expected
        else:  # ears and shoulders were not moved, and the wrists' distance from the nose belongs to the hands
            assert len(changed - expected) == 2
            assert changed - expected <= set(COLUMNS["hands"])
        assert changed & set(COLUMNS["speeds"]) == set(range(29, 44)) & changed
        assert not set(COLUMNS[part]) & set(COLUMNS[other[part]])
    assert sorted(COLUMNS["body"] + COLUMNS["hands"]) == list(range(description.WIDTH))
    assert not pose_features(still, seen)[:, COLUMNS["speeds"]].any()

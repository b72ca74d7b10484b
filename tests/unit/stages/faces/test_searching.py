"""Searches of whole pictures and of others near what was seen: the same kept faces as where all is searched."""

import numpy as np
import pytest
from made_faces import ALL, FaceShard, draw_faces
from made_people import draw_people
from made_videos import write_video

from signwild.configuration.sections.faces import Faces
from signwild.stages.faces.found_faces import FacesOfVideo
from signwild.stages.faces.haar import find_boxes, group_boxes, intersection_over_union, load_cascades
from signwild.stages.faces.searching import search_pictures

EXACT, FAST = (ALL.model_copy(update={"whole_every": number}) for number in (1, 2))


def grey(picture: np.ndarray) -> np.ndarray:
    """Return a picture (h, w, 3) as (h, w) uint8 with a background of noise, which has windows to search."""
    noise = np.random.default_rng(1).integers(0, 60, picture.shape[:2])
    values = picture.mean(axis=2)
    return np.where(values == values[0, 0], values + noise, values).astype(np.uint8)


def search(pictures: list[np.ndarray], parameters: Faces) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(search_pictures(pictures, load_cascades(parameters.detectors), parameters))


def agreed(seen: tuple[np.ndarray, np.ndarray], agreement: int = 2) -> np.ndarray:
    boxes, votes = seen
    return boxes[np.bitwise_count(votes) >= agreement]


def same_faces(first: FacesOfVideo, second: FacesOfVideo) -> list[bool]:
    """Return for each look whether the kept faces of both are the same: they overlap by half, and none is left."""
    pairs = [[faces.at_sample(row) for faces in (first, second)] for row in first.look]
    near = [intersection_over_union(*pair) >= 0.5 for pair in pairs]
    return [bool((n.sum(axis=0) == 1).all() and (n.sum(axis=1) == 1).all()) for n in near]


def passing_by() -> np.ndarray:
    """Draw a portrait that walks past another, which stands: (8, 300, 640, 3)."""
    return np.stack([draw_people((380, 290), (40 * number, 200)) for number in range(8)])


def cut_and_entry() -> np.ndarray:
    """Draw one face, after a cut another one, which a second joins after a look that isn't searched as a whole."""
    scenes = [[(60, 80)] * 1, [(230, 90)], [(230, 90), (80, 120)]]
    return np.concatenate(
        [draw_faces(320, 180, scene, count=number) for scene, number in zip(scenes, (5, 4, 7), strict=True)]
    )


def empty() -> np.ndarray:
    return np.full((6, 180, 320, 3), 150, np.uint8)


SCENES = {
    "a portrait walks past another": (passing_by, 8),
    "a cut and an entry": (cut_and_entry, 16),
    "empty": (empty, 0),
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("whole_every", [2, 3])
def test_the_same_faces_are_kept_as_where_all_is_searched(tmp_path, scene, whole_every):
    draw, with_face = SCENES[scene]
    path, shard = write_video(tmp_path / "a.mp4", draw(), "5"), FaceShard(tmp_path)
    exact = shard.detect(path, parameters=EXACT)["a.mp4"]
    fast = shard.detect(path, parameters=EXACT.model_copy(update={"whole_every": whole_every}))["a.mp4"]
    assert exact.looks_with_face == fast.looks_with_face == with_face
    assert all(same_faces(exact, fast))


def test_where_all_is_searched_every_detector_sees_all_of_each_picture():
    pictures = [grey(draw_people((200, 200 + 20 * number))) for number in range(3)]
    cascades = load_cascades(EXACT.detectors)
    for (boxes, votes), picture in zip(search(pictures, EXACT), pictures, strict=True):
        expected = group_boxes(*find_boxes(picture, cascades, EXACT), EXACT.overlap)
        assert np.array_equal(boxes, expected[0])
        assert np.array_equal(votes, expected[1])


def test_near_a_face_the_boxes_and_votes_are_those_of_the_whole_picture():
    pictures = [grey(draw_people((60, 290), (380, 220)))] * 3
    exact, fast = search(pictures, EXACT), search(pictures, FAST)
    assert len(agreed(exact[1])) == 2
    for look in range(3):
        boxes = [agreed(seen[look]) for seen in (exact, fast)]
        assert np.array_equal(*boxes)
    kept = [np.bitwise_count(votes) >= 2 for _, votes in (exact[1], fast[1])]
    assert np.array_equal(exact[1][1][kept[0]], fast[1][1][kept[1]])


def test_between_whole_pictures_only_the_neighbourhood_of_what_was_seen_is_searched():
    one, two = (grey(draw_faces(320, 180, places)[0]) for places in ([(70, 80)], [(70, 80), (240, 90)]))
    counts = [len(agreed(seen)) for seen in search([one, two, one, two, one], FAST)]
    assert counts == [1, 1, 1, 1, 1]
    assert [len(agreed(seen)) for seen in search([one, two, one, two, one], EXACT)] == [1, 2, 1, 2, 1]


def test_between_whole_pictures_the_one_before_and_the_one_after_count():
    left, right, none = (grey(draw_faces(320, 180, places)[0]) for places in ([(70, 80)], [(240, 90)], []))
    left_until, right_from = [left, left, none], [none, right, right]
    assert [len(agreed(seen)) for seen in search(left_until, FAST)] == [1, 1, 0]
    assert [len(agreed(seen)) for seen in search(right_from, FAST)] == [0, 1, 1]


@pytest.mark.parametrize("count", range(1, 7))
@pytest.mark.parametrize("whole_every", [1, 2, 4])
def test_every_picture_has_its_result_and_the_last_is_searched_as_a_whole(count, whole_every):
    face, none = (grey(draw_faces(160, 120, places)[0]) for places in ([(80, 60)], []))
    parameters = FAST.model_copy(update={"whole_every": whole_every})
    assert [len(agreed(seen)) for seen in search([none] * (count - 1) + [face], parameters)] == [0] * (count - 1) + [1]


def test_no_picture_has_no_result():
    assert search([], FAST) == []


def test_the_slowest_detectors_search_a_whole_picture_only_where_one_must_suffice():
    picture = grey(draw_people((60, 290)))
    cascades = load_cascades(detectors := ["frontalface_alt", "frontalface_alt_tree"])
    alone = EXACT.model_copy(update={"detectors": detectors, "agreement": 1})
    assert find_boxes(picture, cascades, alone)[1].tolist() == [0]  # the slower one sees a face, the faster one none
    seen = {
        (agreement, number): len(
            search([picture], alone.model_copy(update={"agreement": agreement, "whole_every": number}))[0][1]
        )
        for agreement in (1, 2)
        for number in (1, 2)
    }
    assert seen == {(1, 1): 1, (1, 2): 1, (2, 1): 1, (2, 2): 0}


def test_the_border_of_what_is_searched_is_no_face():
    """On a plain ground the shown square is itself a light face of three times the size for two detectors."""
    places = [(230, 90)]
    both = [draw_faces(320, 180, places)[0].mean(axis=2).astype(np.uint8)] * 3
    assert [len(boxes) for boxes, _ in search(both, EXACT)] == [1, 1, 1]
    assert [len(boxes) for boxes, _ in search(both, FAST)] == [1, 1, 1]

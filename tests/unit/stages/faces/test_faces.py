"""Faces in videos: found where they are drawn, kept if detectors agree and they last, and stored once."""

import subprocess
from pathlib import Path

import cv2
import h5py
import matplotlib.cbook
import numpy as np
import pytest
from made_faces import ALL, QUICK, FaceShard, draw_faces
from made_videos import numbered_frames, run_ffmpeg, write_video
from places import rule_program

from signwild.base.errors import InputError
from signwild.configuration.sections.faces import Faces
from signwild.keys.faces import faces_key
from signwild.stages.faces.face_files import read_faces
from signwild.stages.faces.haar import check_cascades, find_boxes, find_lasting, group_boxes, load_cascades

PROGRAM = rule_program("faces.detect_faces")


@pytest.fixture
def shard(tmp_path) -> FaceShard:
    return FaceShard(tmp_path)


def centres(boxes: np.ndarray) -> np.ndarray:
    return boxes[:, :2] + boxes[:, 2:] / 2


def contents(path: Path) -> dict[str, tuple]:
    """Return type and values of every dataset of a file."""
    with h5py.File(path) as file:
        return {name: (values.dtype, values[()].tolist()) for name, values in file.items()}


def test_a_face_is_found_where_it_is(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", draw_faces(160, 120, [(110, 55)], count=6), "5")
    faces = shard.detect(path, parameters=ALL)["a.mp4"]
    assert faces.look.tolist() == list(range(6))
    for row in range(6):
        boxes = faces.at_sample(row)
        assert centres(boxes) == pytest.approx(np.array([[110 / 160, 55 / 120]]), abs=0.04)
        assert boxes[0, 2:] * [160, 120] == pytest.approx(46, abs=10)
    assert np.bitwise_count(faces.votes[faces.kept]).min() >= 3
    assert shard.found.loc["a.mp4", ["rows", "with_face"]].tolist() == [6, 6]
    with h5py.File(shard.path("a.mp4")) as file:
        own = {name: value for name, value in file.attrs.items() if name not in ("key", "seconds", "content")}
        assert own == {"width": 160, "height": 120}
        assert file["thumbnails"].shape == (4, 120, 160)
        assert file["thumbnail_look"][()].tolist() == [0, 2, 3, 5]
        assert np.array_equal(np.stack([file[name] for name in ("x", "y", "width", "height")], axis=1), faces.boxes)


def test_a_turned_video_is_looked_at_upright(shard, tmp_path):
    upright = draw_faces(96, 160, [(50, 45)], count=3)
    lying = write_video(tmp_path / "lying.mp4", np.rot90(upright, axes=(1, 2)), "5")
    turned = tmp_path / "a.mp4"
    run_ffmpeg("-display_rotation", "-90", "-i", lying, "-c", "copy", turned)
    faces = shard.detect(turned)["a.mp4"]
    assert centres(faces.at_sample(0)) == pytest.approx(np.array([[50 / 96, 45 / 160]]), abs=0.04)
    with h5py.File(shard.path("a.mp4")) as file:
        own = {name: value for name, value in file.attrs.items() if name not in ("key", "seconds", "content")}
        assert own == {"width": 96, "height": 160}


@pytest.mark.parametrize("short_side", [120, 480])
def test_a_large_frame_is_reduced_and_a_small_one_not_enlarged(shard, tmp_path, short_side):
    path = write_video(tmp_path / "a.mp4", draw_faces(320, 240, [(220, 100)], count=2, head=90), "5")
    faces = shard.detect(path, parameters=QUICK.model_copy(update={"short_side": short_side}))["a.mp4"]
    assert centres(faces.at_sample(0)) == pytest.approx(np.array([[220 / 320, 100 / 240]]), abs=0.04)
    small = write_video(tmp_path / "b.mp4", draw_faces(80, 60, [(40, 30)], count=2, head=34), "5")
    tiny = shard.detect(small, parameters=QUICK.model_copy(update={"short_side": short_side}))["b.mp4"]
    assert not tiny.kept.any()


@pytest.mark.parametrize(
    ("width", "height", "frames"),
    [(128, 96, numbered_frames(8)), (160, 120, np.zeros((8, 120, 160, 3), np.uint8)), (16, 16, None)],
    ids=["no face", "black", "smaller than a face"],
)
def test_a_video_without_a_face_has_looks_and_no_kept_face(shard, tmp_path, width, height, frames):
    frames = draw_faces(width, height, [(8, 8)], count=8, head=14) if frames is None else frames
    faces = shard.detect(write_video(tmp_path / "a.mp4", frames, "5"), parameters=ALL)["a.mp4"]
    assert len(faces.look) == 8
    assert faces.at_sample(7).shape == (0, 4)
    assert not faces.kept.any()
    assert shard.found.loc["a.mp4", ["rows", "with_face"]].tolist() == [8, 0]


def test_many_faces_are_all_found_apart(shard, tmp_path):
    places = [(40 + 70 * column, 40 + 70 * row) for row in range(4) for column in range(5)]
    faces = shard.detect(write_video(tmp_path / "a.mp4", draw_faces(360, 290, places, count=2), "5"))["a.mp4"]
    found = centres(faces.at_sample(0)) * [360, 290]
    distance = np.linalg.norm(found[:, None] - np.array(places)[None], axis=-1)
    assert (distance.min(axis=0) < 6).all()
    assert len(found) == 20


def test_a_cut_every_second_leaves_each_scene_its_own_face(shard, tmp_path):
    scenes = [draw_faces(160, 120, [place], count=5) for place in [(40, 50), (120, 50), (40, 75)]]
    faces = shard.detect(write_video(tmp_path / "a.mp4", np.concatenate(scenes), "5"))["a.mp4"]
    for row in range(15):
        expected = [(40, 50), (120, 50), (40, 75)][row // 5]
        nearest = centres(faces.at_sample(row)) * [160, 120]
        assert nearest == pytest.approx(np.array([expected]), abs=6)


def test_a_face_that_flashes_up_is_seen_but_not_kept(shard, tmp_path):
    frames = draw_faces(160, 120, [(40, 55)], count=9)
    frames[4] = draw_faces(160, 120, [(40, 55), (120, 55)], count=1)[0]
    faces = shard.detect(write_video(tmp_path / "a.mp4", frames, "5"))["a.mp4"]
    flash = (faces.box_look == 4) & (faces.boxes[:, 0] > 0.5)
    assert np.bitwise_count(faces.votes[flash]).max() == 2
    assert not faces.kept[flash].any()
    assert [len(faces.at_sample(row)) for row in range(9)] == [1] * 9


def test_a_look_stands_for_the_samples_up_to_the_next(shard, tmp_path):
    frames = np.concatenate([draw_faces(160, 120, [(40, 55)], count=4), draw_faces(160, 120, [(120, 55)], count=4)])
    every_third = QUICK.model_copy(update={"every": 3})
    faces = shard.detect(write_video(tmp_path / "a.mp4", frames, "5"), parameters=every_third)["a.mp4"]
    assert faces.look.tolist() == [0, 3, 6]
    sides = [round(float(centres(faces.at_sample(row))[0, 0]) * 4) for row in range(8)]
    assert sides == [1] * 6 + [3] * 2


def test_faces_need_as_many_detectors_as_asked(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", draw_faces(160, 120, [(40, 55)], count=2), "5")
    both = shard.detect(path)["a.mp4"]
    assert both.votes[both.kept].tolist() == [0b11, 0b11]
    strict = QUICK.model_copy(update={"detectors": [*QUICK.detectors, "profileface"], "agreement": 3})
    three = shard.detect(path, parameters=strict)["a.mp4"]
    assert sorted(three.votes[: len(both.votes)] & 0b11) == sorted(both.votes)
    assert not three.kept.any()


def test_profiles_are_looked_for_on_both_sides():
    portrait = cv2.imread(str(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)), 0)
    looks_left = cv2.resize(portrait, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    looks_right = np.ascontiguousarray(looks_left[:, ::-1])
    only = Faces(detectors=["profileface"], agreement=1, min_neighbours=1)
    cascades = load_cascades(only.detectors)
    left, right = (find_boxes(picture, cascades, only)[0] for picture in (looks_left, looks_right))
    assert [len(cascades[0].detectMultiScale(picture, 1.1, 1)) for picture in (looks_left, looks_right)] == [0, 1]
    assert centres(left) == pytest.approx(np.array([[268 / 512, 230 / 600]]), abs=0.08)
    assert centres(right) == pytest.approx(np.array([[244 / 512, 230 / 600]]), abs=0.08)
    assert left[0, 1:] == pytest.approx(right[0, 1:])


def test_boxes_of_one_face_are_its_mean_with_a_vote_a_detector():
    boxes = np.array([[0.1, 0.1, 0.2, 0.2], [0.12, 0.1, 0.2, 0.2], [0.14, 0.1, 0.2, 0.2], [0.6, 0.5, 0.2, 0.2]])
    faces, votes = group_boxes(boxes, np.array([0, 0, 4, 2]), 0.3)
    assert faces == pytest.approx(np.array([[0.12, 0.1, 0.2, 0.2], [0.6, 0.5, 0.2, 0.2]]))
    assert votes.tolist() == [0b10001, 0b100]
    none, no_votes = group_boxes(np.empty((0, 4)), np.empty(0, np.int64), 0.3)
    assert (none.shape, no_votes.shape) == ((0, 4), (0,))


def test_boxes_do_not_form_chains():
    chain = np.array([[0.1 * k, 0.4, 0.2, 0.2] for k in range(5)])  # neighbours share a third
    faces, votes = group_boxes(chain, np.arange(5), 0.3)
    assert sorted(np.bitwise_count(votes).tolist()) == [2, 3]
    assert faces[:, 2:] == pytest.approx(0.2)


def test_a_face_gathers_about_the_box_with_most_detectors_not_most_boxes():
    boxes = np.array([[x, 0.4, 0.2, 0.2] for x in (0.07, 0.08, 0.1, 0.2, 0.3)])
    _, votes = group_boxes(boxes, np.array([0, 0, 0, 0, 1]), 0.3)
    assert votes.tolist() == [0b11, 0b1]


def test_groups_do_not_depend_on_the_order_of_boxes_or_detectors():
    random = np.random.default_rng(1)
    boxes = np.concatenate([random.uniform(0.2, 0.4, (30, 2)), random.uniform(0.1, 0.2, (30, 2))], axis=1)
    detector = random.integers(0, 5, 30)
    faces, votes = group_boxes(boxes, detector, 0.3)
    order, names = random.permutation(30), random.permutation(5)
    other_faces, other_votes = group_boxes(boxes[order], names[detector[order]], 0.3)
    assert np.array_equal(faces, other_faces)
    renamed = [sum(1 << names[k] for k in range(5) if vote >> k & 1) for vote in votes.tolist()]
    assert other_votes.tolist() == renamed


def test_a_face_lasts_where_enough_looks_about_it_show_it():
    times = np.arange(8) / 5
    here, there = [0.1, 0.1, 0.2, 0.2], [0.6, 0.6, 0.2, 0.2]
    boxes, look = np.array([here, there, here, here, here]), np.array([0, 1, 2, 4, 7])
    lasting = find_lasting(boxes, look, times, Faces(persistence=0.6, persistence_seconds=0.8))
    # Windows of five looks, of three at the ends.
    assert lasting.tolist() == [True, False, True, False, False]
    every = find_lasting(boxes, look, times, Faces(persistence=0))
    assert every.all()
    alone = find_lasting(boxes, look, times * 10, Faces(persistence=1))
    assert alone.all()


def test_what_the_store_holds_is_not_computed_again(shard, tmp_path):
    path = write_video(tmp_path / "a.mp4", draw_faces(160, 120, [(80, 60)], count=3), "5")
    first = shard.detect(path)["a.mp4"]
    found = shard.found
    path.rename(tmp_path / "gone.mp4")
    again = shard.detect_again()["a.mp4"]
    assert np.array_equal(again.boxes, first.boxes)
    assert shard.found.equals(found)


def test_only_usable_videos_are_listed_and_an_empty_shard_is_valid(shard, tmp_path):
    (tmp_path / "text.mp4").write_text("no video\n" * 100)
    path = write_video(tmp_path / "a.mp4", draw_faces(160, 120, [(80, 60)], count=2), "5")
    assert list(shard.detect(tmp_path / "text.mp4", path)) == ["a.mp4"]
    assert shard.detect() == {}
    assert shard.faces_manifest.read_text() == "video_id\tkey\trows\twith_face\n"


def test_a_video_that_has_shrunk_since_it_was_sampled_is_not_passed_over(shard, tmp_path):
    frames = draw_faces(160, 120, [(80, 60)], count=6)
    path = write_video(tmp_path / "a.mp4", frames, "5")
    shard.resample(path)
    write_video(path, frames[:3], "5")
    with pytest.raises(InputError, match=r"a\.mp4: is gone or was changed since the data set was listed"):
        shard.detect_again()
    assert not (shard.store / "faces").exists() or not list((shard.store / "faces").iterdir())


def test_the_key_follows_samples_and_parameters():
    keys = {faces_key(samples, faces) for samples in ("a", "b") for faces in (QUICK, Faces())}
    assert len(keys) == 4
    assert faces_key("a", QUICK) == faces_key("a", QUICK.model_copy())


def test_faces_that_the_store_lacks_are_one_clear_error(shard):
    with pytest.raises(InputError, match=r"faces/none\.h5: no such file; delete"):
        read_faces(shard.store, "none")


def test_an_opencv_without_the_cascades_is_one_clear_error(tmp_path, monkeypatch):
    check_cascades(Faces().detectors)
    monkeypatch.setattr(cv2.data, "haarcascades", f"{tmp_path}/")
    (tmp_path / "haarcascade_profileface.xml").write_text("no cascade")
    for name in ("frontalface_alt", "profileface"):
        expected = rf"^faces\.detectors: OpenCV {cv2.__version__} .*haarcascade_{name}\.xml; install .*4\.14"
        with pytest.raises(InputError, match=expected):
            check_cascades([name])
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(InputError, match=rf"^faces: OpenCV {cv2.__version__} has no Haar cascades; install"):
        check_cascades([])


def test_more_agreement_than_detectors_is_refused():
    with pytest.raises(ValueError, match="agreement of 3 detectors, but there are 2"):
        Faces(detectors=["profileface", "frontalface_alt"], agreement=3)


def test_the_program_writes_the_same_as_the_library(shard, tmp_path):
    shard.detect(write_video(tmp_path / "ħ a.mp4", draw_faces(160, 120, [(80, 60)], count=3), "5"))
    expected, manifest = contents(shard.path("ħ a.mp4")), shard.faces_manifest.read_bytes()
    shard.path("ħ a.mp4").unlink()
    shard.faces_manifest.unlink()
    options = {"downloads": tmp_path / "downloads.tsv", "resampled": tmp_path / "resampled.tsv", "store": shard.store}
    options |= {"parameters": QUICK.model_dump_json(), "manifest": shard.faces_manifest}
    command = [*PROGRAM, *(str(part) for name in options for part in (f"--{name}", options[name]))]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert shard.faces_manifest.read_bytes() == manifest
    assert contents(shard.path("ħ a.mp4")) == expected

"""Motion streams: optical flow, motion history and differences, compared with plain OpenCV and sums by hand."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

from signwild.configuration.sections.difference import DifferenceStream
from signwild.configuration.sections.flow import FlowStream
from signwild.configuration.sections.mhi import MhiStream
from signwild.stages.streams.difference import difference_image, write_difference
from signwild.stages.streams.flow import flow_field, flow_image, flow_pairs, write_flow
from signwild.stages.streams.mhi import motion_history_image, write_mhi
from signwild.stages.streams.stream_files import read_stream

SIZE = 64
FLOW, MHI, DIFFERENCE = FlowStream(kind="flow"), MhiStream(kind="mhi"), DifferenceStream(kind="difference")
DIS = {name: FlowStream(kind="flow", algorithm="dis", dis_preset=name) for name in ("ultrafast", "fast", "medium")}


def texture(shift_x: float = 0, shift_y: float = 0) -> np.ndarray:
    """Return a smooth random texture (s, s) uint8, moved by some pixels to the right and down."""
    noise = np.random.default_rng(1).uniform(0, 255, (2 * SIZE, 2 * SIZE)).astype(np.float32)
    smooth = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.5), None, 0, 255, cv2.NORM_MINMAX)
    moved = cv2.warpAffine(smooth, np.float32([[1, 0, shift_x], [0, 1, shift_y]]), smooth.shape, flags=cv2.INTER_CUBIC)
    return np.clip(moved[SIZE // 2 : SIZE // 2 + SIZE, SIZE // 2 : SIZE // 2 + SIZE], 0, 255).astype(np.uint8)


def moving_clip(count: int) -> np.ndarray:
    """Return grey frames (count, s, s) uint8 of a texture that moves faster and faster, with a blinking corner."""
    frames = np.stack([texture(0.02 * k * k % 11, 0.3 * k % 7) for k in range(count)])
    frames[1::3, :20, :20] = 255
    return frames


NO_BREAKS = np.empty(0, np.int64)


class Written:
    """A clip, and the stream that was written from it."""

    def __init__(
        self, folder: Path, write, parameters, frames: np.ndarray, centres: list[int], breaks: Sequence[int] = ()
    ) -> None:
        with h5py.File(folder / "stream.h5", "w") as file:
            clip = file.create_group("clip")
            clip["grey"], clip["centres"] = frames, np.array(centres)
            clip["breaks"] = np.array(breaks, np.int64)
            stream = file.create_group("stream")
            write(clip, stream, parameters)
            self.images = stream["images"][()]
            self.windows = stream["windows"][()] if "windows" in stream else None
            self.seen = read_stream(stream, np.arange(len(centres)))


def documented_coding(first: np.ndarray, second: np.ndarray, value: str = "fixed") -> np.ndarray:
    """Return the field coded by OpenCV alone: hue is the angle, value the magnitude over a twentieth of the side."""
    field = cv2.calcOpticalFlowFarneback(first, second, None, 0.5, 3, 15, 3, 5, 1.2, 0)
    magnitude, angle = cv2.cartToPolar(field[..., 0], field[..., 1], angleInDegrees=True)
    level = magnitude * (255 / (0.05 * SIZE))
    if value == "minmax":
        level = cv2.normalize(magnitude, None, 0, 255, cv2.NORM_MINMAX)
    hsv = np.dstack([angle / 2, np.full_like(angle, 255), np.minimum(level, 255)]).astype(np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def test_fields_are_those_of_opencv():
    frames = moving_clip(12)
    for first, second in pairwise(frames):
        assert np.array_equal(flow_image(first, second, FLOW), documented_coding(first, second))


def test_every_field_of_a_window_is_there_and_each_is_computed_once(tmp_path):
    frames, centres = moving_clip(90), list(range(0, 90, 6))
    written = Written(tmp_path, write_flow, FLOW, frames, centres)
    assert written.windows.shape == (15, 10)
    assert len(written.images) == 89 + 1  # each pair of consecutive frames once, and the still image
    fields = [flow_image(first, second, FLOW) for first, second in pairwise(frames)]
    still = np.zeros((SIZE, SIZE, 3), np.uint8)
    for row, centre in enumerate(centres):
        expected = [fields[k] if 0 <= k < 89 else still for k in range(centre - 5, centre + 5)]
        assert np.array_equal(written.seen[row], np.concatenate(expected, axis=-1))


def test_windows_that_do_not_overlap_compute_only_their_own_fields(tmp_path):
    written = Written(tmp_path, write_flow, FLOW, moving_clip(60), [10, 40])
    assert len(written.images) == 20 + 1


def test_no_motion_is_dark():
    assert flow_image(texture(), texture(), FLOW).max() < 10  # Farneback's method is not quite sure of it


def test_pairs_of_a_window():
    pairs = flow_pairs(np.array([20, 1]), 100, NO_BREAKS, FLOW)
    assert pairs[0].tolist() == [[k, k + 1] for k in range(15, 25)]
    assert pairs[1].tolist() == [[0, 0]] * 4 + [[k, k + 1] for k in range(6)]
    assert (
        flow_pairs(np.array([98]), 100, NO_BREAKS, FLOW)[0].tolist()
        == [[k, k + 1] for k in range(93, 99)] + [[99, 99]] * 4
    )


def test_authors_order_is_the_last_frame_with_the_first_then_nine(tmp_path):
    authors = FlowStream(kind="flow", before=5, after=4, wrap_around=True)
    pairs = flow_pairs(np.array([20]), 100, NO_BREAKS, authors)
    assert pairs[0].tolist() == [[24, 15], *([k, k + 1] for k in range(15, 24))]
    frames = moving_clip(40)
    written = Written(tmp_path, write_flow, authors, frames, [20, 26])
    expected = [flow_image(frames[first], frames[second], authors) for first, second in pairs[0]]
    assert np.array_equal(written.seen[0], np.concatenate(expected, axis=-1))
    assert len(written.images) == 1 + 2 + 15  # fields 15-16 ... 29-30 once, two that wrap around, the still image


@pytest.mark.parametrize(
    ("x", "y", "degrees"), [(1, 0, 0), (1, 1, 45), (0, 1, 90), (-1, 0, 180), (0, -1, 270), (1, -1, 315)]
)
def test_hue_is_the_direction_and_value_the_speed(x, y, degrees):
    levels = []
    for speed in (0.5, 1, 2):
        coded = flow_image(texture(), texture(speed * x, speed * y), FLOW)[16:-16, 16:-16]
        hsv = cv2.cvtColor(coded.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)
        turn = np.deg2rad(hsv[..., 0] - degrees)
        assert np.rad2deg(np.abs(np.arctan2(np.sin(turn).mean(), np.cos(turn).mean()))) < 5
        levels.append(np.median(hsv[..., 2]) * 255)
    expected = np.array([0.5, 1, 2]) * np.hypot(x, y) / (0.05 * SIZE) * 255
    assert levels == pytest.approx(expected, rel=0.1)


def test_a_speed_above_the_maximum_is_the_brightest():
    coded = flow_image(texture(), texture(4, 0), FLOW)[16:-16, 16:-16]
    assert np.median(coded.max(axis=-1)) == 255
    faster = FlowStream(kind="flow", max_displacement=0.1)
    assert np.median(flow_image(texture(), texture(4, 0), faster).max(axis=-1)) < 200


def test_minmax_stretches_each_field():
    authors = FlowStream(kind="flow", value="minmax")
    for speed in (0.2, 1, 3):
        first, second = texture(), texture(speed, 0)
        coded = flow_image(first, second, authors)
        assert np.array_equal(coded, documented_coding(first, second, "minmax"))
        assert coded.max(axis=-1).max() >= 254
        assert coded.max(axis=-1).min() == 0


def test_parameters_of_farneback_are_used():
    # Large enough for three levels, none of them smaller than 32 pixels.
    first, second = (cv2.resize(frame, (4 * SIZE, 4 * SIZE)) for frame in (texture(), texture(2, 1)))
    plain = flow_image(first, second, FLOW)
    changes = {"pyr_scale": 0.8, "levels": 1, "winsize": 5, "iterations": 1, "poly_n": 7, "poly_sigma": 0.5}
    for name, value in changes.items():
        changed = FlowStream(kind="flow", **{name: value})
        assert not np.array_equal(flow_image(first, second, changed), plain), name


def resized(side: int, *frames: np.ndarray) -> list[np.ndarray]:
    """Return frames (side, side) uint8."""
    return [cv2.resize(frame, (side, side)) for frame in frames]


def test_fields_of_farneback_are_opencvs_to_the_bit():
    for first, second in pairwise(moving_clip(6)):
        plain = cv2.calcOpticalFlowFarneback(first, second, None, 0.5, 3, 15, 3, 5, 1.2, 0)
        assert np.array_equal(flow_field(first, second, FLOW), plain)


@pytest.mark.parametrize("preset", DIS)
@pytest.mark.parametrize("moved", [(1, 0), (0, -2), (-1.5, 1.5), (3, 1)])
def test_fields_of_dis_are_the_movement(preset, moved):
    field = flow_field(texture(), texture(*moved), DIS[preset])
    assert field.shape == (SIZE, SIZE, 2)
    assert field.dtype == np.float32
    assert np.abs(field[16:-16, 16:-16] - moved).mean() < 0.25
    assert np.median(field[16:-16, 16:-16], axis=(0, 1)) == pytest.approx(moved, abs=0.15)


@pytest.mark.parametrize("preset", DIS)
def test_fields_of_dis_depend_on_nothing_before_them(preset):
    # Small images change what OpenCV's object is set to; 40 and 80 pixels show it in the next field.
    constant = getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{preset.upper()}")
    for side in (224, 40, 40, 80, 80, 32, 224, 64, 40):
        for seen in ((1, 0), (3, 2)):
            first, second = resized(side, texture(), texture(*seen))
            fresh = cv2.DISOpticalFlow_create(constant).calc(first, second, None)
            assert np.array_equal(flow_field(first, second, DIS[preset]), fresh), side


def test_presets_of_dis_differ():
    first, second = resized(224, texture(), texture(2, 1))
    fields = [flow_field(first, second, stream) for stream in (FLOW, *DIS.values())]
    assert not any(np.array_equal(*pair) for pair in combinations(fields, 2))


def test_a_stream_of_dis_is_coded_as_farnebacks(tmp_path):
    frames, dis = moving_clip(12), DIS["medium"]
    written = Written(tmp_path, write_flow, dis, frames, [5])
    assert not written.images[0].any()
    for position, (first, second) in enumerate(pairwise(frames[:11])):
        x, y = np.moveaxis(flow_field(first, second, dis), -1, 0)
        coded = cv2.cvtColor(written.seen[0, ..., 3 * position : 3 * position + 3], cv2.COLOR_RGB2HSV)
        assert np.array_equal(coded[..., 2], np.minimum(np.hypot(x, y) * (255 / (0.05 * SIZE)), 255).astype(np.uint8))


def pixels(*histories: list[int]) -> np.ndarray:
    """Return frames (k, 1, n) uint8, from the values of each of n pixels in k frames."""
    return np.array(histories, np.uint8).T[:, None, :]


def test_motion_history_by_hand():
    frames = pixels(
        [0, 0, 0, 0, 0],  # never moves
        [0, 100, 100, 100, 100],  # moves at the first of four steps
        [100, 100, 0, 0, 0],  # at the second, darker
        [0, 0, 100, 0, 0],  # at the second and third: the last one counts
        [0, 0, 0, 0, 100],  # at the fourth
        [50, 82, 50, 82, 50],  # by the threshold exactly: no motion
        [50, 50, 50, 83, 83],  # by one more, at the third
        [255, 0, 0, 0, 0],  # by the most there is
    )
    image = motion_history_image(frames, MHI)
    assert image.shape == (1, 8, 1)
    assert image.dtype == np.uint8
    assert image.ravel().tolist() == [0, 64, 128, 191, 255, 0, 191, 64]


def test_motion_history_of_all_windows(tmp_path):
    frames = moving_clip(90)
    written = Written(tmp_path, write_mhi, MHI, frames, list(range(90)))
    assert written.seen.shape == (90, SIZE, SIZE, 1)
    for centre in (2, 40, 63, 64, 65, 87):
        assert np.array_equal(written.seen[centre], motion_history_image(frames[centre - 2 : centre + 3], MHI))
    edge = motion_history_image(np.concatenate([frames[:1], frames[:1], frames[:3]]), MHI)
    assert np.array_equal(written.seen[0], edge)
    assert edge.any()
    assert set(np.unique(edge)) <= {0, 191, 255}  # the repeated frame does not move


def test_differences_by_hand():
    frames = pixels([10, 20, 15, 15, 255, 0], [0, 0, 0, 0, 0, 0], [0, 100, 0, 100, 0, 100])
    stack = difference_image(frames, DIFFERENCE)
    assert stack.shape == (1, 3, 5)
    assert stack.dtype == np.uint8
    assert stack[0].tolist() == [[10, 5, 0, 240, 255], [0] * 5, [100] * 5]
    summed = difference_image(frames[:4], DifferenceStream(kind="difference", form="sum"))
    assert summed.dtype == np.uint8
    assert summed[0].tolist() == [[15], [0], [255]]  # 300 is as bright as it gets


def test_differences_of_all_windows_oldest_first(tmp_path):
    frames = moving_clip(90)
    written = Written(tmp_path, write_difference, DIFFERENCE, frames, list(range(90)))
    assert written.seen.shape == (90, SIZE, SIZE, 5)
    for centre in (3, 30, 63, 64, 87):
        for channel, frame in enumerate(range(centre - 3, centre + 2)):
            expected = cv2.absdiff(frames[frame], frames[frame + 1])
            assert np.array_equal(written.seen[centre, ..., channel], expected)
    assert not written.seen[0, ..., :3].any()
    assert written.seen[0, ..., 3:].any()
    assert not written.seen[-1, ..., 3:].any()


def test_a_video_of_one_frame_has_no_motion(tmp_path):
    for write, parameters, channels in ((write_mhi, MHI, 1), (write_difference, DIFFERENCE, 5), (write_flow, FLOW, 30)):
        written = Written(tmp_path, write, parameters, texture()[None], [0])
        assert written.seen.shape == (1, SIZE, SIZE, channels)
        assert not written.seen.any()


def test_no_motion_is_seen_across_a_hole(tmp_path):
    frames = np.stack([texture(0), texture(0), texture(0), texture(9), texture(9), texture(9)])
    for write, parameters in ((write_mhi, MHI), (write_difference, DIFFERENCE), (write_flow, FLOW)):
        whole = Written(tmp_path, write, parameters, frames, [2, 3])
        cut = Written(tmp_path, write, parameters, frames, [2, 3], breaks=[3])
        still = Written(tmp_path, write, parameters, frames[:3], [2, 1])
        assert np.array_equal(cut.seen[0], still.seen[0])
        assert cut.seen.max() < whole.seen.max()

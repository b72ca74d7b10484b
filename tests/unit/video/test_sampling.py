"""The frames that are samples, and those of the motion windows."""

import numpy as np
import pytest

from signwild.video.sampling import (
    is_variable_rate,
    motion_frames,
    nominal_rate,
    sample_frames,
    sample_step,
    window_positions,
)

MANY = 10_000


def regular(rate: float, count: int = 300) -> np.ndarray:
    return np.arange(count) / rate


@pytest.mark.parametrize(
    ("rate", "step"),
    [
        (30.0003, 6),
        (30, 6),
        (29.97, 6),
        (25.0001, 5),
        (25, 5),
        (24, 5),
        (23.976, 5),
        (12, 3),
        (60, 12),
        (50, 10),
        (4, 1),
    ],
)
def test_step_is_the_rounded_rate_over_five_rounded_up(rate, step):
    assert sample_step(rate, 5) == step
    assert nominal_rate(regular(rate)) == pytest.approx(rate)
    assert sample_frames(regular(rate), 5, MANY).tolist() == list(range(0, 300, step))


@pytest.mark.parametrize(("rate", "step"), [(30000 / 1001, 6), (60, 12), (240, 48)])
def test_times_in_whole_milliseconds_are_of_constant_rate(rate, step):
    times = np.round(regular(rate), 3)
    assert not is_variable_rate(times)
    assert nominal_rate(times) == pytest.approx(rate, rel=0.002)
    assert sample_frames(times, 5, MANY).tolist() == list(range(0, 300, step))


def test_a_dropped_frame_now_and_then_keeps_the_fixed_step():
    times = np.delete(regular(30), [40, 41, 150])
    assert not is_variable_rate(times)
    assert nominal_rate(times) == pytest.approx(30)
    assert sample_frames(times, 5, MANY).tolist() == list(range(0, 297, 6))


def test_variable_rate_gives_the_first_frame_of_each_fifth_of_a_second():
    random = np.random.default_rng(1)
    times = 7 + np.cumsum(random.uniform(0.01, 0.12, 400))
    assert is_variable_rate(times)
    frames = sample_frames(times, 5, MANY)
    fifths = np.floor((times - times[0]) * 5)
    assert fifths[frames].tolist() == sorted(set(fifths))
    assert all(fifths[frame - 1] < fifths[frame] for frame in frames[1:])


def test_a_frame_exactly_on_a_tick_belongs_to_it():
    times = np.array([0, 0.05, 0.2, 0.23, 0.4, 0.6, 0.79, 0.8])  # 0.6 * 5 is a little more than 3, 0.6 / 0.2 less
    assert is_variable_rate(times)
    assert sample_frames(times, 5, MANY).tolist() == [0, 2, 4, 5, 7]


@pytest.mark.parametrize("times", [regular(30), np.array([0, 0.03, 0.2, 0.22, 0.4, 0.41, 0.6])])
def test_no_more_samples_than_the_limit(times):
    assert sample_frames(times, 5, 3).tolist() == sample_frames(times, 5, MANY)[:3].tolist()
    assert len(sample_frames(times, 5, MANY)) > 3


def test_a_single_frame_is_a_sample():
    assert sample_frames(np.array([0.0]), 5, MANY).tolist() == [0]
    assert motion_frames(np.array([0.0]), 30).tolist() == [0]


@pytest.mark.parametrize(
    ("rate", "divisor"), [(24, 1), (29.97, 1), (30, 1), (30.4, 1), (48, 2), (50, 2), (59.94, 2), (60, 2), (120, 4)]
)
def test_motion_windows_run_on_at_most_thirty_frames_a_second(rate, divisor):
    assert motion_frames(regular(rate), 30).tolist() == list(range(0, 300, divisor))


def test_windows_repeat_the_frame_at_the_edge():
    windows = window_positions(np.array([0, 4, 9]), before=3, after=2, length=10, breaks=np.empty(0, np.int64))
    assert windows.tolist() == [[0, 0, 0, 0, 1, 2], [1, 2, 3, 4, 5, 6], [6, 7, 8, 9, 9, 9]]


def test_windows_do_not_cross_a_hole():
    windows = window_positions(np.array([3, 4, 5, 9]), before=2, after=2, length=10, breaks=np.array([4, 5]))
    assert windows.tolist() == [[1, 2, 3, 3, 3], [4, 4, 4, 4, 4], [5, 5, 5, 6, 7], [7, 8, 9, 9, 9]]


def test_the_frames_of_motion_start_anew_after_a_hole():
    times = np.concatenate([np.arange(5), 500 + np.arange(5)]) / 50
    assert motion_frames(times, 30).tolist() == [0, 2, 4, 5, 7, 9]


@pytest.mark.parametrize(("rate", "number"), [(1, 1), (4, 4), (6, 5), (8, 5), (12, 5), (16, 5), (22, 5)])
def test_a_low_rate_is_sampled_by_time_as_often_as_it_can_be(rate, number):
    times = np.arange(10 * rate) / rate
    frames = sample_frames(times, 5, MANY, low_rates_by_time=True)
    assert len(frames) == 10 * number
    assert np.abs(times[frames] - np.arange(10 * number) / number).max() < 1 / rate


@pytest.mark.parametrize("rate", [5, 10, 14, 15, 18, 20, 23.976, 24, 25, 29.97, 30, 50, 60])
def test_rates_that_steps_serve_are_sampled_in_steps(rate):
    times = np.arange(300) / rate
    assert sample_frames(times, 5, MANY, low_rates_by_time=True).tolist() == sample_frames(times, 5, MANY).tolist()


@pytest.mark.parametrize(("rate", "step"), [(6, 2), (8, 2), (12, 3), (16, 4)])
def test_the_authors_steps_are_kept_at_low_rates_if_wanted(rate, step):
    assert sample_frames(np.arange(60) / rate, 5, MANY).tolist() == list(range(0, 60, step))

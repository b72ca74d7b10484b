"""Labels of samples."""

import numpy as np
import pandas as pd
import pytest
from made_videos import Shard, write_video

from signwild.base.classes import CLASSES
from signwild.stages.dataset.sample_labels import UNLABELLED, label_samples
from signwild.stages.resample.samples import read_samples


def samples(times: list[float], frames: list[int] | None = None) -> pd.DataFrame:
    frames = frames or list(range(len(times)))
    return pd.DataFrame({"frame": frames, "time_s": times})


def spans(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unit", "start", "end", "label"])


def names(labels: np.ndarray) -> list[str]:
    return ["" if label == UNLABELLED else CLASSES[label] for label in labels]


def test_seconds_reach_from_the_start_to_just_before_the_end():
    table = samples([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    labels = label_samples(table, spans(("seconds", "0.2", "0.6", "signing"), ("seconds", "0.6", "0.8", "other")))
    assert names(labels) == ["", "signing", "signing", "other", "", ""]
    assert labels.dtype == np.int64


def test_an_empty_end_is_the_end_of_the_video():
    table = samples([0.0, 0.2, 399.8])
    assert names(label_samples(table, spans(("seconds", "0.2", "", "speaking")))) == ["", "speaking", "speaking"]


def test_frames_reach_from_the_first_to_the_last():
    table = samples([0.0, 0.2, 0.4, 0.6, 0.8], [0, 6, 12, 18, 24])
    labels = label_samples(table, spans(("frame", "6", "12", "signing"), ("frame", "13", "23", "other")))
    assert names(labels) == ["", "signing", "signing", "other", ""]


def test_without_spans_nothing_is_labelled():
    assert names(label_samples(samples([0.0, 0.2]), spans())) == ["", ""]
    assert len(label_samples(samples([]), spans(("seconds", "0", "", "other")))) == 0


@pytest.mark.parametrize("rate", ["24", "25", "30"])
def test_a_span_begins_with_the_frame_of_its_second(tmp_path, rate):
    shard = Shard(tmp_path)
    pictures = np.zeros((int(rate) * 8, 32, 32, 3), np.uint8)
    table = read_samples(shard.store, shard.resample(write_video(tmp_path / "a.mp4", pictures, rate)).loc["a.mp4"].key)
    for tenths in range(1, 80):
        labels = label_samples(table, spans(("seconds", f"{tenths / 10:.1f}", "", "signing")))
        frames = table["frame"][labels != UNLABELLED]
        assert frames.tolist() == [frame for frame in table["frame"] if frame * 10 >= tenths * int(rate)]

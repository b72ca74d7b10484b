"""Labels of samples."""

import numpy as np
import pandas as pd
import pytest
from made_videos import Shard, run_ffmpeg, write_video

from signwild.base.classes import CLASSES
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.elan_reader import read_eaf_labels
from signwild.stages.dataset.elan_writer import write_eaf
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


@pytest.mark.parametrize("name", ["late.mp4", "late.mkv"])
def test_a_detection_is_exact_as_labels_where_sound_begins_before_the_pictures(tmp_path, name):
    # Ten pictures a second, of which the first is shown two seconds after the sound begins.
    pictures = write_video(tmp_path / "pictures.mp4", np.zeros((80, 32, 32, 3), np.uint8), "10")
    sound = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "10"]
    codecs = ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac"]
    run_ffmpeg("-itsoffset", "2", "-i", pictures, *sound, *codecs, tmp_path / name)
    # A detection counts from the file's start: the pictures from 20 to 39.
    detected = pd.DataFrame([(4.0, 6.0, "signing")], columns=["start_s", "end_s", "label"])
    write_eaf(tmp_path / "late.eaf", tmp_path / name, detected, author="")
    read = read_eaf_labels(tmp_path / "late.eaf", tmp_path, Tiers(), "refuse")
    shard = Shard(tmp_path)
    table = read_samples(shard.store, shard.resample(tmp_path / name).loc[name].key)
    labelled = table["frame"][label_samples(table, read.spans) != UNLABELLED]
    assert labelled.tolist() == list(range(20, 40, 2))

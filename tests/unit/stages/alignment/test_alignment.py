"""Alignment of the authors' labels with today's files, of the same rate and of others, on real videos."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_videos import write_video

from signwild.base.classes import CLASSES
from signwild.base.digests import file_sha256
from signwild.base.errors import UnusableVideo
from signwild.base.files import read_table, write_table
from signwild.configuration.sections.resample import Resample
from signwild.stages.alignment.align_labels import AMBIGUITY_S, FileFacts, align, align_labels
from signwild.stages.dataset.prepare_dataset import VIDEO_COLUMNS
from signwild.stages.dataset.sample_labels import label_samples
from signwild.stages.resample.resample_videos import resample_shard
from signwild.video.container import probe_video
from signwild.video.sampling import sample_frames

HALF_A_SAMPLE = 0.1
SECONDS = 24


def small_video(path: Path, rate: str, seconds: float = SECONDS) -> Path:
    """Write a video of this rate and length, of which only the times matter."""
    count = round(seconds * Fraction(rate))
    return write_video(path, np.zeros((count, 16, 16, 3), np.uint8), rate)


def authors_labels(rate: float, step: int, seconds: float) -> list[tuple[int, str]]:
    """Return labels of a file of ``rate`` in the authors' form, with another class about every second."""
    frames = range(0, int(seconds * rate), step)
    return [(frame, CLASSES[int(frame / rate / 1.3) % 3]) for frame in frames]


def spans_of(labels: list[tuple[int, str]]) -> pd.DataFrame:
    """Return a span for every run of one label."""
    table = pd.DataFrame(labels, columns=["frame", "label"])
    runs = table.groupby((table["label"] != table["label"].shift()).cumsum())
    spans = runs.agg(start=("frame", "min"), end=("frame", "max"), label=("label", "first"))
    return spans.astype({"start": str, "end": str}).assign(video_id="v", unit="frame")[
        ["video_id", "unit", "start", "end", "label"]
    ]


class Made:
    """A shard of one video, with the authors' labels of another file of it."""

    def __init__(self, folder: Path, video: Path, labels: list[tuple[int, str]], step: int) -> None:
        self.folder = folder
        self.video = video
        listed = {"video_id": "v", "label_step": step, "last_label": labels[-1][0]}
        write_table(folder / "dataset.tsv", pd.DataFrame([listed], columns=VIDEO_COLUMNS))
        write_table(folder / "labels.tsv", spans_of(labels))
        row = {"video_id": "v", "status": "ok", "reason": "", "file": video, "sha256": file_sha256(video), "bytes": 1}
        write_table(folder / "downloads.tsv", pd.DataFrame([row]))

    def align(self) -> dict[str, str]:
        """Align the shard, and return the video's row."""
        align_labels(
            self.folder / "dataset.tsv",
            self.folder / "labels.tsv",
            self.folder / "downloads.tsv",
            self.folder / "store",
            Resample(),
            self.folder / "manifest.tsv",
            self.folder / "aligned.tsv",
        )
        return read_table(self.folder / "manifest.tsv").loc[0].to_dict()

    def sample_labels(self) -> tuple[np.ndarray, list[str]]:
        """Return the times of the samples, and the label of each."""
        times = probe_video(self.video, 400).times
        frames = sample_frames(times, 5, 2000)
        samples = pd.DataFrame({"frame": frames, "time_s": times[frames]})
        classes = label_samples(samples, read_table(self.folder / "aligned.tsv"))
        return times[frames], [CLASSES[position] if position >= 0 else "" for position in classes]


@pytest.mark.parametrize(
    ("file_rate", "label_rate", "step", "method"),
    [
        ("30", 30, 6, "frame"),
        ("30000/1001", 30000 / 1001, 6, "frame"),
        ("25", 25, 5, "frame"),
        ("24", 24, 5, "frame"),
        ("60", 30, 6, "thinned"),
        ("60000/1001", 30000 / 1001, 6, "thinned"),
        ("50", 25, 5, "thinned"),
        ("48", 24, 5, "thinned"),
        ("25", 30, 6, "time"),
        ("15", 30, 6, "time"),
        ("30", 15, 3, "thinned"),
        ("30", 24, 5, "time"),
        ("30", 25, 5, "time"),
        ("24000/1001", 30000 / 1001, 6, "time"),
    ],
)
def test_no_label_is_shifted_by_more_than_half_a_sample(tmp_path, file_rate, label_rate, step, method):
    labels = authors_labels(label_rate, step, SECONDS)
    made = Made(tmp_path, small_video(tmp_path / "v.mp4", file_rate), labels, step)
    row = made.align()
    assert (row["status"], row["method"]) == ("ok", method)
    assert float(row["label_rate"]) == pytest.approx(label_rate, abs=0.05)
    times = np.array([frame for frame, _ in labels]) / label_rate
    shifts = []
    for time, label in zip(*made.sample_labels(), strict=True):
        same = times[[name == label for _, name in labels]]
        shifts.append(np.abs(same - time).min() if label else np.nan)
    # A last sample may come after the last label.
    assert np.isfinite(shifts[:-1]).all()
    assert np.nanmax(shifts) <= step / label_rate / 2 + 1e-6


@pytest.mark.parametrize("seconds", [SECONDS - 6, SECONDS + 6])
def test_a_file_of_another_length_is_a_row_with_its_reason(tmp_path, seconds):
    labels = authors_labels(30, 6, SECONDS)
    row = Made(tmp_path, small_video(tmp_path / "v.mp4", "30", seconds), labels, 6).align()
    assert row["status"] == "misaligned"
    assert "24.0 s of video, " in row["reason"]
    assert f"the file has {seconds:.1f} s" in row["reason"]
    assert "a different cut" in row["reason"]


def test_labels_that_are_no_frames_of_another_file_stay_as_they_are(tmp_path):
    made = Made(tmp_path, small_video(tmp_path / "v.mp4", "25", 4), authors_labels(30, 6, SECONDS), 6)
    for step in ("", "0"):
        table = read_table(tmp_path / "dataset.tsv").assign(label_step=step)
        write_table(tmp_path / "dataset.tsv", table)
        assert made.align()["status"] == "ok"
        assert (tmp_path / "aligned.tsv").read_text() == (tmp_path / "labels.tsv").read_text()


def test_a_file_that_is_gone_is_aligned_by_its_samples_in_the_store(tmp_path):
    made = Made(tmp_path, small_video(tmp_path / "v.mp4", "50"), authors_labels(25, 5, SECONDS), 5)
    first = made.align()
    images, clips = tmp_path / "images.h5", tmp_path / "clips.h5"
    downloads = read_table(tmp_path / "downloads.tsv").assign(bytes=str(made.video.stat().st_size))
    write_table(tmp_path / "downloads.tsv", downloads)
    arguments = (tmp_path / "downloads.tsv", tmp_path / "m.tsv", images, clips, tmp_path / "store", Resample())
    resample_shard(*arguments, lambda *_: False)
    made.video.unlink()
    assert made.align() == first | {"bytes": downloads.loc[0, "bytes"]}


def test_a_failed_video_keeps_its_labels_and_its_reason(tmp_path):
    made = Made(tmp_path, small_video(tmp_path / "v.mp4", "30", 1), authors_labels(30, 6, SECONDS), 6)
    downloads = read_table(tmp_path / "downloads.tsv").assign(status="removed", reason="gone")
    write_table(tmp_path / "downloads.tsv", downloads)
    assert (made.align()["status"], made.align()["reason"]) == ("removed", "gone")
    assert (tmp_path / "aligned.tsv").read_text() == (tmp_path / "labels.tsv").read_text()


def facts(rate: float, seconds: float = 400) -> FileFacts:
    return FileFacts(rate, rate, seconds)


def test_labels_up_to_the_authors_limit_fit_a_longer_file():
    assert align(facts(30), 6, 6 * 1999, 400).method == "frame"
    assert align(facts(30, 700), 6, 6 * 2000, 700).method == "frame"
    assert align(facts(24), 5, 5 * 1999, 400).method == "frame"
    with pytest.raises(UnusableVideo):
        align(facts(30, 350), 6, 6 * 1999, 400)


def test_a_file_of_variable_rate_is_counted_in_its_frames():
    # 24 frames a second on the whole, most of them 1/30 s apart.
    assert align(FileFacts(30, 24, 100), 5, 2395, 400).method == "frame"
    assert align(FileFacts(30, 24, 100), 6, 2394, 400).method == "frame"


def test_rates_that_cannot_be_told_apart_are_no_alignment():
    # 2,000 labels in steps of 5, on a file of 30: they may be of 25 or of 24 frames a second, 17 s apart at the end.
    with pytest.raises(
        UnusableVideo, match=r"25.000 or 24.000 or 24.975 or 23.976 frames a second, and it is unclear which"
    ):
        align(facts(29), 5, 5 * 1999, 400)
    assert AMBIGUITY_S == HALF_A_SAMPLE


def test_the_authors_did_not_round_a_rate():
    # 25.0001 gave a step of 6, and 30.0003 one of 7: these are frames of the very file.
    for seconds in (10, 100, 400):
        labels = min(2000, int(25 * seconds / 6))
        assert align(facts(25, seconds), 6, 6 * (labels - 1), 400).method == "frame"
        labels = min(2000, int(30 * seconds / 7))
        assert align(facts(30, seconds), 7, 7 * (labels - 1), 400).method == "frame"


def test_a_rate_that_agrees_clearly_better_in_length_is_preferred_to_the_files_own():
    # 40 s labelled at 25 frames a second, on a file of 24 that has the same 40 s.
    found = align(facts(24, 40), 5, 995, 400)
    assert (found.method, found.label_rate) == ("time", 25)
    assert align(facts(24, 40), 5, 955, 400).method == "frame"


def test_the_length_tells_the_rate():
    assert align(facts(30, 100), 5, 2395, 400).label_rate == 24
    assert align(facts(30, 100), 5, 2495, 400).label_rate == 25


def test_an_unknown_step_is_said():
    with pytest.raises(UnusableVideo, match="9 frames apart"):
        align(facts(30, 100), 9, 900, 400)

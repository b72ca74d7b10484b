"""Labels past the end of their video, in real files."""

import struct
from pathlib import Path

import numpy as np
import pytest
from made_eaf import MadeEaf
from made_videos import IRREGULAR, run_ffmpeg, write_video

from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset import video_ends
from signwild.stages.dataset.prepare_dataset import prepare_folder
from signwild.stages.dataset.read_folder import read_folder
from signwild.stages.dataset.video_end import read_end
from signwild.stages.dataset.video_ends import check_stated_ends
from signwild.video.duration import stated_durations

SLOWER_AT_THE_END = "N/30+max(0,N-27)*29/30"
"""Times of 30 frames, of which the last two come a second after the one before; see findings/reordered_frames..."""

DURATION = bytes.fromhex("448988")
"""Before the length of a WebM file, in milliseconds as a double: the element's id and its size."""


class Labelled:
    """A folder of videos of some seconds at 10 frames per second, and a table of labels."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.videos, self.labels = folder, folder / "videos", folder / "labels.csv"
        self.videos.mkdir()
        self.rows = ["video_id,file,start,end,label"]

    def video(self, name: str, frames: int = 60, rate: str = "10", **more: str) -> Path:
        """Write a grey video."""
        return write_video(self.videos / name, np.full((frames, 32, 32, 3), 99, np.uint8), rate, **more)

    def label(self, name: str, *spans: tuple[float, float]) -> None:
        """Label spans of a video as signing."""
        self.rows += [f"{name},{name}.mp4,{start:g},{end:g},signing" for start, end in spans]

    def prepare(self) -> None:
        """Write the tables; labels in a folder are there already."""
        if self.labels.suffix == ".csv":
            self.labels.write_text("\n".join([*self.rows, "p,p.mp4,0,1,speaking", "q,q.mp4,0,1,other"]) + "\n")
            for name in ("p.mp4", "q.mp4"):
                (self.videos / name).write_bytes(b"no video, which is another stage's matter")
        caches = self.folder / "hashes.tsv", self.folder / "ends.tsv"
        prepare_folder(
            self.videos, self.labels, Tiers(), "refuse", set(), 1, 1, "person", self.folder / "dataset", *caches
        )

    def refused(self) -> list[str]:
        """Return the lines of the message for which no tables were made."""
        with pytest.raises(InputError) as caught:
            self.prepare()
        assert not (self.folder / "dataset").exists()
        return str(caught.value).split("\n")

    def check_beforehand(self) -> None:
        """Do what a forecast does: look at headers first, and write nothing."""
        folder = read_folder(self.videos, self.labels, Tiers(), "refuse", set())
        before = {path: path.stat().st_mtime_ns for path in self.folder.rglob("*")}
        check_stated_ends(
            self.labels, folder.labels.spans, {video_id: folder.files[video_id] for video_id in folder.sizes}
        )
        assert {path: path.stat().st_mtime_ns for path in self.folder.rglob("*")} == before


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    """Return a folder with a video of six seconds."""
    labelled = Labelled(tmp_path)
    labelled.video("a.mp4")
    return labelled


def test_spans_may_pass_the_end_by_some_seconds(labelled: Labelled) -> None:
    labelled.label("a", (0, 3.5), (5.9, 10.9))
    labelled.prepare()
    table = read_table(labelled.folder / "ends.tsv", {"seconds": float, "rate": float})
    assert table[["seconds", "rate"]].round(3).to_numpy().tolist() == [[np.inf, np.inf], [6.0, 10.0]]


@pytest.mark.parametrize(
    ("spans", "first", "guess"),
    [
        ([(0, 1), (6, 6.5)], "signing 6-6.5 s", "labels of another video, or of a longer cut?"),
        ([(0, 11.1)], "signing 0-11.1 s", "labels of another video, or of a longer cut?"),
        ([(1000, 2500), (3000, 5500)], "signing 1000-2500 s (and 1 more span)", "milliseconds?"),
        ([(0, 25), (30, 55)], "signing 0-25 s (and 1 more span)", "frame numbers?"),
        ([(30, 55.5)], "signing 30-55.5 s", "labels of another video, or of a longer cut?"),
    ],
)
def test_other_units_are_guessed(labelled: Labelled, spans: list, first: str, guess: str) -> None:
    labelled.label("a", *spans)
    head, line = labelled.refused()
    assert head == (f"{labelled.labels}: labels lie past the end of 1 video; give seconds of the video that is named:")
    number = 3 if spans[0] == (0, 1) else 2
    file = labelled.videos / "a.mp4"
    assert line == f'  {labelled.labels}:{number}: {first}, but video "a" ({file}) ends at 6 s: {guess}'
    with pytest.raises(InputError) as caught:
        labelled.check_beforehand()
    assert str(caught.value) == f"{head}\n{line}"


def test_a_header_decides_only_which_videos_a_forecast_reads(
    labelled: Labelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recorder that was stopped may have left a length that is too short in the header."""
    labelled.label("a", (0, 3.5), (5.9, 10.9))
    labelled.prepare()
    read = []
    monkeypatch.setattr(video_ends, "read_end", lambda path: read.append(path) or read_end(path))
    labelled.check_beforehand()
    assert read == []
    long = labelled.video("long.webm", 120)
    with long.open("r+b") as file:
        file.seek(file.read().index(DURATION) + len(DURATION))
        file.write(struct.pack(">d", 1200.0))
    assert stated_durations([long]) == [1.2]
    labelled.rows.append("long,long.webm,0,11,signing")
    (labelled.folder / "dataset").rename(labelled.folder / "before")
    labelled.prepare()
    read.clear()
    labelled.check_beforehand()
    assert read == [long]


def test_all_videos_are_in_one_message(labelled: Labelled) -> None:
    for number in range(12):
        labelled.video(f"v{number:02}.mp4", 8 + number)
        labelled.label(f"v{number:02}", (50, 60))
    lines = labelled.refused()
    assert "labels lie past the end of 12 videos;" in lines[0]
    assert (len(lines), lines[-1]) == (12, "  and 2 more")


def test_elan_files_are_checked_too(labelled: Labelled) -> None:
    labelled.labels = labelled.folder / "eaf"
    MadeEaf().tier("signing", (0, 2000), (90000, 95000)).write(labelled.labels / "a.eaf")
    for name in ("speaking", "other"):
        (labelled.videos / f"{name}.mp4").write_bytes(b"x")
        MadeEaf().tier(name, (0, 2000)).write(labelled.labels / f"{name}.eaf")
    _, line = labelled.refused()
    assert line.startswith(f'  {labelled.labels}/a.eaf, tier "signing": signing 90-95 s, but video "a"')


@pytest.mark.parametrize(("form", "end"), [(SLOWER_AT_THE_END, 3.9), (IRREGULAR, 1.53)])
def test_the_end_is_that_of_the_frames_not_of_the_header(labelled: Labelled, form: str, end: float) -> None:
    labelled.video("b.mp4", 30, presentation=form)
    labelled.label("b", (0, end - 0.1), (end - 0.2, end + 4.9))
    labelled.prepare()
    labelled.rows = labelled.rows[:1]
    labelled.label("b", (end + 0.1, end + 1))
    (labelled.folder / "dataset").rename(labelled.folder / "before")
    assert 'but video "b"' in labelled.refused()[1]


def test_ends_are_read_once_and_survive_other_names(labelled: Labelled) -> None:
    labelled.label("a", (0, 3))
    labelled.prepare()
    table = (labelled.folder / "ends.tsv").read_text()
    # A wrong end in the table shows that it is used.
    (labelled.folder / "ends.tsv").write_text(table.replace("\t6.0\t", "\t2.0\t"))
    (labelled.videos / "a.mp4").rename(labelled.videos / "b.mp4")
    labelled.rows = labelled.rows[:1]
    labelled.label("b", (2.5, 3))
    (labelled.folder / "dataset").rename(labelled.folder / "before")
    assert "ends at 2 s" in labelled.refused()[1]
    (labelled.folder / "ends.tsv").write_text("nonsense")
    labelled.prepare()
    assert (labelled.folder / "ends.tsv").read_text() == table


def test_a_video_with_one_frame_has_no_known_end(labelled: Labelled) -> None:
    labelled.video("b.mp4", 1)
    labelled.label("b", (0, 60))
    labelled.prepare()


def test_sound_does_not_lengthen_a_video(labelled: Labelled) -> None:
    sound = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "20"]
    run_ffmpeg("-i", labelled.videos / "a.mp4", *sound, "-c:v", "copy", "-c:a", "aac", labelled.videos / "b.mp4")
    labelled.label("b", (15, 16))
    assert "ends at 6 s" in labelled.refused()[1]

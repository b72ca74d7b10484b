"""Results that are found again by the content of their video, under any path and any name."""

import errno
import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from made_detector import write_detector
from made_server import serving
from made_videos import write_video
from pympi.Elan import Eaf

from signwild.exported.model import Detector, Variant, read_detector
from signwild.stages.detector.detected_video import DETECTED_SEGMENT_COLUMNS
from signwild.stages.detector.kept_results import LONGEST_FOLDER, KeptResults, read_detected, short_name
from signwild.stages.detector.many_videos import DetectionOptions, ManyVideos, Source
from signwild.stages.detector.networks import VariantNetworks
from signwild.stages.detector.weights import find_weights


class Kept:
    """An archive, and the folder of what was found in it."""

    def __init__(self, folder: Path, detector: Detector) -> None:
        self.detector, self.said = detector, []
        self.archive, self.out = folder / "archive", folder / "out"

    def detect(
        self, *files: Path, address: str = "", progress: Callable[[str], object] = str, idle: bool = False
    ) -> int:
        """Detect signing at an address, or in files, by default all of the archive; return how many failed.

        ``idle``: where nothing may be computed.
        """
        variant = self.detector.variant("rgb")

        def build(used: Variant, beside: VariantNetworks | None) -> VariantNetworks:
            assert not idle, "networks were built"
            return VariantNetworks(self.detector, used, find_weights(self.detector, used, None), 8, beside)

        def wrapped(blocks: Iterable, _: int, name: str) -> Iterable:
            progress(name)
            return blocks

        self.said.clear()
        options = DetectionOptions(take_lists=True)
        many = ManyVideos(self.out, self.detector, variant, options, build, wrapped, self.said.append)
        sources = [Source(file=file) for file in files or sorted(self.archive.rglob("*.mp4"))]
        return many.detect([Source(address=address)] if address else sources)[1]

    def bytes(self) -> dict[str, bytes]:
        """Return the files of all results."""
        return {str(path.relative_to(self.out)): path.read_bytes() for path in self.out.rglob("*") if path.is_file()}

    def linked(self, name: str) -> tuple[Path, str]:
        """Return the video that a folder's page and .eaf file link to, and the one that its record names."""
        folder = self.out / name
        [link] = Eaf(folder / f"{name}.eaf").get_linked_files()
        file = (folder / link["RELATIVE_MEDIA_URL"]).resolve()
        record = json.loads((folder / "source.json").read_text())
        assert quote(record["link"]) in (folder / "index.html").read_text()
        assert (folder / record["link"]).resolve() == file
        return file, record["path"]


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    return read_detector(write_detector(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def found(detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Two videos and their results."""
    kept = Kept(tmp_path_factory.mktemp("found"), detector)
    (kept.archive / "more").mkdir(parents=True)
    write_video(kept.archive / "one.mp4", 60)
    write_video(kept.archive / "more/two.mp4", 90)
    assert kept.detect() == 0
    return kept


@pytest.fixture
def kept(found: Kept, detector: Detector, tmp_path: Path) -> Kept:
    """Copies of both, as if they had been made where they are."""
    shutil.copytree(found.archive, tmp_path / "archive")
    shutil.copytree(found.out, tmp_path / "out")
    for record in tmp_path.glob("out/*/source.json"):
        record.write_text(record.read_text().replace(str(found.archive), str(tmp_path / "archive")))
    return Kept(tmp_path, detector)


def test_an_archive_that_moved_is_known_and_its_links_are_renewed(kept: Kept) -> None:
    before = kept.bytes()
    moved = kept.archive.rename(kept.archive.with_name("moved {to} 100%"))
    kept.archive = moved
    (moved / "one.mp4").rename(moved / "first.mp4")
    assert kept.detect(idle=True) == 0
    assert [line for line in kept.said if "is already done" in line] == [
        f"1 of 2: {moved}/first.mp4: is already done",
        f"2 of 2: {moved}/more/two.mp4: is already done",
    ]
    after = kept.bytes()
    changed = {Path(name).name for name in before if before[name] != after[name]}
    linking = {"one.eaf", "two.eaf", ".eaf.sha256", "index.html", "result.json", "source.json", "summary.csv"}
    assert changed == linking | {"timeline.png"}  # its title is the file's name
    assert set(after) == set(before)
    assert kept.linked("one") == (moved / "first.mp4", str(moved / "first.mp4"))
    assert json.loads(after["one/result.json"]) == json.loads(before["one/result.json"]) | {"file": "first.mp4"}
    assert pd.read_csv(kept.out / "summary.csv")["file"].to_list().count(f"{moved}/first.mp4") == 1
    times = {path: path.stat().st_mtime_ns for path in kept.out.glob("*/*")}
    assert kept.detect(idle=True) == 0
    assert {path: path.stat().st_mtime_ns for path in kept.out.glob("*/*")} == times


def test_results_that_moved_alone_have_their_links_renewed(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "far/away").mkdir(parents=True)
    kept.out = kept.out.rename(tmp_path / "far/away/out")
    assert kept.detect(idle=True) == 0
    assert kept.linked("one") == (kept.archive / "one.mp4", str(kept.archive / "one.mp4"))


def test_the_same_bytes_twice_are_one_row(kept: Kept, tmp_path: Path) -> None:
    assert kept.detect(idle=True) == 0
    before = kept.bytes()
    shutil.copy(kept.archive / "one.mp4", kept.archive / "copy.mp4")
    (tmp_path / "mounted").symlink_to(kept.archive)
    assert kept.detect(kept.archive / "copy.mp4", tmp_path / "mounted/one.mp4", idle=True) == 0
    copies = [line for line in kept.said if "has the same content as" in line]
    assert len(copies) == 2
    assert copies[0] == (
        f"1 of 2: {kept.archive}/copy.mp4: has the same content as {kept.archive}/one.mp4, which is already done"
    )
    assert kept.bytes() == before


def test_files_that_changed_their_names_keep_their_results(kept: Kept) -> None:
    one, two = kept.archive / "one.mp4", kept.archive / "more/two.mp4"
    one.rename(kept.archive / "three.mp4")
    two.rename(one)
    (kept.archive / "three.mp4").rename(two)
    assert kept.detect(idle=True) == 0
    assert kept.linked("one")[0] == two
    assert kept.linked("two")[0] == one
    # In the place of a file there is a copy of another: what was found in the file is no row any more.
    two.unlink()
    shutil.copy2(one, two)
    assert kept.detect(idle=True) == 0
    assert len(pd.read_csv(kept.out / "summary.csv")) == 1


def test_every_video_of_a_list_is_looked_at_after_a_pause(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("signwild.stages.detector.addresses.time.sleep", pauses.append)
    with serving(kept.archive) as server:
        items = "".join(f"<item><enclosure url='{server.address}/{name}.mp4'/></item>" for name in ("one", "gone"))
        (kept.archive / "feed.xml").write_text(f"<rss version='2.0'><channel>{items}</channel></rss>")
        server.faults["/feed.xml"] = "feed"
        assert kept.detect(address=f"{server.address}/feed.xml", idle=True) == 1
    assert f"{server.address}/feed.xml is a list of 2 videos" in kept.said
    # The first has the bytes of a file that was looked at already.
    [done] = [line for line in kept.said if line.startswith(f"1 of 2: {server.address}/one.mp4: ")]
    assert "has the same content as" in done
    assert any(line.startswith(f"{server.address}/gone.mp4: failed: removed") for line in kept.said)
    assert len(pauses) == 2
    assert all(10 <= pause <= 20 for pause in pauses)


def test_what_was_written_is_read_again(found: Kept) -> None:
    result = json.loads((found.out / "one/result.json").read_text())
    detected = read_detected(found.out / "one", found.archive / "one.mp4")
    assert (detected.name, detected.verdict, detected.duration_s) == ("one.mp4", result["verdict"], 2.0)
    segments = pd.read_csv(found.out / "one/segments.csv")[DETECTED_SEGMENT_COLUMNS]
    pd.testing.assert_frame_equal(detected.segments, segments, check_dtype=False)


@pytest.mark.parametrize("stem", ["ħ" * 125 + "x", "{braces} {0} {", "x" * 225, "%s % (found)"])
def test_any_name_works_to_the_end(kept: Kept, stem: str) -> None:
    awkward = kept.archive / f"{stem}.mp4"
    write_video(awkward, 66)
    kept.out = kept.out / stem
    assert kept.detect(awkward) == 0
    [result] = kept.out.glob("*/result.json")
    assert kept.linked(result.parent.name) == (awkward, str(awkward))
    assert kept.detect(awkward, idle=True) == 0
    assert len(pd.read_csv(kept.out / "summary.csv")) == 1


@pytest.mark.parametrize("name", ["..mp4", "...mp4"])
def test_a_name_of_dots_gets_a_folder_of_its_own(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    place = KeptResults(tmp_path / "out", 1).place_of(tmp_path / name)
    assert place.folder.resolve().parent == tmp_path / "out"


def test_a_video_is_found_by_its_path_and_by_its_content_also_after_a_move(tmp_path: Path) -> None:
    kept, one, other = KeptResults(tmp_path / "out", 1), tmp_path / "one.mp4", tmp_path / "other.mp4"
    one.write_bytes(b"content")
    place = kept.place_of(one)
    place.folder.mkdir(parents=True)
    (place.folder / "result.json").touch()
    kept.record(place)
    one.rename(other)
    moved = kept.place_of(other)
    assert (moved.folder, moved.is_done, moved.is_moved) == (place.folder, True, True)
    kept.record(moved)
    assert not kept.place_of(other).is_moved
    one.write_bytes(b"another content")
    assert kept.place_of(one).folder != place.folder


def test_a_file_is_known_while_its_results_are_there_and_it_has_not_changed(tmp_path: Path) -> None:
    kept, video = KeptResults(tmp_path / "out", 1), tmp_path / "one.mp4"
    video.write_bytes(b"content")
    place = kept.place_of(video)
    kept.record(place)
    assert not kept.is_known(video)
    place.folder.mkdir(parents=True)
    (place.folder / "result.json").touch()
    assert kept.is_known(video)
    video.write_bytes(b"another content")
    assert not kept.is_known(video)


def test_a_long_name_is_cut_the_same_every_time_and_stays_apart() -> None:
    names = ["ħ" * 125 + last for last in "xy"]
    short = [short_name(name) for name in names]
    assert short == [short_name(name) for name in names]
    assert len(set(short)) == 2
    assert all(len(name.encode()) <= LONGEST_FOLDER for name in short)
    assert short_name("x" * LONGEST_FOLDER) == "x" * LONGEST_FOLDER


@pytest.mark.parametrize(
    "exhaust",
    [
        lambda: np.empty(1 << 60, np.uint8),
        lambda: tf.zeros((1 << 30, 1 << 30)),
        lambda: (_ for _ in ()).throw(OSError(errno.ENOMEM, "Cannot allocate memory: 'ffmpeg'")),
    ],
    ids=["numpy", "tensorflow", "a process that cannot start"],
)
def test_a_lack_of_memory_ends_one_video_with_the_remedy(kept: Kept, exhaust: Callable[[], object]) -> None:
    shutil.rmtree(kept.out)

    def progress(name: str) -> None:
        if name == "two.mp4":
            exhaust()

    assert kept.detect(progress=progress) == 1
    assert any("there is not enough memory; a smaller --batch-size or fewer --threads" in line for line in kept.said)
    assert sorted(path.parent.name for path in kept.out.glob("*/result.json")) == ["one"]

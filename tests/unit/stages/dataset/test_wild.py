"""The authors' list and labels, fetched from a server, verified and listed, and the videos that a run uses."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from made_server import serving
from places import ROOT

from signwild.base.errors import InputError
from signwild.base.files import read_table, read_tables
from signwild.configuration.sections.dataset import VIDEO_LIST_BLOB
from signwild.stages.dataset.authors_files import (
    GROUNDTRUTH,
    VIDEO_LIST,
    SourceFile,
    fetch_source_files,
    git_blob,
    read_video_list,
    source_files,
)
from signwild.stages.dataset.find_files import find_youtube_files
from signwild.stages.dataset.prepare_dataset import prepare_wild
from signwild.stages.dataset.selection import read_excluded

REAL_LIST = ROOT.parent / "shared/data" / VIDEO_LIST
IDS = ["-dash______", "under_score", "two--dashes", "plain000000", "nolabels___"]


def write_list(folder: Path, ids: list[str] = IDS) -> Path:
    """Write a list with spaces at ends of lines, an empty line and a repeated video."""
    path = folder / VIDEO_LIST
    lines = [f"https://www.youtube.com/watch?v={video_id}{' ' * (number % 2)}" for number, video_id in enumerate(ids)]
    path.write_text("\n".join([*lines, "", lines[0]]) + "\n")
    return path


def write_labels(folder: Path, ids: list[str]) -> Path:
    path = folder / GROUNDTRUTH
    rows = [
        f"{video_id} {frame} {'SPn'[number % 3]}" for number, video_id in enumerate(ids) for frame in range(0, 60, 6)
    ]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_gits_name_of_a_file_is_gits(tmp_path):
    path = write_list(tmp_path)
    named = subprocess.run(["git", "hash-object", path], capture_output=True, text=True, check=True).stdout.strip()
    assert git_blob(path) == named


def test_a_list_has_each_id_once_whatever_its_blanks(tmp_path):
    assert read_video_list(write_list(tmp_path)) == IDS
    (tmp_path / VIDEO_LIST).write_text("https://www.youtube.com/watch?v=tooshort\n")
    with pytest.raises(InputError, match=f"{VIDEO_LIST}:1: .* is not the address of a YouTube video"):
        read_video_list(tmp_path / VIDEO_LIST)


def test_the_real_list_has_1122_videos():
    if not REAL_LIST.exists():
        pytest.skip(f"the authors' list is not at {REAL_LIST}")
    ids = read_video_list(REAL_LIST)
    assert (len(ids), sum(video_id.startswith("-") for video_id in ids)) == (1122, 141)
    assert git_blob(REAL_LIST) == VIDEO_LIST_BLOB


class Origin:
    """A server with the authors' two files, and the folder that they are fetched to."""

    def __init__(self, folder: Path, server) -> None:
        self.server = server
        self.blobs = [git_blob(write_list(server.folder)), git_blob(write_labels(server.folder, IDS[:4]))]
        self.folder = folder / "data"
        self.receipt = folder / "source.tsv"

    def fetch(self) -> pd.DataFrame:
        """Fetch missing files, and return the receipt."""
        fetch_source_files(source_files(self.folder, *self.blobs), self.server.address, self.receipt)
        return read_table(self.receipt)


@pytest.fixture
def origin(tmp_path):
    (tmp_path / "www").mkdir()
    with serving(tmp_path / "www") as server:
        yield Origin(tmp_path, server)


def test_files_are_fetched_once_and_verified(origin):
    receipt = origin.fetch()
    assert receipt["blob"].to_list() == origin.blobs
    assert sorted(path.name for path in origin.folder.iterdir()) == [VIDEO_LIST, GROUNDTRUTH]
    origin.fetch()
    assert len(origin.server.requests) == 2


def test_a_server_that_fails_at_first_is_asked_again(origin):
    origin.server.faults[f"/{GROUNDTRUTH}"] = "first 500"
    assert len(origin.fetch()) == 2


@pytest.mark.parametrize(("fault", "words"), [("404", "404 Client Error"), ("truncated", "could not be fetched")])
def test_a_file_that_cannot_be_had_says_what_else_can_be_done(origin, fault, words):
    origin.server.faults[f"/{VIDEO_LIST}"] = fault
    origin.server.requests.append(f"/{VIDEO_LIST}")
    with pytest.raises(InputError, match=words) as caught:
        origin.fetch()
    assert "dataset.source.url" in str(caught.value)
    assert origin.blobs[0] in str(caught.value)
    assert list(origin.folder.iterdir()) == []
    assert not origin.receipt.exists()


def test_another_file_is_refused_from_the_server_and_in_the_folder(origin):
    origin.server.faults[f"/{VIDEO_LIST}"] = "page"
    with pytest.raises(InputError, match="returned another file"):
        origin.fetch()
    origin.folder.joinpath(VIDEO_LIST).write_text("mine\n")
    with pytest.raises(InputError, match="is not the authors' file"):
        origin.fetch()
    assert origin.folder.joinpath(VIDEO_LIST).read_text() == "mine\n"


class Listed:
    """The authors' files in a folder, and the tables made from them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.video_list = write_list(folder)
        self.labels = write_labels(folder, [*IDS[:4], "not_listed_"])
        self.videos = folder / "lab"
        self.videos.mkdir()
        self.output = folder / "dataset"

    def prepare(
        self, excluded: tuple[str, ...] = (), manifest: Path | None = None, starts: Sequence[Path] = ()
    ) -> pd.DataFrame:
        """Write the tables, and return the videos by id."""
        source = [SourceFile(path, git_blob(path)) for path in (self.video_list, self.labels)]
        hashes = self.folder / "hashes.tsv"
        prepare_wild(source, self.videos, manifest, set(excluded), 0.01, 3, 1, "person", self.output, hashes, starts)
        return read_tables([self.output / f"{shard}.tsv" for shard in range(3)]).set_index("video_id")

    def left_out(self) -> dict[str, str]:
        """Return the status of each video that is left out."""
        return read_table(self.output / "left_out.tsv").set_index("video_id")["status"].to_dict()


@pytest.fixture
def listed(tmp_path) -> Listed:
    return Listed(tmp_path)


def test_videos_that_are_had_have_a_file_and_the_others_are_to_be_fetched(listed):
    (listed.videos / "-dash______.webm").write_bytes(b"x")
    (listed.videos / "A title [under_score].mp4").write_bytes(b"yy")
    (listed.videos / "A title [under_score].webp").write_bytes(b"a picture")
    (listed.videos / "A-title-two--dashes.mp4").write_bytes(b"of youtube-dl")
    (listed.videos / "plain000000.info.json").write_bytes(b"{}")
    (listed.videos / "not one of them.mp4").write_bytes(b"z")
    table = listed.prepare()
    assert sorted(table.index) == sorted(IDS[:4])
    assert table["bytes"].to_dict() == {"-dash______": "1", "under_score": "2", "two--dashes": "13", "plain000000": ""}
    assert table.loc["under_score", "file"].endswith("A title [under_score].mp4")
    assert table.loc["plain000000", ["file", "sha256", "label_step", "last_label"]].to_list() == ["", "", "6", "54"]
    assert listed.left_out() == {"nolabels___": "unlabelled"}
    assert len(read_table(listed.output / "malformed_labels.tsv")) == 0
    assert (listed.folder / "groundtruth.parquet").exists()


def test_videos_that_a_starting_detector_has_learned_from_are_refused_where_they_are_had(listed, tmp_path):
    (listed.videos / "plain000000.mp4").write_bytes(b"learned from")
    start = tmp_path / "start"
    start.mkdir()
    seen = [hashlib.sha256(content).hexdigest() for content in (b"learned from", b"")]
    (start / "detector.json").write_text(json.dumps({"training_videos": seen}))
    with pytest.raises(InputError, match=f"^{start}: was trained on 1 of the run's 1 videos, .*\n  plain000000$"):
        listed.prepare(starts=[start])
    (listed.videos / "plain000000.mp4").write_bytes(b"other")
    assert listed.prepare(starts=[start])["sha256"]["plain000000"]


def test_excluded_videos_and_those_of_no_manifest_are_left_out(listed):
    manifest = listed.folder / "published.tsv"
    manifest.write_text(
        "video_id\tsha256\tbytes\nplain000000\tab\t1\nunder_score\tcd\t1\n-dash______\tef\t1\nelse\tx\t1\n"
    )
    with pytest.raises(InputError, match="too few groups of other: "):
        listed.prepare(excluded=("-dash______",), manifest=manifest)
    table = listed.prepare(excluded=("plain000000",))
    assert sorted(table.index) == ["-dash______", "two--dashes", "under_score"]
    assert listed.left_out() == {"nolabels___": "unlabelled", "plain000000": "excluded"}
    manifest.write_text("video_id\tsha256\n" + "".join(f"{video_id}\tab\n" for video_id in IDS[:3]))
    assert sorted(listed.prepare(manifest=manifest).index) == sorted(IDS[:3])
    assert listed.left_out() == {"nolabels___": "not_listed", "plain000000": "not_listed"}


def test_a_manifest_of_another_form_is_named(listed):
    manifest = listed.folder / "published.tsv"
    manifest.write_text("id,sha256\n")
    with pytest.raises(InputError, match=r"published.tsv: is not a manifest of videos"):
        listed.prepare(manifest=manifest)


def test_faulty_rows_of_labels_are_listed(listed):
    with listed.labels.open("a") as file:
        file.write("plain000000 60\n")
        file.writelines(f"plain000000 {frame} S\n" for frame in range(66, 1200, 6))
    listed.prepare()
    assert read_table(listed.output / "malformed_labels.tsv")["line"].to_list() == ["51"]


def test_a_file_of_excluded_videos_has_comments(tmp_path):
    path = tmp_path / "excluded.txt"
    path.write_bytes(
        b"\xef\xbb\xbf-dash______\n# asked for by mail\n\n  under_score  # on 2026-11-01\n"
        b"https://www.youtube.com/watch?v=two--dashes&t=3\n"
    )
    assert read_excluded(path) == {"-dash______": 1, "under_score": 4, "two--dashes": 5}
    path.write_text("https://vimeo.com/12345678901\n")
    with pytest.raises(InputError, match=r"excluded.txt:1: .* is not the address of a YouTube video"):
        read_excluded(path)
    path.unlink()
    with pytest.raises(InputError, match="one video id per line"):
        read_excluded(path)


def test_two_files_of_a_video_are_refused_and_subfolders_looked_into(listed):
    (listed.videos / "in").mkdir()
    (listed.videos / "in/plain000000.mp4").write_bytes(b"x")
    assert listed.prepare().loc["plain000000", "file"].endswith("in/plain000000.mp4")
    for name in ("again [plain000000].mkv", "again-plain000000.mkv"):
        (listed.videos / name).write_bytes(b"x")
        with pytest.raises(InputError, match="keep one of them"):
            listed.prepare()
        (listed.videos / name).unlink()


def test_an_id_that_begins_with_a_hyphen_may_follow_one(tmp_path):
    for name in ("-dash______.mp4", "A-title--dash______.mp4"):
        (tmp_path / name).write_bytes(b"x")
        assert find_youtube_files(tmp_path, IDS) == {"-dash______": tmp_path / name}
        (tmp_path / name).unlink()


def test_labels_that_changed_since_they_were_fetched_are_refused(listed):
    source = [SourceFile(path, git_blob(path)) for path in (listed.video_list, listed.labels)]
    with listed.labels.open("a") as file:
        file.write("plain000000 60 S\n")
    arguments = (source, None, None, set(), 0.01, 3, 1, "person", listed.output, listed.folder / "hashes.tsv")
    with pytest.raises(InputError, match="is not the authors' file"):
        prepare_wild(*arguments)
    listed.labels.unlink()
    with pytest.raises(InputError, match=r"is gone; delete source.tsv"):
        prepare_wild(*arguments)

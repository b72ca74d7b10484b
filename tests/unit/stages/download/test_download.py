"""Statuses of a shard: of local videos, and of videos that the real yt-dlp requests from a server with every fault."""

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from made_server import Server, serving
from made_videos import write_video
from places import rule_program

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.dataset.prepare_dataset import VIDEO_COLUMNS
from signwild.stages.download.download_videos import Downloads, download_shard
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.retry import forget_failures
from signwild.stages.download.status import DownloadFolder, VideoStatus
from signwild.stages.download.youtube import fetch_video

PROGRAM = rule_program("download.download_videos")
AWKWARD = ["-abc", "007", "Ab", "NA", "a b", "aB", "ħobż"]

FAULTS = {
    "-ok12345678": ("", "ok", ""),
    "gone404____": ("404", "removed", "HTTP Error 404"),
    "gone410____": ("410", "removed", "HTTP Error 410"),
    "forbidden__": ("later 403", "network", "HTTP Error 403"),
    "broken500__": ("500", "network", "HTTP Error 500"),
    "firstly500_": ("first 500", "ok", ""),
    "redirect___": ("redirect", "network", "redirect loop detected"),
    "reset______": ("reset", "network", "reset by peer"),
    "stalled____": ("stalled", "network", "timed out"),
    "truncated__": ("truncated", "network", "more expected"),
    "page_______": ("page", "extraction", "Unsupported URL"),
    "pageasvideo": ("page as video", "damaged", "cannot be opened"),
}
"""By id: the server's fault, the status that comes of it, and a part of the reason."""


def listed(folder: Path, contents: dict[str, bytes | None]) -> Path:
    """Write videos and the dataset's table of them; None is a video without a file."""
    rows = []
    for number, (video_id, content) in enumerate(contents.items()):
        file = folder / f"{number}.mp4"
        if content is not None:
            file.write_bytes(content)
        known = ("", "") if content is None else (hashlib.sha256(content).hexdigest(), len(content))
        rows.append((video_id, file, video_id, "", *known, "", ""))
    write_table(folder / "dataset.tsv", pd.DataFrame(rows, columns=VIDEO_COLUMNS))
    return folder / "dataset.tsv"


def manifest_of(folder: Path, table: Path) -> pd.DataFrame:
    download_shard(table, folder / "manifest.tsv", None)
    manifest = read_table(folder / "manifest.tsv")
    assert list(manifest) == ["video_id", "status", "reason", "file", "sha256", "bytes"]
    return manifest


def test_found_videos_are_ok(tmp_path):
    manifest = manifest_of(tmp_path, listed(tmp_path, {video_id: video_id.encode() for video_id in AWKWARD}))
    assert list(manifest["video_id"]) == AWKWARD
    assert set(manifest["status"]) == {"ok"}
    assert set(manifest["reason"]) == {""}
    for video_id, file, sha256, size in manifest[["video_id", "file", "sha256", "bytes"]].itertuples(index=False):
        content = Path(file).read_bytes()
        assert (content, sha256, int(size)) == (video_id.encode(), hashlib.sha256(content).hexdigest(), len(content))


def test_missing_and_empty_videos_have_a_reason(tmp_path):
    table = listed(tmp_path, {"gone": None, "empty": b"", "removed": b"x", "there": b"y"})
    (tmp_path / "2.mp4").unlink()
    manifest = manifest_of(tmp_path, table).set_index("video_id")
    assert manifest["status"].to_dict() == {"gone": "missing", "empty": "empty", "removed": "missing", "there": "ok"}
    for video_id, file in (("gone", "0.mp4"), ("empty", "1.mp4"), ("removed", "2.mp4")):
        row = manifest.loc[video_id]
        assert str(tmp_path / file) in row["reason"]
        assert row[["file", "sha256", "bytes"]].tolist() == ["", "", ""]


def test_a_file_that_came_after_the_listing_waits_for_the_next(tmp_path):
    table = listed(tmp_path, {"late": None})
    (tmp_path / "0.mp4").write_bytes(b"x")
    assert list(manifest_of(tmp_path, table)["status"]) == ["missing"]


def test_an_empty_shard_gives_an_empty_manifest(tmp_path):
    assert len(manifest_of(tmp_path, listed(tmp_path, {}))) == 0


def test_program(tmp_path):
    table = listed(tmp_path, {"-a": b"x"})
    subprocess.run([*PROGRAM, "--dataset", table, "--manifest", tmp_path / "out" / "0.tsv"], check=True)
    assert read_table(tmp_path / "out" / "0.tsv")["status"].tolist() == ["ok"]


class Site:
    """A server with videos, and a data set's folder that is filled from it."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.downloads = DownloadFolder(folder / "data")
        self.values = {"shortest_pause_s": 0, "longest_pause_s": 0, "timeout_s": 1, "tries": 2, "proxy": ""}
        self.values |= {"video_url": server.address + "/{video_id}.mp4", "failures_in_a_row": 100}

    def put(self, video_id: str, fault: str = "", frames: int = 3) -> None:
        """Put a video on the server, with a fault."""
        write_video(self.server.folder / f"{video_id}.mp4", frames)
        self.server.faults[f"/{video_id}.mp4"] = fault

    def download(self, *video_ids: str, shard: str = "0", ask: bool = True, **values: object) -> pd.DataFrame:
        """Download a shard of these videos, and return its manifest."""
        write_table(self.table(shard), pd.DataFrame({"video_id": video_ids}).reindex(columns=VIDEO_COLUMNS))
        youtube = YouTube(**(self.values | values))
        self.said: list[str] = []
        downloads = Downloads(self.downloads, youtube, ask, 400.0)
        download_shard(self.table(shard), self.manifest(shard), downloads, self.said.append)
        return read_table(self.manifest(shard)).set_index("video_id")

    def table(self, shard: str) -> Path:
        """Table of the shard's videos."""
        return self.folder / f"results/run/dataset/{shard}.tsv"

    def manifest(self, shard: str) -> Path:
        """The shard's download manifest."""
        return self.folder / f"results/run/download/{shard}.tsv"

    def refused(self, *video_ids: str, **values: object) -> str:
        """Return the reason why downloads stopped."""
        with pytest.raises(InputError) as caught:
            self.download(*video_ids, **values)
        return str(caught.value)

    def start(self, *video_ids: str, **values: object) -> subprocess.Popen:
        """Start the program for these videos."""
        write_table(self.table("0"), pd.DataFrame({"video_id": video_ids}).reindex(columns=VIDEO_COLUMNS))
        youtube = YouTube(**(self.values | values)).model_dump_json()
        command = [*PROGRAM, "--dataset", self.table("0"), "--manifest", self.manifest("0")]
        command += ["--folder", self.folder / "data", "--youtube", youtube, "--max-seconds", "400", "--ask"]
        return subprocess.Popen(
            [str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def files(self) -> list[str]:
        """Return all files in the folder of videos."""
        return sorted(path.name for path in self.downloads.videos.iterdir())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "www").mkdir()
    with serving(tmp_path / "www") as server:
        yield Site(tmp_path, server)


def test_every_fault_has_its_status_and_a_repeat_asks_for_nothing(site):
    for video_id, (fault, _, _) in FAULTS.items():
        site.put(video_id, fault)
    manifest = site.download(*FAULTS)
    assert manifest["status"].to_dict() == {video_id: status for video_id, (_, status, _) in FAULTS.items()}
    for video_id, (_, status, words) in FAULTS.items():
        row, known = manifest.loc[video_id], site.downloads.read(video_id)
        assert words in row["reason"]
        assert known.yt_dlp[:2] == "20"
        if status == "ok":
            content = (site.server.folder / f"{video_id}.mp4").read_bytes()
            assert Path(row["file"]).read_bytes() == content
            assert (row["sha256"], int(row["bytes"])) == (hashlib.sha256(content).hexdigest(), len(content))
    assert site.downloads.read("firstly500_").tries == site.downloads.read("broken500__").tries == 2
    assert site.downloads.read("gone404____").tries == 1
    assert site.files() == ["-ok12345678.mp4", "firstly500_.mp4"]
    requests, written = len(site.server.requests), site.manifest("0").read_bytes()
    site.download(*FAULTS)
    assert len(site.server.requests) == requests
    assert site.manifest("0").read_bytes() == written


@pytest.mark.parametrize(("fault", "seconds"), [("429", 3600), ("429 after 70", 70)])
def test_too_many_requests_stop_the_queue_and_are_no_loss(site, fault, seconds):
    for video_id in ("first______", "second_____", "third______"):
        site.put(video_id)
    site.server.faults["/second_____.mp4"] = fault
    message = site.refused("first______", "second_____", "third______")
    assert "downloads are paused until" in message
    assert "make retry-downloads" in message
    assert "download: false" in message
    assert site.server.count("/third______.mp4") == 0
    assert not site.manifest("0").exists()
    until = pd.Timestamp(json.loads(site.downloads.pause_note.read_text())["until"])
    assert abs((until - pd.Timestamp.now("UTC")).total_seconds() - seconds) < 30
    # Nothing is requested during the pause, for any shard.
    requests = len(site.server.requests)
    assert "downloads are paused until" in site.refused("fourth_____", shard="1")
    assert len(site.server.requests) == requests
    # Available videos can be used; the others are not lost.
    statuses = site.download("first______", "second_____", "third______", ask=False)["status"]
    assert statuses.to_list() == ["ok", "rate_limit", "untried"]
    site.server.faults.clear()
    forget_failures(site.downloads, site.folder / "results", [])
    assert set(site.download("first______", "second_____", "third______")["status"]) == {"ok"}
    assert site.server.count("/first______.mp4") == 2


def test_passing_failures_in_a_row_stop_the_queue(site):
    ids = [f"down_{number}_____" for number in range(6)]
    message = site.refused(*ids, failures_in_a_row=3, tries=1, video_url="http://127.0.0.1:9/{video_id}.mp4")
    assert "3 videos in a row could not be downloaded" in message
    # They count as never requested, so the next start requests them.
    assert [site.downloads.read(video_id) for video_id in ids] == [None] * 6
    assert len(site.downloads.streak().video_ids) == 0


def test_failures_in_a_row_are_counted_from_one_job_to_the_next(site):
    away = {"failures_in_a_row": 3, "tries": 1, "video_url": "http://127.0.0.1:9/{video_id}.mp4"}
    site.download("down_1_____", "down_2_____", **away)
    site.put("there______")
    assert "3 videos in a row" in site.refused("down_3_____", shard="1", **away)
    assert [site.downloads.read(f"down_{number}_____") for number in (1, 2, 3)] == [None] * 3
    # The first shard was done: a retry runs it again, though nothing is known of its videos any more.
    site.downloads.pause_note.unlink()
    site.download("there______", shard="2")
    forget_failures(site.downloads, site.folder / "results", [])
    assert [site.manifest(shard).exists() for shard in "02"] == [False, True]


def test_a_stopped_queue_keeps_what_was_had_and_wants_it_still(site):
    ids = [f"had_{number}______" for number in range(3)]
    for video_id in ids:
        site.put(video_id)
    before = site.download(*ids)
    for file in before["file"]:
        Path(file).unlink()
    forget_failures(site.downloads, site.folder / "results", ["gone"])
    site.refused(*ids, failures_in_a_row=3, tries=1, video_url="http://127.0.0.1:9/{video_id}.mp4")
    kept = [site.downloads.read(video_id) for video_id in ids]
    assert [(known.status, known.sha256, known.again) for known in kept] == [
        ("ok", sha256, True) for sha256 in before["sha256"]
    ]
    site.downloads.pause_note.unlink()
    assert all(Path(file).exists() for file in site.download(*ids)["file"])


def test_many_losses_in_a_row_are_not_believed(site):
    ids = [f"gone_{number}_____" for number in range(4)]
    message = site.refused(*ids, losses_in_a_row=3)
    assert "look at some of these videos in a browser" in message
    assert [site.downloads.read(video_id) for video_id in ids] == [None] * 4
    # A video that arrives in between resets the count.
    site.downloads.pause_note.unlink()
    site.put(ids[2])
    assert site.download(*ids, losses_in_a_row=3)["status"].to_list() == ["removed", "removed", "ok", "removed"]


def test_a_server_that_is_up_for_one_shard_only(site):
    site.put("up_________")
    assert site.download("up_________")["status"].to_list() == ["ok"]
    away = {"video_url": "http://127.0.0.1:9/{video_id}.mp4", "tries": 1}
    assert site.download("down_______", shard="1", **away)["status"].to_list() == ["network"]
    forgotten = forget_failures(site.downloads, site.folder / "results", [])
    assert forgotten.to_dict() == {"down_______": "network"}
    # Only the shard of the failed video is to run again.
    assert site.manifest("0").exists()
    assert not site.manifest("1").exists()
    site.put("down_______")
    assert site.download("down_______", shard="1")["status"].to_list() == ["ok"]


def test_losses_are_asked_for_again_only_where_they_are_named(site):
    site.put("gone_______", "404")
    site.download("gone_______")
    assert len(forget_failures(site.downloads, site.folder / "results", [])) == 0
    assert site.manifest("0").exists()
    assert forget_failures(site.downloads, site.folder / "results", ["removed"]).to_list() == ["removed"]
    assert not site.manifest("0").exists()


def test_a_full_disk_says_so_and_is_no_loss(site):
    size = 64 * 1024
    small = site.folder / "data"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", small], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        site.put("large______")
        with (site.server.folder / "large______.mp4").open("ab") as file:
            file.write(os.urandom(2 * size))
        message = site.refused("large______")
        assert "No space left on device" in message
        assert "free some space" in message
        assert site.downloads.read("large______") is None
        assert site.files() == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_killed_in_the_middle_of_a_download_and_started_again(site):
    site.put("whole______")
    site.put("half_______", "stalled")
    process = site.start("whole______", "half_______", timeout_s=30)
    deadline = time.monotonic() + 60
    while not (site.downloads.read("whole______") and list(site.downloads.videos.glob(".fetching-*/*.part"))):
        assert time.monotonic() < deadline, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not site.manifest("0").exists()
    site.server.faults.clear()
    assert set(site.download("whole______", "half_______")["status"]) == {"ok"}
    assert site.server.count("/whole______.mp4") == 2
    assert site.files() == ["half_______.mp4", "whole______.mp4"]


def test_two_at_once_take_turns_and_the_second_says_so(site):
    for number in range(3):
        site.put(f"video_{number}____")
    ids = [f"video_{number}____" for number in range(3)]
    first = site.start(*ids, shortest_pause_s=1, longest_pause_s=1)
    while not site.server.requests:
        time.sleep(0.05)
    assert set(site.download(*ids, shard="1")["status"]) == {"ok"}
    assert any("only one downloads at a time" in line and "since" in line for line in site.said), site.said
    assert first.wait() == 0
    # Nothing is fetched twice: one request to look at a video, one to fetch it.
    assert sorted(site.server.requests) == sorted(2 * [f"/{video_id}.mp4" for video_id in ids])


def test_the_pace_holds_from_one_job_to_the_next(site):
    site.put("one________")
    site.put("two________")
    site.download("one________")
    start = time.monotonic()
    site.download("two________", shard="1", shortest_pause_s=0.7, longest_pause_s=0.9)
    assert time.monotonic() - start > 0.5


def test_progress_says_what_is_had_and_the_time_left(site):
    site.put("one________")
    site.put("two________", "404")
    write_table(site.table("1"), pd.DataFrame({"video_id": ["waiting____"]}).reindex(columns=VIDEO_COLUMNS))
    site.download("one________", "two________")
    assert "to request: 2 in this shard, 1 in others" in site.said[0]
    assert "[in all 1 available, 0 lost, 0 failed for now;" in site.said[1]
    assert "2 to go" in site.said[1]
    assert "[in all 1 available, 1 lost, 0 failed for now;" in site.said[2]
    assert "1 to go" in site.said[2]


@pytest.mark.parametrize(
    "text", ["{", '{"video_id": "one________"}', VideoStatus("one________", "odd", "", 1, "").__dict__]
)
def test_a_damaged_status_is_named(site, text):
    site.downloads.statuses.mkdir(parents=True)
    text = text if isinstance(text, str) else json.dumps(text)
    (site.downloads.statuses / "one________.json").write_text(text)
    assert "one________.json: cannot be read" in site.refused("one________")


def test_ids_that_differ_in_capitals_alone_need_a_disk_that_tells_them_apart(site):
    known = VideoStatus("ONE________", "ok", "", 1, "", file="ONE________.mp4")
    site.downloads.write(known)
    status = site.downloads.statuses / "ONE________.json"
    status.rename(status.with_name("one________.json"))  # what such a disk answers for either name
    refused = site.refused("one________")
    assert 'one________.json: is of video "ONE________": this disk does not tell capital letters' in refused


def test_a_damaged_note_is_named(site):
    site.downloads.statuses.mkdir(parents=True)
    site.downloads.pause_note.write_text('{"status": "network", "reason": "x", "until": "2026-11-26T10:00:00"}')
    assert "pause.json: cannot be read" in site.refused("one________")


def test_a_format_that_is_not_there_is_not_a_loss(site):
    site.put("one________")
    assert site.download("one________", format="b[height>4000]")["status"].to_list() == ["no_format"]
    assert FAILURES["no_format"].kind == "temporary"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"format": "bv[height<=480"}, "dataset.youtube.format: 'bv[height<=480' is not a format"),
        ({"cookies": "cookies.txt"}, "dataset.youtube.cookies: {folder}/cookies.txt cannot be read"),
    ],
)
def test_settings_that_yt_dlp_cannot_take_stop_before_anything_is_asked(site, values, words):
    (site.folder / "cookies.txt").write_text("{not: cookies}\n")
    if "cookies" in values:
        values = {"cookies": str(site.folder / "cookies.txt")}
    site.put("one________")
    assert words.format(folder=site.folder) in site.refused("one________", **values)
    assert site.server.requests == []
    assert site.downloads.read("one________") is None


def test_a_page_with_a_video_is_not_the_video_that_was_asked_for(site):
    page = "<html><head><title>t</title></head><body><video src='{0}'></video>{1}</body></html>"
    site.put("other______")
    for video_id, more in (("one_video__", ""), ("two_videos_", "<video src='other2.mp4'></video>")):
        (site.server.folder / f"{video_id}.mp4").write_text(page.format("other______.mp4", more))
        site.server.faults[f"/{video_id}.mp4"] = "html"
        assert site.download(video_id)["status"].to_list() == ["extraction"]


def test_a_folder_can_be_moved_and_a_file_can_be_deleted(site):
    site.put("one________")
    before = site.download("one________")
    requests = len(site.server.requests)
    (site.folder / "data").rename(site.folder / "moved")
    site.downloads = DownloadFolder(site.folder / "moved")
    moved = site.download("one________")
    assert moved.loc["one________", "file"] == str(site.folder / "moved/videos/one________.mp4")
    Path(moved.loc["one________", "file"]).unlink()
    after = site.download("one________")
    # Everything made from it may exist: it is requested again only on demand.
    assert after.loc["one________", "sha256"] == before.loc["one________", "sha256"]
    assert forget_failures(site.downloads, site.folder / "results", []).to_dict() == {}
    assert len(site.server.requests) == requests
    assert forget_failures(site.downloads, site.folder / "results", ["gone"]).to_dict() == {"one________": "gone"}
    # It is not available any more, but still counts as downloaded, and is not requested again.
    site.server.faults["/one________.mp4"] = "404"
    kept = site.download("one________")
    assert kept.loc["one________", ["status", "sha256"]].to_list() == ["ok", before.loc["one________", "sha256"]]
    requests = len(site.server.requests)
    site.download("one________")
    assert len(site.server.requests) == requests
    site.server.faults.clear()
    forget_failures(site.downloads, site.folder / "results", ["gone"])
    assert site.download("one________")["status"].to_list() == ["ok"]
    assert Path(after.loc["one________", "file"]).exists()


@pytest.mark.parametrize(
    ("named", "seconds"),
    [("Wed, 26 Nov 2031 10:00:00 GMT", 86400), ("Wed, 26 Nov 2031 10:00:00 -0000", 86400), ("9" * 20, 86400)],
)
def test_a_server_that_asks_to_wait_for_years_is_asked_after_a_day(site, named, seconds):
    site.put("one________", f"429 after {named}")
    site.refused("one________")
    until = pd.Timestamp(json.loads(site.downloads.pause_note.read_text())["until"])
    assert abs((until - pd.Timestamp.now("UTC")).total_seconds() - seconds) < 60


def test_a_fetched_file_stays_as_it_came(site, tmp_path):
    site.put("one________")
    (tmp_path / "fetched").mkdir()
    fetched = fetch_video("one________", YouTube(**site.values), tmp_path / "fetched", 400)
    assert fetched.path.read_bytes() == (site.server.folder / "one________.mp4").read_bytes()

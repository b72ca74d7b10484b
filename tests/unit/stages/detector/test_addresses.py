"""Addresses of videos, lists and streams, which the real yt-dlp requests from a server."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_server import Server, serving
from made_videos import write_video

from signwild.base.errors import UnusableVideo
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.detector.addresses import Addresses, ListOfVideos
from signwild.stages.download.youtube import DownloadFailed, ListFound, _check_one_recording

ITEM = "<item><title>{0}</title><guid>{0}</guid><enclosure url='{1}/{0}' type='video/mp4'/></item>"
FEED = "<?xml version='1.0'?><rss version='2.0'><channel><title>Talks</title>{0}</channel></rss>"

SEGMENT = "#EXTINF:2.0,\nsegment_{0}.ts\n"
STREAM = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n{0}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Serve two videos, a feed of both, a feed of nothing, and a live stream that gives no more than its list."""
    folder = tmp_path / "www"
    folder.mkdir()
    with serving(folder) as server:
        for number in (1, 2):
            write_video(folder / f"{number}.mp4", 30 * number)
        items = [ITEM.format(f"{number}.mp4", server.address) for number in (1, 2)]
        (folder / "talks.xml").write_text(FEED.format("".join(items)))
        (folder / "none.xml").write_text(FEED.format(""))
        (folder / "live.m3u8").write_text(STREAM.format("".join(map(SEGMENT.format, range(3)))))
        server.faults |= {"/talks.xml": "feed", "/none.xml": "feed", "/live.m3u8": "hls"}
        yield server


def addresses(tmp_path: Path, take_lists: bool = False) -> Addresses:
    youtube = YouTube(shortest_pause_s=0, longest_pause_s=0, timeout_s=10)
    return Addresses(tmp_path / "downloads", print, take_lists, youtube)


def test_a_list_is_refused_after_one_request_with_its_number_and_the_remedy(server: Server, tmp_path: Path) -> None:
    with pytest.raises(UnusableVideo) as refused:
        addresses(tmp_path).fetch(f"{server.address}/talks.xml")
    assert refused.value.status == "list"
    assert refused.value.reason == f"{server.address}/talks.xml is a list of 2 videos (--list takes each of its videos)"
    assert server.requests == ["/talks.xml"]


def test_a_list_is_taken_where_lists_are_wanted(server: Server, tmp_path: Path) -> None:
    asked = addresses(tmp_path, take_lists=True)
    with pytest.raises(ListOfVideos, match="is a list of 2 videos") as found:
        asked.fetch(f"{server.address}/talks.xml")
    assert found.value.addresses == [f"{server.address}/1.mp4", f"{server.address}/2.mp4"]
    assert server.requests == ["/talks.xml"]
    for number, address in enumerate(found.value.addresses, start=1):
        assert asked.fetch(address).read_bytes() == (server.folder / f"{number}.mp4").read_bytes()
    with pytest.raises(UnusableVideo, match=r"none\.xml is a list of 0 videos"):
        asked.fetch(f"{server.address}/none.xml")


def test_a_page_with_recordings_is_no_list(server: Server, tmp_path: Path) -> None:
    page = "<html><body><video src='1.mp4'></video><video src='2.mp4'></video></body></html>"
    (server.folder / "page.htm").write_text(page)
    server.faults["/page.htm"] = "html"
    with pytest.raises(UnusableVideo, match="it holds 2 recordings without a separate address"):
        addresses(tmp_path).fetch(f"{server.address}/page.htm")


def test_parts_that_yt_dlp_could_not_read_do_not_count() -> None:
    part = {"id": "1", "formats": [{"url": "http://127.0.0.1/1.mp4"}]}
    with pytest.raises(DownloadFailed, match="it holds 1 recording without a separate address"):
        _check_one_recording({"_type": "multi_video", "entries": [None, part]}, "http://127.0.0.1/parts")
    entries = [None, {"_type": "url", "url": "http://127.0.0.1/1.mp4"}]
    with pytest.raises(ListFound, match="is a list of 1 video") as found:
        _check_one_recording({"_type": "playlist", "entries": entries}, "http://127.0.0.1/list")
    assert found.value.addresses() == ["http://127.0.0.1/1.mp4"]


def test_pages_that_lead_to_each_other_are_given_up(server: Server, tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        page = f'<html><head><meta http-equiv="refresh" content="0;url=/{other}.htm"></head></html>'
        (server.folder / f"{name}.htm").write_text(page)
        server.faults[f"/{name}.htm"] = "html"
    with pytest.raises(UnusableVideo, match="leads from one address to another without end"):
        addresses(tmp_path).fetch(f"{server.address}/a.htm")
    assert 5 < len(server.requests) < 30


def test_a_live_stream_is_refused_at_once(server: Server, tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(UnusableVideo) as refused:
        addresses(tmp_path).fetch(f"{server.address}/live.m3u8")
    assert time.monotonic() - start < 5
    assert refused.value.status == "live"
    assert "is a live stream (start again when it has ended)" in refused.value.reason
    assert {request for request in server.requests if request.endswith(".ts")} == set()


def test_a_name_that_a_template_would_read_otherwise_is_a_name(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "100%(id)s {found}"
    folder.mkdir()
    fetched = addresses(folder).fetch(f"{server.address}/1.mp4")
    assert fetched.parent == folder / "downloads"
    assert fetched.read_bytes() == (server.folder / "1.mp4").read_bytes()

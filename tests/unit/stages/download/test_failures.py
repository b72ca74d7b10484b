"""Interpretation of messages as YouTube and yt-dlp write them."""

import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest
import yt_dlp
from made_server import serving
from made_videos import run_ffmpeg, write_video
from places import ROOT
from yt_dlp.utils import DownloadError, ExtractorError, YoutubeDLError

from signwild.configuration.sections.dataset import YouTube
from signwild.stages.dataset.authors_files import VIDEO_LIST, read_video_list
from signwild.stages.download.failures import FAILURES, PATTERNS
from signwild.stages.download.youtube import DownloadFailed, _options, failure_of

LISTED = Path(os.environ.get("SIGNWILD_CLIPS", ROOT.parent / "shared/data")) / VIDEO_LIST

MESSAGES = {
    "bot_check": [
        "[youtube] 1mPS4ivimI4: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the "
        "authentication.",
        "[youtube] 1mPS4ivimI4: Sign in to confirm you're not a bot. This helps protect our community. Learn more",
        "[youtube] abc: Please sign in. YouTube is requiring a captcha challenge before playback",
        "[youtube] abc: Please sign in. Use --cookies-from-browser or --cookies for the authentication.",
        "[youtube] abc: All player responses are invalid. Your IP is likely being blocked by Youtube",
    ],
    "rate_limit": [
        "[youtube] abc: Unable to download API page: HTTP Error 429: Too Many Requests",
        "[youtube] abc: Video unavailable. This content isn't available, try again later. The current session has been "
        "rate-limited by YouTube for up to an hour. It is recommended to use `-t sleep` to add a delay between video "
        "requests to avoid exceeding the rate limit.",
        "unable to download video data: HTTP Error 429: Too Many Requests",
    ],
    "age": [
        "[youtube] abc: Sign in to confirm your age. This video may be inappropriate for some users. Use --cookies",
        "[youtube] abc: This video is age-restricted and only available on YouTube",
    ],
    "members_only": [
        "[youtube] abc: Join this channel to get access to members-only content like this video, and other perks.",
        "[youtube] abc: This video is available to this channel's members on level: Friends (or any higher level).",
        "[youtube] abc: Video unavailable. This video is only available to Music Premium members",
        "[youtube] abc: This video requires payment to watch.",
    ],
    "private": [
        "[youtube] abc: Private video. Sign in if you've been granted access to this video. Use --cookies",
        "[youtube] abc: This video is private",
        "[youtube] abc: Private video. Please sign in to verify that you may see it.",
    ],
    "geo": [
        "[youtube] abc: The uploader has not made this video available in your country",
        "[youtube] abc: Video unavailable. This video is not available in your country",
        "[youtube] abc: This video contains content from UMG, who has blocked it in your country on copyright grounds",
        "This video is not available from your location due to geo restriction",
    ],
    "copyright": [
        "[youtube] abc: Video unavailable. This video is no longer available due to a copyright claim by A. B.",
        "[youtube] abc: Video unavailable. This video contains content from X, who has blocked it on copyright grounds",
        "[youtube] abc: This video has been removed due to copyright infringement",
    ],
    "terminated": [
        "[youtube] abc: Video unavailable. This video is no longer available because the YouTube account associated "
        "with this video has been terminated.",
        "[youtube] abc: This video is no longer available because the uploader has closed their YouTube account.",
        "[youtube] abc: This video is not available because the channel has been terminated",
    ],
    "not_yet": [
        "[youtube] abc: Premieres in 3 hours",
        "[youtube] abc: Premiere will begin shortly",
        "[youtube] abc: This live event will begin in 5 days.",
        "[youtube] abc: This live event will begin in a few moments.",
        "[youtube] abc: This live event has ended.",
        "[youtube] abc: Video unavailable. We're processing this video. Check back later.",
        "[youtube:tab] @abc: The channel is not currently live",
    ],
    "client": [
        "[youtube] abc: Video unavailable. Playback on other websites has been disabled by the video owner",
        "[youtube] abc: Playback on other websites has been disabled by the video owner.",
        "[youtube] abc: This video contains content from X, who has blocked it from display on this website or app",
        "[youtube] abc: Video unavailable. The following content is not available on this app.. Watch this content on "
        "the latest version of the YouTube app",
    ],
    "removed": [
        "[youtube] abc: Video unavailable. This video is unavailable",
        "[youtube] abc: This video is unavailable",
        "[youtube] abc: This live stream recording is not available.",
        "[youtube] abc: Video unavailable. This video has been removed by the uploader",
        "[youtube] abc: Video unavailable",
        "[youtube] abc: This video isn't available anymore",
        "[youtube] abc: This video has been removed for violating YouTube's policy on spam",
        "[youtube] abc: Video unavailable. This video is not available",
        "[youtube] abc: This video has been removed for violating YouTube's terms. Please sign in to appeal.",
        "[generic] abc: Unable to download webpage: HTTP Error 404: Not Found",
        "[generic] abc: Unable to download webpage: HTTP Error 410: Gone",
    ],
    "no_format": [
        "[youtube] abc: Requested format is not available. Use --list-formats for a list of available formats",
        "[youtube] abc: No video formats found!",
        "[youtube] abc: This video is DRM protected",
    ],
    "network": [
        "unable to download video data: HTTP Error 403: Forbidden",
        "[youtube] abc: Unable to download API page: HTTP Error 500: Internal Server Error",
        "[youtube] abc: Unable to download webpage: HTTP Error 503: Service Unavailable",
        "[download] Got error: 1044 bytes read, 1045 more expected. Giving up after 2 retries",
        "[download] Got error: HTTPSConnectionPool(host='x.googlevideo.com', port=443): Read timed out.. Giving up",
        "[youtube] abc: Unable to download webpage: [Errno -3] Temporary failure in name resolution",
        "[generic] abc: Unable to download webpage: ('Connection aborted.', ConnectionResetError(104, 'Connection "
        "reset by peer'))",
        "[youtube] abc: Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "[youtube] abc: Unable to download webpage: Unable to connect to proxy",
        "Did not get any data blocks",
        "[generic] abc: Unable to download webpage: HTTP Error 302: Found (redirect loop detected)",
        "unable to download video data: HTTP Error 308: Permanent Redirect (redirect loop detected)",
        "[download] Got error: HTTP Error 302: Found. Giving up after 2 retries",
        "fragment 3 not found, unable to continue",
        "Unable to open fragment 2; [Errno 2] No such file or directory: 'video.mp4.part-Frag2'",
        "Failed to update fragments",
        "The downloaded file is empty",
        "unable to download video data: HTTP Error 404: Not Found",
        "[youtube] abc: Unable to download API page: HTTP Error 404: Not Found",
        "[youtube] abc: Unable to download webpage: Unable to connect to proxy: Host does not exist",
        "[youtube] abc: Unable to download webpage: HTTPSConnection(host='www.youtube.com', port=443): Failed to "
        "resolve 'www.youtube.com' ([Errno -2] Name or service not known)",
        "[youtube] abc: Video unavailable. This video is restricted. Please check the Google Workspace administrator "
        "and/or the network administrator restrictions.",
    ],
    "extraction": [
        "[youtube] abc: Failed to extract any player response",
        "[youtube] abc: The page needs to be reloaded.",
        "[youtube] abc: Video unavailable. A sentence that nobody has seen yet",
        "[youtube] abc: Unable to extract yt initial data",
        "[generic] abc: Unsupported URL: http://127.0.0.1/abc.mp4",
        "words that nobody has seen yet",
    ],
}
"""What was seen of each, from 2018 to 2026, with ids of no meaning."""


EVERY_MESSAGE = [(status, message) for status, messages in MESSAGES.items() for message in messages]


def failed(message: str, video_id: str) -> DownloadFailed:
    """Return what becomes of a message about a video, raised as yt-dlp does: with its names apart from what it says."""
    named = re.fullmatch(r"\[(?P<extractor>[\w:]+)\] @?abc: (?P<said>.*)", message)
    if named:
        said = named["said"].replace("abc.mp4", f"{quote(video_id)}.mp4")
        cause = ExtractorError(said, expected=True, video_id=video_id, ie=named["extractor"])
        return failure_of(DownloadError(f"ERROR: {cause}", (type(cause), cause, None)), Path())
    return failure_of(DownloadError(f"ERROR: {message}"), Path())


@pytest.mark.parametrize(("status", "message"), EVERY_MESSAGE)
def test_a_message_has_its_status(status: str, message: str) -> None:
    assert failed(message, "abc").status == status


@pytest.mark.parametrize(
    "name", ["ViO_hIssllc", "my ssl proxy", "private video", "too many requests: 1", "timed-out-1"]
)
def test_the_words_of_an_id_and_of_an_address_say_nothing(name: str) -> None:
    assert [status for status, message in EVERY_MESSAGE if failed(message, name).status != status] == []
    removed = failed("[youtube] abc: This video is unavailable", name)
    assert removed.message == f"[youtube] {name}: This video is unavailable"


@pytest.mark.skipif(not LISTED.exists(), reason=f"no {LISTED}; SIGNWILD_CLIPS names its folder")
def test_no_id_of_the_data_set_changes_the_status_of_a_message() -> None:
    ids = read_video_list(LISTED)
    assert len(ids) == 1122
    wrong = {
        (video_id, message)
        for video_id in ids
        for status, message in EVERY_MESSAGE
        if message.startswith("[") and failed(message, video_id).status != status
    }
    assert wrong == set()


PARTS = {
    "": None,
    "404": "HTTP Error 404",
    "500": "HTTP Error 500",
    "cut": "more expected",
    "reset": "reset by peer",
    "redirect": "redirect loop detected",
}


@pytest.mark.parametrize("fault", PARTS)
def test_a_part_that_is_missing_or_broken_is_for_a_while(fault: str, tmp_path: Path) -> None:
    """yt-dlp downloads a video in parts, of which one has a fault."""
    (tmp_path / "www").mkdir()
    (tmp_path / "videos").mkdir()
    video = write_video(tmp_path / "video.mp4", 90, "30", "-g", "30")
    in_parts = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "0"]
    run_ffmpeg("-i", video, "-c", "copy", *in_parts, tmp_path / "www/list.m3u8")
    settings = YouTube(timeout_s=1, proxy="")
    with serving(tmp_path / "www") as server, yt_dlp.YoutubeDL(_options(settings, tmp_path / "videos")) as downloader:
        server.faults = {"/list.m3u8": "hls", "/list1.ts": fault}
        form = {"format_id": "1", "ext": "mp4", "protocol": "m3u8_native", "url": f"{server.address}/list.m3u8"}
        found = {
            "id": "abc",
            "title": "a",
            "extractor": "youtube",
            "formats": [form | {"height": 32, "vcodec": "avc1"}],
        }
        if PARTS[fault] is None:
            downloader.process_ie_result(found)
            assert [path.name for path in (tmp_path / "videos").iterdir()] == ["video.mp4"]
            return
        with pytest.raises(YoutubeDLError) as caught:
            downloader.process_ie_result(found)
    failure = failure_of(caught.value, tmp_path)
    assert failure.status == "network"
    assert PARTS[fault] in failure.message


def test_every_status_is_held_against_its_words_in_the_order_of_the_classes():
    order = [status for status in FAILURES if status in PATTERNS]
    assert order == list(PATTERNS)
    assert set(FAILURES) - set(PATTERNS) == {"damaged", "live", "list", "extraction"}
    assert set(MESSAGES) == set(PATTERNS) | {"extraction"}


def test_what_stops_the_queue_is_no_loss_and_says_what_helps():
    stops = {status for status, failure in FAILURES.items() if failure.kind == "stop"}
    assert stops == {"bot_check", "rate_limit"}
    assert [status for status in stops if not FAILURES[status].remedy] == []


def test_a_bot_check_is_never_a_video_that_is_gone():
    said = "Video unavailable. This video is private. Sign in to confirm you’re not a bot"
    assert failed(f"[youtube] abc: {said}", "abc").status == "bot_check"

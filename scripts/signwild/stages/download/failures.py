"""Classes of download failures, and the class that a message of yt-dlp belongs to."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["lost", "temporary", "stop"]
"""Lost: retrying is useless. Temporary: it may be available another day. Stop: no further requests may be made now."""


@dataclass(frozen=True)
class Failure:
    """A class of failures: its kind, its title in tables, and how to fix it."""

    kind: Kind
    title: str
    remedy: str = ""


FAILURES = {
    "bot_check": Failure(
        "stop",
        "YouTube wants proof that you are not a bot",
        "wait some hours, or give dataset.youtube.cookies, proxy or po_token_provider (docs/dataset.md)",
    ),
    "rate_limit": Failure("stop", "too many requests", "wait; a longer dataset.youtube.shortest_pause_s helps"),
    "age": Failure("lost", "restricted by age", "dataset.youtube.cookies of an account that may see it"),
    "members_only": Failure("lost", "for members only"),
    "private": Failure("lost", "private"),
    "geo": Failure("lost", "not shown in this country", "dataset.youtube.proxy in another country"),
    "copyright": Failure("lost", "blocked by a claim of copyright"),
    "terminated": Failure("lost", "account closed"),
    "not_yet": Failure("temporary", "not shown yet", "start again when it has been shown"),
    "client": Failure("temporary", "shown in YouTube's own players only", "make upgrade-yt-dlp"),
    "network": Failure("temporary", "network", "check the connection"),
    "removed": Failure("lost", "removed"),
    "no_format": Failure("temporary", "no suitable format", "make upgrade-yt-dlp, or another dataset.youtube.format"),
    "damaged": Failure("temporary", "the received file cannot be read"),
    "live": Failure("temporary", "a live stream", "start again when it has ended"),
    "list": Failure("lost", "a list of videos", "give the addresses of its videos"),
    "extraction": Failure("temporary", "not understood by yt-dlp", "make upgrade-yt-dlp"),
}
"""Classes by status, in the order in which a message is matched against them."""

PATTERNS = {
    "bot_check": r"not a bot|captcha challenge|confirm you.re not a robot|unusual traffic|^please sign in\b"
    r"|IP is likely being blocked",
    "rate_limit": r"HTTP Error 429|too many requests|rate-limited by YouTube|content isn.t available, try again later",
    "age": r"confirm your age|age[- ]restricted|inappropriate for some users",
    "members_only": r"members[- ]only|available to this channel's members|join this channel|requires payment|premium",
    "private": r"private video|video is private|login required|only available for registered users",
    "geo": r"in your country|geo[- ]restrict|from your location|in your region",
    "copyright": r"copyright|blocked it on",
    "terminated": r"account .*terminated|closed .*account|account .*closed|channel .*(?:terminated|does not exist)",
    "not_yet": r"premieres? (?:in|will)|(?:live event|stream|video) will begin|processing this video|not currently live"
    r"|(?:live )?event has ended|not (?:yet )?started|has not begun|not yet (?:available|live)",
    "client": r"playback on other websites|on this (?:website|app\b)|latest version of .*YouTube|not supported on this",
    "network": r"HTTP Error (?:3\d\d|40[348]|410|5\d\d)|timed out|time-?out|connection|reset by peer|name resolution"
    r"|resolve (?:host|')|name or service|more expected|incomplete ?read|\bssl|certificate|proxy|unreachable|refused"
    r"|unable to connect|did not get any data|transport|remote end|network"
    r"|fragment \d+ not found|unable to open fragment|update fragments|downloaded file is empty",
    "removed": r"removed|video unavailable\.?$|is unavailable|no longer available|(?:video|recording) is not available"
    r"|does not exist|deleted|isn.t available",
    "no_format": r"requested format is not available|no video formats|DRM protected|only images are available",
}
"""Patterns that distinguish YouTube's and yt-dlp's messages of 2018 to 2026, regardless of case.

"Video unavailable" alone is a loss; before another sentence it is only the title of that.
"""

ADDRESS = re.compile(r"\b\w+://\S+|\burl: /\S+")
"""Addresses in a message: the name in one, such as a YouTube id, may contain words of the patterns."""

GONE = re.compile(r"HTTP Error 4(?:04|10)")


def classify(said: str, from_file_server: bool = False) -> str:
    """Return the status for what a failed download said; ``extraction`` if no pattern matches.

    ``said``: the message without the names of video and extractor. ``from_file_server``: whether the address was that
    of a file: a server answers 404 for a file that it does not have, YouTube for a stream that has expired. The first
    matching class counts, so that a bot check is never taken for a removed video.
    """
    text = ADDRESS.sub("", said.replace("’", "'")).strip()
    if from_file_server and GONE.search(text):
        return "removed"
    return next((status for status, words in PATTERNS.items() if re.search(words, text, re.IGNORECASE)), "extraction")

"""Classes of download failures, and the class that a message of yt-dlp belongs to."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["lost", "temporary", "stop"]
"""Lost: retrying is useless. Passing: it may be available another day. Stop: no further requests may be made now."""


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
    "network": Failure("temporary", "network", "check the connection"),
    "removed": Failure("lost", "removed"),
    "no_format": Failure("temporary", "no suitable format", "make upgrade-yt-dlp, or another dataset.youtube.format"),
    "damaged": Failure("temporary", "the received file cannot be read"),
    "extraction": Failure("temporary", "not understood by yt-dlp", "make upgrade-yt-dlp"),
}
"""Classes by status, in the order in which a message is matched against them."""

PATTERNS = {
    "bot_check": r"not a bot|captcha challenge|confirm you.re not a robot|unusual traffic",
    "rate_limit": r"HTTP Error 429|too many requests|rate-limited by YouTube|content isn.t available, try again later",
    "age": r"confirm your age|age[- ]restricted|inappropriate for some users",
    "members_only": r"members[- ]only|available to this channel's members|join this channel|requires payment|premium",
    "private": r"private video|video is private|login required|only available for registered users",
    "geo": r"in your country|geo[- ]restrict|from your location|in your region",
    "copyright": r"copyright|blocked it on",
    "terminated": r"account .*terminated|closed .*account|account .*closed|channel .*(?:terminated|does not exist)",
    "network": r"HTTP Error (?:403|408|5\d\d)|^(?!.*\[generic\]).*HTTP Error 4(?:04|10)|timed out|time-?out"
    r"|connection|reset by peer|name resolution|resolve|name or service|more expected|incomplete ?read|ssl|certificate"
    r"|proxy|unreachable|refused|unable to connect|did not get any data|transport|remote end",
    "removed": r"removed|video unavailable|no longer available|video is not available|does not exist|deleted"
    r"|HTTP Error 404|HTTP Error 410|isn.t available",
    "no_format": r"requested format is not available|no video formats|DRM protected|only images are available",
}
"""Patterns that distinguish YouTube's and yt-dlp's messages of 2018 to 2026, regardless of case.

YouTube answers 404 for a stream that has expired, a mirror for a video that it does not have.
"""


def classify(message: str) -> str:
    """Return the status for the message of a failed download; ``extraction`` if no pattern matches.

    The first matching class counts, so that a bot check is never taken for a removed video.
    """
    text = message.replace("’", "'")
    return next((status for status, words in PATTERNS.items() if re.search(words, text, re.IGNORECASE)), "extraction")

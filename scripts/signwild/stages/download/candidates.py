"""Candidates for the data set: results of a search, as a table for a person to vet, and no more than that."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.dataset.authors_files import VIDEO_LIST, read_video_list
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.queue import rest, resting
from signwild.stages.download.status import DownloadFolder

COLUMNS = ["video_id", "title", "channel", "seconds", "address", "in_data_set", "label", "note"]
"""Columns of the table. The person who vets fills in the last two: signing, speaking, other or nothing, and why."""

SEARCH = "ytsearch{count}:{query}"
"""yt-dlp's name for YouTube's search."""


def search_candidates(
    query: str,
    count: int,
    search: str,
    youtube: YouTube,
    folder: Path,
    output: Path,
    say: Callable[[str], None] = print,
) -> int:
    """Write the candidates that a search finds for ``query``, ``count`` at most; return how many are new.

    ``search``: yt-dlp's name for the search, with {count} and {query}. ``folder``: the data set's folder. Entries
    made by hand in ``output`` stay, as do rows that the search no longer finds. Raises InputError if no requests may
    be made now.
    """
    # Imported late: yt-dlp takes a second to start.
    from signwild.stages.download.youtube import DownloadFailed, check_settings, search_videos

    downloads = DownloadFolder(folder)
    if note := downloads.paused():
        raise resting(note)
    check_settings(youtube)
    with downloads.one_at_a_time(say):
        downloads.wait_for_turn(youtube.shortest_pause_s)
        try:
            found = search_videos(query, count, search, youtube)
        except DownloadFailed as failed:
            if FAILURES[failed.status].kind == "stop":
                raise rest(downloads, failed.status, failed.message, failed.retry_after_s) from failed
            raise InputError(f'the search for "{query}" failed ({failed.status}): {failed.message}') from failed
        finally:
            downloads.note_request()
    video_list = folder / VIDEO_LIST
    known = set(read_video_list(video_list)) if video_list.exists() else set()
    before = read_table(output) if output.exists() else pd.DataFrame(columns=COLUMNS)
    rows = pd.DataFrame([_described(entry, known) for entry in found], columns=COLUMNS, dtype=object)
    new = rows[~rows["video_id"].isin(before["video_id"])]
    write_table(output, pd.concat([before, new]).fillna(""))
    return int((new["in_data_set"] == "no").sum())


def _described(entry: dict, known: set[str]) -> dict[str, str]:
    """Return the row of a search result, without the columns that a person fills in."""
    video_id = str(entry.get("id", ""))
    return {
        "video_id": video_id,
        "title": _one_line(entry.get("title")),
        "channel": _one_line(entry.get("channel") or entry.get("uploader")),
        "seconds": "" if entry.get("duration") is None else str(round(entry["duration"])),
        "address": _one_line(entry.get("url")),
        "in_data_set": "yes" if video_id in known else "no",
    }


def file_name(query: str) -> str:
    """Return a name for a query's table: its words, joined by dashes."""
    return "-".join(re.findall(r"\w+", query.lower())) or "candidates"


def _one_line(text: object) -> str:
    return " ".join(str(text or "").split())

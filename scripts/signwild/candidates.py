"""Candidates for the data set: what a search finds, as a table for a person to vet, and no more than that."""

import re
from pathlib import Path

import pandas as pd

from signwild.errors import InputError
from signwild.files import write_table
from signwild.parameters.dataset import YouTube
from signwild.wild import read_video_list

COLUMNS = ["video_id", "title", "channel", "seconds", "address", "in_data_set", "label", "note"]
"""The last two are for whoever vets: signing, speaking, other or nothing, and why."""

SEARCH = "ytsearch{count}:{query}"
"""yt-dlp's name of YouTube's search."""


def search_candidates(query: str, count: int, search: str, youtube: YouTube, video_list: Path, output: Path) -> int:
    """Write the candidates that a search finds for ``query``, ``count`` at most; return how many are new.

    ``search``: as yt-dlp names it, with {count} and {query}. ``video_list``: the data set's own, where it is there.
    """
    # Imported late: yt-dlp takes a second to start.
    from signwild.youtube import DownloadFailed, search_videos

    try:
        found = search_videos(query, count, search, youtube)
    except DownloadFailed as failed:
        raise InputError(f'the search for "{query}" failed ({failed.status}): {failed.message}') from failed
    known = set(read_video_list(video_list)) if video_list.exists() else set()
    rows = []
    for entry in found:
        video_id = str(entry.get("id", ""))
        rows.append(
            {
                "video_id": video_id,
                "title": _one_line(entry.get("title")),
                "channel": _one_line(entry.get("channel") or entry.get("uploader")),
                "seconds": "" if entry.get("duration") is None else str(round(entry["duration"])),
                "address": _one_line(entry.get("url")),
                "in_data_set": "yes" if video_id in known else "no",
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object).fillna("")
    write_table(output, table)
    return int((table["in_data_set"] == "no").sum())


def file_name(query: str) -> str:
    """A name for a query's table: its words, joined by dashes."""
    return "-".join(re.findall(r"\w+", query.lower())) or "candidates"


def _one_line(text: object) -> str:
    return " ".join(str(text or "").split())

"""Available and lost videos of a data set, with the reasons, as numbers, table and picture."""

import pandas as pd
import pytest
from made_server import serving
from places import ROOT

from show_attrition import show_attrition
from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.configuration.sections.dataset import YouTube
from signwild.stages.download.candidates import file_name, search_candidates
from signwild.stages.download.list_videos import list_videos
from signwild.stages.download.status import DownloadFolder, VideoStatus
from signwild.stages.statistics.describe_attrition import count_videos, describe_attrition, statuses_now

STATUSES = {
    "a": "ok",
    "b": "ok",
    "c": "removed",
    "d": "private",
    "e": "rate_limit",
    "f": "untried",
    "g": "misaligned",
    "h": "excluded",
    "i": "seen_never",
}
LABELS = [("a", "signing"), ("a", "other"), ("b", "speaking"), ("c", "signing"), ("e", "other"), ("g", "signing")]


@pytest.fixture
def table() -> pd.DataFrame:
    statuses = pd.DataFrame(STATUSES.items(), columns=["video_id", "status"])
    return count_videos(statuses, pd.DataFrame(LABELS, columns=["video_id", "label"]))


def test_videos_are_counted_by_group_and_class(table):
    assert table["group"].to_list() == [
        "available",
        "lost",
        "lost",
        "not yet",
        "not yet",
        *["unusable"] * 2,
        "left out",
        "all",
    ]
    rows = table.set_index("status")
    assert rows.loc["ok", ["signing", "speaking", "other", "videos"]].to_list() == [1, 1, 1, 2]
    assert rows.loc["removed", "signing"] == 1
    assert rows.loc["seen_never", "title"] == "seen_never"
    assert table.iloc[-1][["signing", "speaking", "other", "videos"]].to_list() == [3, 1, 2, 9]


@pytest.mark.parametrize("of_paper", [True, False])
def test_table_and_picture_are_written(tmp_path, of_paper):
    manifest = pd.DataFrame({"video_id": ["a", "b"], "status": ["ok", "removed"], "reason": ["", "gone"]})
    write_table(tmp_path / "0.tsv", manifest)
    write_table(tmp_path / "0.labels.tsv", pd.DataFrame({"video_id": ["a"], "label": ["signing"]}))
    write_table(tmp_path / "left_out.tsv", pd.DataFrame({"video_id": ["c"], "status": ["excluded"], "reason": ["why"]}))
    files = ([tmp_path / "0.tsv"], [tmp_path / "0.labels.tsv"], tmp_path / "left_out.tsv")
    describe_attrition(*files, of_paper, tmp_path / "attrition", tmp_path / "attrition.png")
    text = (tmp_path / "attrition.md").read_text()
    assert [row.split("|")[1].strip() for row in text.splitlines() if row.startswith("|")][2:] == [
        "available: can be used",
        "lost: removed",
        "left out: excluded",
        "all",
    ]
    assert ("1 videos of the paper's 1,120 (0.1%)" in (tmp_path / "attrition.md").read_text()) == of_paper
    assert "\\begin{table}" in (tmp_path / "attrition.tex").read_text()
    assert pd.read_csv(tmp_path / "attrition.csv")["videos"].to_list() == [1, 1, 1, 3]
    assert (tmp_path / "attrition.png").read_bytes().startswith(b"\x89PNG")


def test_the_table_can_be_had_in_the_middle_of_a_download(tmp_path):
    rows = {"video_id": ["had", "local", "lost", "waiting"], "sha256": ["", "ab", "", ""]}
    write_table(tmp_path / "dataset/0.tsv", pd.DataFrame(rows))
    write_table(tmp_path / "dataset/left_out.tsv", pd.DataFrame({"video_id": ["x"], "status": ["excluded"]}))
    downloads = DownloadFolder(tmp_path / "data")
    for video_id, status in (("had", "ok"), ("lost", "removed")):
        downloads.write(VideoStatus(video_id, status, "", 1, ""))

    def found() -> dict[str, str]:
        return statuses_now(tmp_path, ["0"], downloads).set_index("video_id")["status"].to_dict()

    assert found() == {"had": "ok", "local": "ok", "lost": "removed", "waiting": "untried", "x": "excluded"}
    write_table(tmp_path / "resample/0.tsv", pd.DataFrame({"video_id": ["had"], "status": ["misaligned"]}))
    assert found()["had"] == "misaligned"


def test_a_manifest_lists_what_is_had_and_says_what_differs_from_a_published_one(tmp_path, capsys):
    rows = {"video_id": ["b", "a", "gone"], "status": ["ok", "ok", "removed"], "sha256": ["bb", "aa", ""], "bytes": "1"}
    write_table(tmp_path / "0.tsv", pd.DataFrame(rows))
    published = tmp_path / "published.tsv"
    write_table(published, pd.DataFrame({"video_id": ["a", "b", "c"], "sha256": ["aa", "b0", "cc"]}))
    list_videos([tmp_path / "0.tsv"], published, tmp_path / "results", tmp_path / "manifest.tsv")
    assert read_table(tmp_path / "manifest.tsv").to_dict("list") == {
        "video_id": ["a", "b"],
        "sha256": ["aa", "bb"],
        "bytes": ["1", "1"],
    }
    assert "2 of the 3 videos" in (said := capsys.readouterr().out)
    assert "1 of them with other bytes: b" in said


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>found</title>
<item><title>A talk	in two
lines</title><link>http://127.0.0.1/a.mp4</link></item>
<item><title>Another</title><link>http://127.0.0.1/b.mp4</link></item></channel></rss>"""


def test_a_search_ends_in_a_table_for_vetting(tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www/search").write_text(FEED)
    with serving(tmp_path / "www") as server:
        server.faults["/search"] = "feed"
        search = server.address + "/search?q={query}&n={count}"
        output = tmp_path / f"{file_name('Maltese sign language!')}.tsv"
        youtube = YouTube(proxy="", shortest_pause_s=0)
        new = search_candidates("maltese", 5, search, youtube, tmp_path / "data", output)
        assert output.name == "maltese-sign-language.tsv"
        found = read_table(output)
        assert (new, found["title"].to_list()) == (2, ["A talk in two lines", "Another"])
        assert list(found)[-2:] == ["label", "note"]
        assert set(found["label"]) == {""}
        # What somebody wrote into the table stays.
        found.loc[0, ["label", "note"]] = ["signing", "clear"]
        write_table(output, found)
        assert search_candidates("maltese", 5, search, youtube, tmp_path / "data", output) == 0
        assert read_table(output).to_dict() == found.to_dict()
        with pytest.raises(InputError, match='the search for "maltese" failed'):
            search_candidates("maltese", 5, server.address + "/nothing", youtube, tmp_path / "data", output)
        # An answer about us pauses downloads too, and the next search.
        server.faults["/search"] = "429 after 60"
        with pytest.raises(InputError, match="too many requests"):
            search_candidates("maltese", 5, search, youtube, tmp_path / "data", output)
        assert DownloadFolder(tmp_path / "data").paused().status == "rate_limit"
        requests = len(server.requests)
        with pytest.raises(InputError, match="downloads are paused until"):
            search_candidates("maltese", 5, search, youtube, tmp_path / "data", output)
        assert len(server.requests) == requests


@pytest.mark.parametrize(("name", "command"), [("paper", "make reproduce"), ("original", "make run CONFIG=")])
def test_a_run_that_has_listed_no_videos_is_told_what_to_start(tmp_path, monkeypatch, name, command):
    monkeypatch.chdir(tmp_path)
    configfile = ROOT / f"config/{name}.yaml"
    with pytest.raises(InputError, match=f"results/{name}: this run has not listed its videos yet.*`{command}"):
        show_attrition(configfile)

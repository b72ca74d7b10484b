"""Label files as users write them, right and wrong."""

import math
from pathlib import Path

import pytest

from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import Overlap
from signwild.stages.dataset.labels import Labels
from signwild.stages.dataset.labels import read_labels as read_labels_with

AWKWARD = ["-abc", "a b", "ħobż", "NA", "007", "Ab", "aB", 'q"q', "a,b"]


def labels_file(folder: Path, text: str | bytes, name: str = "labels.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read_labels(path: Path, overlap: Overlap = "refuse") -> Labels:
    return read_labels_with(path, overlap)


def rows(table) -> list[tuple]:
    return list(table.itertuples(index=False, name=None))


def spans_of(read: Labels) -> list[tuple]:
    return rows(read.spans.drop(columns="place"))


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_labels(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


def test_whole_videos(tmp_path):
    path = labels_file(tmp_path, "video_id,file,label,source,person\nb,b.mp4,other,,\na,in/a.mp4,signing,s,p1\n")
    read = read_labels(path)
    assert rows(read.videos) == [
        ("a", "in/a.mp4", "p1", "s", f"{path}:3", 0, 0),
        ("b", "b.mp4", "", "", f"{path}:2", 0, 0),
    ]
    assert spans_of(read) == [("a", "seconds", "0.0", "", "signing"), ("b", "seconds", "0.0", "", "other")]


def test_spans_are_sorted_by_time_and_may_touch(tmp_path):
    text = "video_id,file,start,end,label\na,a.mp4,10,12.5,other\na,a.mp4,2.5,10,signing\nb,b.mp4,0,1e1,speaking\n"
    path = labels_file(tmp_path, text)
    read = read_labels(path)
    assert rows(read.videos) == [("a", "a.mp4", "", "", f"{path}:2", 0, 0), ("b", "b.mp4", "", "", f"{path}:4", 0, 0)]
    assert spans_of(read) == [
        ("a", "seconds", "2.5", "10.0", "signing"),
        ("a", "seconds", "10.0", "12.5", "other"),
        ("b", "seconds", "0.0", "10.0", "speaking"),
    ]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_byte_order_mark_and_line_ends_do_not_matter(tmp_path, bom, newline):
    table = newline.join(["video_id,file,label", "ħobż,ħobż.mp4,other", "", "b,b.mp4,signing"]).encode()
    path = labels_file(tmp_path, bom + table)
    read = read_labels(path)
    assert rows(read.videos)[0] == ("b", "b.mp4", "", "", f"{path}:4", 0, 0)
    assert rows(read.videos)[1] == ("ħobż", "ħobż.mp4", "", "", f"{path}:2", 0, 0)
    assert list(read.spans["label"]) == ["signing", "other"]
    frames = newline.join(["ħobż 0 S", "ħobż 6 S", ""]).encode()
    read = read_labels(labels_file(tmp_path, bom + frames, "groundtruth.txt"))
    assert spans_of(read) == [("ħobż", "frame", "0", "6", "signing")]


def test_what_spreadsheets_add_and_leave_out_is_passed_over(tmp_path):
    text = (
        "video_id,file,,label,person,source,,\na,a.mp4,,signing,p,s,,\n,,,,,,,\nb,b.mp4,,other\n , ,,\n"
        "c,c.mp4,,other,,\nd,d.mp4,,other,q,,,,,,\n"
    )
    read = read_labels(labels_file(tmp_path, text))
    assert read.videos[["video_id", "person", "source"]].to_numpy().tolist() == [
        ["a", "p", "s"], ["b", "", ""], ["c", "", ""], ["d", "q", ""],
    ]  # fmt: skip
    assert read.videos["place"].str.rpartition(":")[2].tolist() == ["2", "4", "6", "7"]


def test_overlapping_rows_are_refused_all_at_once_or_cut(tmp_path):
    text = (
        "video_id,file,start,end,label\na,a.mp4,9,12,other\nb,b.mp4,0,9,other\na,a.mp4,1,9.5,signing\n"
        "b,b.mp4,5,6,speaking\nb,b.mp4,5.5,7,speaking\n"
    )
    path = labels_file(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_labels(path)
    head, *lines = str(caught.value).split("\n")
    assert head.startswith(f"{path}: 2 overlaps of two classes")
    assert lines == [
        f'  {path}:2: other 9-12 s of video "a" overlaps signing 1-9.5 s ({path}:4)',
        f'  {path}:5: speaking 5-7 s of video "b" overlaps other 0-9 s ({path}:3)',
    ]
    assert spans_of(read_labels(path, "signing_first")) == [
        ("a", "seconds", "1.0", "9.5", "signing"),
        ("a", "seconds", "9.5", "12.0", "other"),
        ("b", "seconds", "0.0", "5.0", "other"),
        ("b", "seconds", "5.0", "7.0", "speaking"),
        ("b", "seconds", "7.0", "9.0", "other"),
    ]
    assert spans_of(read_labels(path, "unlabelled"))[2:] == [
        ("b", "seconds", "0.0", "5.0", "other"),
        ("b", "seconds", "7.0", "9.0", "other"),
    ]


def test_suffix_in_capitals_is_a_table_too(tmp_path):
    assert len(read_labels(labels_file(tmp_path, "video_id,file,label\na,a.mp4,other\n", "L.CSV")).spans) == 1


def test_awkward_ids_stay_as_they_are(tmp_path):
    quoted = ['"' + video_id.replace('"', '""') + '"' for video_id in AWKWARD]
    table = "video_id,file,label\n" + "".join(f"{text},{n}.mp4,other\n" for n, text in enumerate(quoted))
    assert list(read_labels(labels_file(tmp_path, table)).videos["video_id"]) == sorted(AWKWARD)
    frames = "".join(f"{video_id} 0 n\n" for video_id in AWKWARD)
    assert list(read_labels(labels_file(tmp_path, frames, "groundtruth.txt")).videos["video_id"]) == sorted(AWKWARD)


def test_authors_rows_become_spans(tmp_path):
    text = "a b 0 S\na b 6 S\na b 12 ?\na b 18 S\n-x 0 P\n-x 5 n\n-x 20 n\nq 0 ?\na b 24 n \n\n"
    path = labels_file(tmp_path, text, "groundtruth.txt")
    read = read_labels(path)
    assert rows(read.videos) == [
        ("-x", "", "", "", f"{path}:5", 5, 20),
        ("a b", "", "", "", f"{path}:1", 6, 24),
        ("q", "", "", "", f"{path}:8", 0, 0),
    ]
    assert spans_of(read) == [
        ("-x", "frame", "0", "0", "speaking"),
        ("-x", "frame", "5", "20", "other"),
        ("a b", "frame", "0", "6", "signing"),
        ("a b", "frame", "18", "18", "signing"),
        ("a b", "frame", "24", "24", "other"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("video_id,file,label\na,a.mp4,signing\nb,b.mp4,Signing\n", 3, ['unknown class "Signing"', 'mean "signing"']),
        ("video_id,file,label\na,a.mp4,speeking\n", 2, ['mean "speaking"', "signing, speaking, other"]),
        ("video_id,file,start,end,label\na,a.mp4,5,5,other\n", 2, ["end 5 is not after start 5"]),
        ("video_id,file,start,end,label\na,a.mp4,-1,5,other\n", 2, ["start -1 is negative"]),
        ("video_id,file,start,end,label\na,a.mp4,0,five,other\n", 2, ['end "five" is not a number', "seconds"]),
        ("video_id,file,start,end,label\na,a.mp4,nan,5,other\n", 2, ['start "nan" is not a number']),
        ("video_id,file,start,end,label\na,a.mp4,0,inf,other\n", 2, ['end "inf" is not a number']),
        ("video_id,file,start,end,label\na,a.mp4,0,,other\n", 2, ["end is empty"]),
        ("video_id,file,label\na,a.mp4,other\nb,b.mp4,other\na,a.mp4,other\n", 4, ['id "a" is on line 2 already']),
        (
            "video_id,file,start,end,label\na,a.mp4,0,1,other\na,b.mp4,1,2,other\n",
            3,
            ['video "a" has file "b.mp4", but "a.mp4" on line 2'],
        ),
        (
            "video_id,file,start,end,label,person\na,a.mp4,0,1,other,p\na,a.mp4,1,2,other,\n",
            3,
            ['video "a" has person "", but "p" on line 2'],
        ),
        (
            "video_id,file,start,end,label,source\na,a.mp4,0,1,other,s\na,a.mp4,1,2,other,t\n",
            3,
            ['video "a" has source "t", but "s" on line 2', "one person and one source"],
        ),
        ("video_id,file\na,a.mp4\n", 1, ['column "label" is missing']),
        ("video_id,file,start,label\na,a.mp4,0,other\n", 1, ['column "end" is missing']),
        ("video_id;file;label\na;a.mp4;other\n", 1, ["separated by semicolons, but commas are", "again as CSV with"]),
        (b'\xef\xbb\xbf;;;\r\n"video_id";"file";"start";"end";"label";;\r\n', 2, ["separated by semicolons"]),
        ("person;file\n", 1, ["separated by semicolons"]),
        ("video_id\tfile\tstart\tend\tlabel\na\ta.mp4\t0\t1,5\tother\n", 1, ["separated by tabs"]),
        ("film;label\n", 1, ['unknown column "film;label"', "with commas"]),
        ("video_id,file,label,persons\n", 1, ['unknown column "persons"', 'mean "person"']),
        ("video_id,file,label,sources\n", 1, ['unknown column "sources"', 'mean "source"', "person and source"]),
        ("video_id,file,label,source\na,a.mp4,other, s\n", 2, ['source " s" begins or ends with a space']),
        ("video_id,file,label,label\n", 1, ['column "label" appears twice']),
        ("video_id,file,label\n,a.mp4,other\n", 2, ["video_id is empty"]),
        ("video_id,file,label\na,,other\n", 2, ["file is empty"]),
        ('video_id,file,label\n"a\tb",a.mp4,other\n', 2, ["control character"]),
        ('video_id,file,label\n"a\nb",a.mp4,other\n', 3, ["control character"]),
        ("video_id,file,label\na, a.mp4,other\n", 2, ['file " a.mp4" begins or ends with a space']),
        ("video_id,file,label\na,a.mp4\n", 2, ["2 cells where the header has 3"]),
        ("video_id,file,label,,\na,x,y.mp4,other,\n", 2, ['"other" is in column 4', "in quotes"]),
        ("video_id,file,label\na,x,y.mp4,other\n", 2, ["4 cells where the header has 3"]),
        ("video_id,file,label,\na,a.mp4,other,mine\n", 2, ['"mine" is in column 4, which has no name']),
        ('video_id,file,label\na,a.mp4,"other\n', 2, ["correct the quotes"]),
        (b"video_id,file,label\na,a.mp4,other\n\xffb,b.mp4,other\n", 3, ["not UTF-8"]),
    ],
)
def test_bad_tables_are_refused(tmp_path, text, line, words):
    message = refused(labels_file(tmp_path, text))
    assert message.startswith(f":{line}: ")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a 0 S\na 6\n", 2, ["2 fields instead of 3", "video_id frame label"]),
        ("a 0 S\na six S\n", 2, ['frame "six" is not a whole number']),
        ("a 0 S\na -6 S\n", 2, ['frame "-6" is not a whole number']),
        ("a 0 S\na 6 s\n", 2, ['unknown class "s" (did you mean "S"?)']),
        ("a 0 S\na 6 x\n", 2, ['unknown class "x";']),
        ("a 0 S\na 6 S\na 6 S\n", 3, ['frame 6 of video "a" is listed twice']),
        ("a 6 S\nb 0 n\na 0 ?\n", 3, ['frame 0 of video "a" comes after frame 6']),
        (" 6 S\n", 1, ["the video id is empty"]),
        ("a  6 S\n", 1, ['video id "a " begins or ends with a space']),
        ("a\tb 6 S\n", 1, ["control character"]),
        ("a\t6\tS\n", 1, ["1 fields instead of 3", "one space between"]),
        (b"a 0 S\nb\xe9 6 S\n", 2, ["not UTF-8"]),
    ],
)
def test_bad_authors_rows_are_refused(tmp_path, text, line, words):
    message = refused(labels_file(tmp_path, text, "groundtruth.txt"))
    assert message.startswith(f":{line}: ")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("name", ["labels.csv", "groundtruth.txt"])
def test_missing_empty_and_bare_files_are_refused(tmp_path, name):
    assert "no such file" in refused(tmp_path / name)
    assert "is empty" in refused(labels_file(tmp_path, "", name))
    assert "contains no labels" in refused(labels_file(tmp_path, "\n", name))
    assert "contains no labels" in refused(labels_file(tmp_path, "video_id,file,label\n", "header.csv"))
    assert "contains no labels" in refused(labels_file(tmp_path, "a 0 ?\na 6 ?\n", "unlabelled.txt"))


def test_seconds_survive_the_round_trip(tmp_path):
    text = f"video_id,file,start,end,label\na,a.mp4,{1 / 3!r},{math.pi!r},other\n"
    span = read_labels(labels_file(tmp_path, text)).spans.iloc[0]
    assert (float(span["start"]), float(span["end"])) == (1 / 3, math.pi)

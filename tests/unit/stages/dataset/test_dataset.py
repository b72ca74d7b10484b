"""The tables of videos and labels, from real folders and files."""

import hashlib
import json
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from places import rule_program

from signwild.base.errors import InputError
from signwild.base.files import read_table, read_tables
from signwild.configuration.sections.dataset import Overlap, Tiers
from signwild.stages.dataset.prepare_dataset import prepare_folder, shard_names, shard_of

PROGRAM = rule_program("dataset.prepare_dataset")
AWKWARD = ["-abc", "a b", "ħobż", "NA", "007", "Ab", "aB"]
LETTERS = {"signing": "S", "speaking": "P", "other": "n"}


class Project:
    """A folder of videos with labels, and the tables made from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.videos = folder / "videos"
        self.videos.mkdir()
        self.labels = folder / "labels.csv"
        self.output = folder / "dataset"
        self.cache = folder / "hashes.tsv"
        self.ends = folder / "ends.tsv"

    def video(self, name: str, content: bytes | None = None) -> Path:
        """Write a video file; its content defaults to its name."""
        path = self.videos / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode() if content is None else content)
        return path

    def label(self, *rows: str, header: str = "video_id,file,label") -> None:
        """Write the table of labels."""
        self.labels.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")

    def prepare(
        self,
        shards: int = 1,
        folds: int = 1,
        by: str = "person",
        overlap: Overlap = "refuse",
        starts: tuple[Path, ...] = (),
    ) -> None:
        """Write the tables."""
        made = self.output, self.cache, self.ends
        prepare_folder(self.videos, self.labels, Tiers(), overlap, set(), shards, folds, by, *made, starts)

    def refused(self, folds: int = 1, by: str = "person") -> str:
        """Return why no tables were made."""
        with pytest.raises(InputError) as caught:
            self.prepare(folds=folds, by=by)
        assert not self.output.exists()
        return str(caught.value)

    def refused_again(self) -> str:
        """Return why no tables were made after some were."""
        shutil.rmtree(self.output)
        return self.refused()

    def table(self, name: str = "0.tsv") -> pd.DataFrame:
        """Return a table, by video id."""
        return read_table(self.output / name).drop(columns=["label_step", "last_label"]).set_index("video_id")


@pytest.fixture
def project(tmp_path) -> Project:
    """Return a project of three videos, one per class."""
    project = Project(tmp_path)
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        project.video(name)
    project.label("a,a.mp4,signing", "b,b.mp4,speaking", "c,c.mp4,other")
    return project


@pytest.fixture
def authors(tmp_path) -> Project:
    """Return a project in the authors' format: three difficult ids per class, and more."""
    project = Project(tmp_path)
    project.labels = tmp_path / "groundtruth.txt"
    rows = []
    for number, video_id in enumerate(AWKWARD):
        project.video(f"{video_id}.mp4")
        rows += [f"{video_id} {frame} {list(LETTERS.values())[number % 3]}" for frame in (0, 6, 12)]
    project.labels.write_text("\n".join(rows), encoding="utf-8")
    return project


def test_shards_are_fixed_by_the_id():
    assert shard_names(3) == ["0", "1", "2"]
    assert shard_names(1) == ["0"]
    assert shard_names(10)[-1] == "9"
    assert (shard_names(51)[0], shard_names(51)[-1]) == ("00", "50")
    # First eight hexadecimal digits of sha256("abc") = ba7816bf...
    assert shard_of("abc", 51) == f"{0xBA7816BF % 51:02d}"


def test_videos_that_a_detector_has_learned_from_are_refused_by_their_bytes_before_any_is_opened(project, caplog):
    for number in range(12):
        project.video(f"more{number:02}.mp4", b"more %d" % number)
    rows = [f"more{number:02},more{number:02}.mp4,0,9,other" for number in range(12)]
    rows += ["a,a.mp4,0,9,signing", "b,b.mp4,0,9,speaking", "gone,gone.mp4,0,9,other"]
    project.label(*rows, header="video_id,file,start,end,label")
    seen = [hashlib.sha256(b"more %d" % number).hexdigest() for number in range(11)]
    detectors = {"others": ["f" * 64], "seen": seen}
    for name, hashes in detectors.items():
        (project.folder / name).mkdir()
        (project.folder / name / "detector.json").write_text(json.dumps({"training_videos": hashes}))
    others, start = (project.folder / name for name in detectors)
    with pytest.raises(InputError) as caught:
        project.prepare(starts=(others, start))
    head, *names = str(caught.value).split("\n")
    assert head == (
        f"{start}: was trained on 11 of the run's 14 videos, so they cannot show how good it is on others; "
        "leave them out of the labels, or start from another detector:"
    )
    assert names == [*(f"  more{number:02}" for number in range(10)), "  and 1 more"]
    assert ", more09, more10" in caplog.text
    assert not project.ends.exists()
    assert not project.output.exists()
    project.prepare(starts=(others,))
    assert project.ends.exists()


def test_every_shard_has_its_tables(authors):
    authors.prepare(shards=12)
    names = shard_names(12)
    tables = [f"{name}{suffix}" for name in names for suffix in (".tsv", ".labels.tsv")]
    assert sorted(path.name for path in authors.output.iterdir()) == sorted(
        [*tables, "left_out.tsv", "malformed_labels.tsv"]
    )
    for name in names:
        videos, labels = read_table(authors.output / f"{name}.tsv"), read_table(authors.output / f"{name}.labels.tsv")
        assert list(videos) == ["video_id", "file", "person", "source", "sha256", "bytes", "label_step", "last_label"]
        assert list(labels) == ["video_id", "unit", "start", "end", "label"]
        assert {shard_of(video_id, 12) for video_id in videos["video_id"]} <= {name}
        assert list(videos["video_id"]) == sorted(set(labels["video_id"]))
    everything = read_tables([authors.output / f"{name}.tsv" for name in names])
    assert sorted(everything["video_id"]) == sorted(AWKWARD)
    assert 0 in {len(read_table(authors.output / f"{name}.tsv")) for name in names}


def test_rows_hold_file_person_source_hash_and_labels(project):
    content = project.video("in/a.mp4", b"moving pictures").read_bytes()
    project.label(
        "a,in/a.mp4,0,1.5,signing,p,studio", "a,in/a.mp4,2,3,other,p,studio", "b,b.mp4,0,1,speaking,,",
        header="video_id,file,start,end,label,person,source",
    )  # fmt: skip
    project.prepare()
    table = project.table()
    assert table.loc["a"].to_dict() == {
        "file": str(project.videos / "in" / "a.mp4"),
        "person": "p",
        "source": "studio",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": "15",
    }
    assert table.loc["b", ["person", "source"]].tolist() == ["", ""]
    assert read_table(project.output / "0.labels.tsv").to_numpy().tolist() == [
        ["a", "seconds", "0.0", "1.5", "signing"],
        ["a", "seconds", "2.0", "3.0", "other"],
        ["b", "seconds", "0.0", "1.0", "speaking"],
    ]


def test_awkward_ids_find_their_own_files(authors):
    authors.prepare(folds=2)
    table = authors.table()
    assert list(table.index) == sorted(AWKWARD)
    for video_id in AWKWARD:
        assert table.loc[video_id, "sha256"] == hashlib.sha256(f"{video_id}.mp4".encode()).hexdigest()
    labels = read_table(authors.output / "0.labels.tsv")
    assert list(labels["video_id"]) == sorted(AWKWARD)
    assert set(zip(labels["unit"], labels["start"], labels["end"], strict=True)) == {("frame", "0", "12")}


def test_composed_and_decomposed_names_are_the_same(authors):
    old = authors.videos / "ħobż.mp4"
    old.rename(authors.videos / unicodedata.normalize("NFD", old.name))
    authors.prepare(folds=2)
    assert authors.table().loc["ħobż", "bytes"] != ""


def test_composed_and_decomposed_names_of_a_table_are_the_same(project):
    project.video(unicodedata.normalize("NFD", "é/ħö.mp4"))
    project.label("a,é/ħö.mp4,signing", "b,b.mp4,speaking", "c,c.mp4,other")
    project.prepare()
    assert project.table().loc["a", "bytes"] != ""
    project.label(f"a,{project.videos}/é/ħö.mp4,signing", "z,é/ħö.mp4,other", "b,b.mp4,speaking")
    assert 'and "z" name one file' in project.refused_again()


def test_case_of_a_name_matters_and_is_said(authors, caplog):
    (authors.videos / "NA.mp4").rename(authors.videos / "na.mp4")
    authors.prepare(folds=1)
    assert authors.table().loc["NA", "sha256"] == ""
    file = authors.videos / "na.mp4"
    hint = f"NA ({file} differs in capital and small letters; write its name exactly)"
    assert f"videos with labels but no file (1): {hint}" in caplog.text


def test_case_of_a_linked_name_is_said(project, caplog):
    project.video("In/É.mp4")
    project.label("a,in/é.MP4,signing", "b,b.mp4,speaking", "c,c.mp4,other", "d,a.mp4,signing")
    project.prepare()
    assert f"videos with labels but no file (1): a ({project.videos}/In/É.mp4 differs" in caplog.text


def test_authors_files_in_subfolders_are_not_found(authors):
    (authors.videos / "in").mkdir()
    (authors.videos / "NA.mp4").rename(authors.videos / "in" / "NA.mp4")
    authors.prepare()
    assert authors.table().loc["NA"].to_dict() == {
        "file": str(authors.videos / "NA.*"), "person": "", "source": "", "sha256": "", "bytes": "",
    }  # fmt: skip


def test_several_files_of_one_stem_are_refused(authors):
    authors.video("a b.webm")
    message = authors.refused()
    assert f"{authors.labels}:4: several files" in message
    assert "a b.mp4, a b.webm" in message


def test_a_missing_file_is_a_row_and_a_spare_file_is_said(project, caplog):
    project.label(
        "a,a.mp4,signing", "b,b.mp4,speaking", "c,c.mp4,other", "d,gone.mp4,other", f"e,{'e' * 300}.mp4,other"
    )
    project.video("spare.mp4")
    project.prepare()
    assert project.table().loc["d"].to_dict() == {
        "file": str(project.videos / "gone.mp4"), "person": "", "source": "", "sha256": "", "bytes": "",
    }  # fmt: skip
    assert project.table().loc["e", "bytes"] == ""
    assert f"videos with labels but no file (2): d ({project.videos}/gone.mp4), e (" in caplog.text
    assert f"files without labels, ignored (1): {project.videos / 'spare.mp4'}" in caplog.text


def test_a_file_that_cannot_be_read_is_a_row(project, caplog):
    (project.videos / "d.mp4").symlink_to("/proc/self/mem")  # reading it is an input/output error
    project.label("a,a.mp4,signing", "b,b.mp4,speaking", "c,c.mp4,other", "d,d.mp4,other")
    project.prepare()
    assert project.table().loc["d", ["sha256", "bytes"]].tolist() == ["", ""]
    assert "d.mp4: cannot be read" in caplog.text


def test_no_file_at_all_is_refused(project):
    project.label("a,a.MP4,signing", "b,x.mp4,other")
    message = project.refused()
    assert "none of its 2 videos has a readable file" in message
    assert 'a.MP4 (did you mean "a.mp4"?)' in message


def test_a_missing_folder_is_refused(project):
    project.videos = project.folder / "elsewhere"
    assert "elsewhere: no such folder of videos" in project.refused()


def test_absolute_paths_may_lie_elsewhere_but_relative_ones_may_not(project):
    outside = project.folder / "outside.mp4"
    outside.write_bytes(b"x")
    project.label(f"a,{outside},signing", "b,in/../b.mp4,speaking", "c,c.mp4,other")
    project.prepare()
    assert project.table().loc["a", "file"] == str(outside)
    assert project.table().loc["b", "bytes"] == "5"
    for file in ("../outside.mp4", "in/../../outside.mp4"):
        project.label("b,b.mp4,speaking", f"a,{file},signing")
        with pytest.raises(InputError, match=rf'labels.csv:3: file "{file}" is outside of'):
            project.prepare()


@pytest.mark.parametrize("second", ["./a.mp4", "{folder}/a.mp4", "link.mp4"])
def test_two_ids_never_share_a_file(project, second):
    (project.videos / "link.mp4").symlink_to("a.mp4")
    project.label("z,a.mp4,signing", f"b,{second.format(folder=project.videos)},other")
    message = project.refused()
    assert message.startswith(f'{project.labels}:2: videos "b" ({project.labels}:3) and "z" name one file')


def test_every_class_needs_a_group_for_every_fold(project):
    for name in "abcdef":
        project.video(f"{name}.mp4")
    project.video("empty.mp4", b"")
    project.label(
        "a,a.mp4,signing,p",
        "b,b.mp4,speaking,q",
        "c,c.mp4,other,r",
        "d,d.mp4,signing,p2",
        "e,e.mp4,speaking,q",  # the same person again
        "f,f.mp4,other,r2",
        "g,gone.mp4,speaking,s",
        "h,empty.mp4,speaking,t",
        header="video_id,file,label,person",
    )
    message = project.refused(folds=2)
    assert "too few groups of speaking: `segments.folds` is 2" in message
    assert "signing 2, speaking 1, other 2" in message
    first, *notes = message.splitlines()
    assert first.endswith("; a group is a person, or a video where no person is given); add videos of speaking")
    assert f"  videos with labels but no file (1): g ({project.videos}/gone.mp4)" in notes
    assert not project.cache.exists()  # refused before the videos are read
    project.prepare(folds=1)


def test_by_source_every_class_needs_a_source_for_every_fold(project, capsys):
    for name in "abcdefg":
        project.video(f"{name}.mp4")
    rows = [
        *("a,a.mp4,signing,p,one", "b,b.mp4,speaking,q,one", "c,c.mp4,other,r,one"),
        *("d,d.mp4,signing,s,two", "e,e.mp4,speaking,t,two", "f,f.mp4,other,u,three"),
    ]
    header = "video_id,file,label,person,source"
    project.label(*rows, header=header)
    project.prepare(folds=2, by="source")
    assert project.table()["source"].tolist() == ["one"] * 3 + ["two"] * 2 + ["three"]
    assert "folds by source" not in capsys.readouterr().out
    # One person in two sources makes one of them, though by person all is as before.
    project.label(*rows, "g,g.mp4,other,p,two", header=header)
    shutil.rmtree(project.output)
    message = project.refused(folds=2, by="source")
    assert "too few groups of signing and speaking: `segments.folds` is 2" in message
    assert "signing 1, speaking 1, other 2; a group is a source with all videos of its persons" in message
    assert "3 sources are in 2 groups, as some share a person" in capsys.readouterr().out
    project.prepare(folds=2)


def test_folds_by_source_need_sources(project):
    assert "labels.csv: names no source of any video" in project.refused(by="source")
    project.label("a,a.mp4,signing,", "b,b.mp4,speaking,", "c,c.mp4,other,", header="video_id,file,label,source")
    assert "add a column source" in project.refused(by="source")


def test_fewer_folds_are_proposed_where_they_would_do(project):
    for number in range(8):
        project.video(f"{number}.mp4")
    classes = ("signing", "speaking", "other") * 3
    project.label(*(f"{number},{number}.mp4,{classes[number]}" for number in range(8)))
    assert (
        project.refused(folds=3).splitlines()[0].endswith("add videos of other, or set `segments.folds` to at most 2")
    )
    project.prepare(folds=2)


def test_outputs_are_the_same_bytes_every_time(project):
    project.prepare(shards=2)
    first = {path.name: path.read_bytes() for path in project.output.iterdir()}
    project.label("c,c.mp4,other", "b,b.mp4,speaking", "a,a.mp4,signing")
    project.cache.unlink()
    project.prepare(shards=2)
    assert {path.name: path.read_bytes() for path in project.output.iterdir()} == first


def test_program(project):
    excluded = project.folder / "excluded.tsv"
    excluded.write_text("video_id\n")
    command = [
        *PROGRAM, "--videos-dir", project.videos, "--annotations", project.labels, "--shards", "2",
        "--excluded", excluded, "--folds", "1", "--group-by", "person",
        "--hash-cache", project.cache, "--end-cache", project.ends, "--output-dir", project.output,
    ]  # fmt: skip
    subprocess.run(command, check=True)
    assert len(read_tables([project.output / "0.tsv", project.output / "1.tsv"])) == 3
    project.labels.write_text("video_id,file,label\na,a.mp4,sining\n", encoding="utf-8")
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f'error: {project.labels}:2: unknown class "sining" (did you mean "signing"?)')

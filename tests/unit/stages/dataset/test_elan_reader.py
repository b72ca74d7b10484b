"""Labels from .eaf files: as ELAN and pympi write them, and with each fault."""

import subprocess
import unicodedata
from pathlib import Path

import pytest
from made_eaf import MadeEaf, media
from places import rule_program
from pympi.Elan import Eaf

from signwild.base.errors import InputError
from signwild.configuration.messages import validated
from signwild.configuration.sections.dataset import Tiers
from signwild.configuration.settings import Configuration
from signwild.plan.dataset import check_dataset, label_inputs, listing_options
from signwild.stages.dataset.elan_reader import is_elan, read_eaf_labels
from signwild.stages.dataset.find_files import OF_ELAN, find_files
from signwild.stages.dataset.labels import Labels
from signwild.stages.dataset.prepare_dataset import prepare_folder

PROGRAM = rule_program("dataset.prepare_dataset")


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """A folder with a video in it and one below."""
    folder = tmp_path / "videos"
    (folder / "in").mkdir(parents=True)
    for name in ("a.mp4", "in/b c.mp4"):
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """The folder of the .eaf files."""
    return tmp_path / "eaf"


def read(labels: Path, videos: Path, **tiers: list[str]) -> Labels:
    return read_eaf_labels(labels, videos, Tiers(**tiers), "refuse")


def refused(labels: Path, videos: Path, **tiers: list[str]) -> str:
    with pytest.raises(InputError) as caught:
        read(labels, videos, **tiers)
    return str(caught.value)


def spans(found: Labels) -> list[tuple]:
    assert set(found.spans["unit"]) == {"seconds"}
    return list(found.spans.drop(columns=["unit", "place"]).itertuples(index=False, name=None))


def linked(found: Labels) -> dict[str, str]:
    return dict(zip(found.videos["video_id"], found.videos["file"], strict=True))


def test_tiers_become_spans_whatever_is_written_on_them(labels: Path, videos: Path) -> None:
    made = MadeEaf(media("file:///elsewhere/a.mp4", "../videos/a.mp4"))
    made.tier("other", (12345, 20000)).tier("signing", (0, 5001), (7000, 12345)).tier("speaking").tier(
        "Signing", (0, 9)
    )
    path = made.write(labels / "anna.eaf")
    found = read(labels, videos)
    assert found.videos.to_numpy().tolist() == [["anna", "a.mp4", "", "", str(path), 0, 0]]
    assert spans(found) == [
        ("anna", "0.0", "5.001", "signing"),
        ("anna", "7.0", "12.345", "signing"),
        ("anna", "12.345", "20.0", "other"),
    ]


def test_a_file_of_pympi_and_one_file_alone_are_read(tmp_path: Path, videos: Path) -> None:
    eaf = Eaf(author="x")
    eaf.add_linked_file(str(videos / "in/b c.mp4"), mimetype="video/mp4")
    eaf.add_tier("speaking")
    eaf.add_annotation("speaking", 100, 2500, "hello")
    eaf.to_file(tmp_path / "B C.EAF")
    (tmp_path / "broken.eaf").write_text("not read")
    found = read(tmp_path / "B C.EAF", videos)
    assert linked(found) == {"B C": "in/b c.mp4"}
    assert spans(found) == [("B C", "0.1", "2.5", "speaking")]


@pytest.mark.parametrize("version", ["2.7", "3.0", "3.1", "9.9"])
def test_any_version_is_read_without_a_word(
    labels: Path, videos: Path, version: str, capfd: pytest.CaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    MadeEaf().tier("signing", (0, 1)).write(labels / "a.eaf", version=version)
    assert spans(read(labels, videos)) == [("a", "0.0", "0.001", "signing")]
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_other_tiers_may_be_named_several_to_a_class(labels: Path, videos: Path) -> None:
    made = (
        MadeEaf().tier("LH", (0, 2000), (3000, 4000)).tier("RH", (1000, 2500), (4000, 5000)).tier("talk", (6000, 7000))
    )
    made.tier("signing", (0, 9000)).write(labels / "a.eaf")
    found = read(labels, videos, signing=["RH", "LH"], speaking=["talk", "not in this file"], other=[])
    assert spans(found) == [
        ("a", "0.0", "2.5", "signing"),
        ("a", "3.0", "4.0", "signing"),
        ("a", "4.0", "5.0", "signing"),
        ("a", "6.0", "7.0", "speaking"),
    ]


def test_annotations_about_others_have_the_times_of_those(labels: Path, videos: Path) -> None:
    made = MadeEaf().tier("gloss", (0, 1000), (2000, 3500))
    made.referring("signing", "gloss", "a2", "a2").referring("speaking", "signing").write(labels / "a.eaf")
    assert spans(read(labels, videos)) == [("a", "2.0", "3.5", "signing")]
    made.referring("other", "signing", "a3").write(labels / "a.eaf")
    overlap = (
        f'a.eaf, tier "signing": signing 2-3.5 s of video "a" overlaps other 2-3.5 s ({labels}/a.eaf, tier "other")'
    )
    assert overlap in refused(labels, videos)


@pytest.mark.parametrize(
    ("url", "relative", "file"),
    [
        ("file:///elsewhere/x.mp4", "../videos/in/b c.mp4", "in/b c.mp4"),
        ("file:///elsewhere/x.mp4", "../videos/in/b%20c.mp4", "in/b c.mp4"),
        ("file:///elsewhere/x.mp4", "file:/../videos/in/b c.mp4", "in/b c.mp4"),
        ("file://{videos}/in/b c.mp4", "", "in/b c.mp4"),
        ("file:///C:/Users/Anna/a.mp4", "./a.mp4", "a.mp4"),
        (r"C:\Users\Anna\a.mp4", "", "a.mp4"),
        ("file:///elsewhere/b c.mp4", "", "b c.mp4"),
        ("file:///elsewhere/gone.mp4", "../videos/in/gone.mp4", "in/gone.mp4"),
        ("file:///elsewhere/gone.mp4", "../gone.mp4", "gone.mp4"),
    ],
)
def test_linked_files_are_found_below_the_videos(
    labels: Path, videos: Path, url: str, relative: str, file: str
) -> None:
    MadeEaf(media(url.format(videos=videos), relative)).tier("signing", (0, 1)).write(labels / "v.eaf")
    assert linked(read(labels, videos)) == {"v": file}


def test_videos_behind_a_link_are_found_too(tmp_path: Path, videos: Path) -> None:
    path = MadeEaf(media("file:///x", "../videos/in/b c.mp4")).tier("signing", (0, 1)).write(tmp_path / "eaf/v.eaf")
    (tmp_path / "link").symlink_to(videos)
    assert linked(read(path, tmp_path / "link")) == {"v": "in/b c.mp4"}


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_linked_names_are_found_in_either_unicode_form(tmp_path: Path, forms: tuple[str, str]) -> None:
    in_label, on_disk = (unicodedata.normalize(form, "vidéos/é ö/ħá.mp4") for form in forms)
    (tmp_path / on_disk).parent.mkdir(parents=True)
    (tmp_path / on_disk).write_bytes(b"x")
    path = MadeEaf(media("file:///x/gone.mp4", origin="7"), media("file:///x", f"../{in_label}"))
    path = path.tier("signing", (0, 1)).write(tmp_path / "eaf/v.eaf")
    found = read(path, tmp_path / Path(on_disk).parts[0])
    assert spans(found) == [("v", "0.0", "0.001", "signing")]
    files = find_files(tmp_path / Path(on_disk).parts[0], found)
    assert files["v"] == tmp_path / on_disk


def test_of_several_files_the_first_that_is_there_counts_and_its_origin(labels: Path, videos: Path) -> None:
    gone, there = media("file:///x/gone.mp4", origin="7"), media("file:///x/a.mp4", origin="1500")
    sound = media("file:///x/a.wav", kind="audio/x-wav", origin="9")
    (videos / "a.wav").touch()
    MadeEaf(sound, gone, there).tier("signing", (0, 2345)).write(labels / "v.eaf")
    MadeEaf(sound, gone).tier("signing", (0, 1)).write(labels / "w.eaf")
    MadeEaf(sound).tier("signing", (0, 1)).write(labels / "x.eaf")
    MadeEaf().tier("signing", (0, 1)).write(labels / "y.eaf")
    found = read(labels, videos)
    assert linked(found) == {"v": "a.mp4", "w": "gone.mp4", "x": "a.wav", "y": ""}
    assert spans(found)[0] == ("v", "1.5", "3.845", "signing")
    assert spans(found)[1][1] == "0.007"


def test_the_participant_is_the_person_where_there_is_one(labels: Path, videos: Path) -> None:
    MadeEaf().tier("signing", (0, 1), participant="anna").tier("other", participant="ben").write(labels / "a.eaf")
    two = MadeEaf().tier("signing", (0, 1), participant="anna").tier("other", (2, 3), participant="ben")
    two.write(labels / "b.eaf")
    MadeEaf().tier("signing", (0, 1), participant="anna").tier("other", (2, 3)).write(labels / "c.eaf")
    assert list(read(labels, videos).videos["person"]) == ["anna", "", ""]


def test_the_first_folder_below_the_labels_is_the_source(labels: Path, videos: Path) -> None:
    for place in ("a", "studio/b", "studio/2024/c", "2024/d"):
        MadeEaf().tier("signing", (0, 1)).write(labels / f"{place}.eaf")
    found = read(labels, videos).videos.set_index("video_id")["source"]
    assert found.to_dict() == {"a": "", "b": "studio", "c": "studio", "d": "2024"}
    assert list(read(labels / "studio/b.eaf", videos).videos["source"]) == [""]
    MadeEaf().tier("signing", (0, 1)).write(labels / " blank/e.eaf")
    assert 'the folder\'s name " blank" begins or ends with a space' in refused(labels, videos)


def test_templates_are_left_out_and_named(labels: Path, videos: Path) -> None:
    MadeEaf().tier("signing").tier("speaking").tier("other").tier("mine", (0, 1)).write(labels / "below/t.eaf")
    message = refused(labels, videos)
    assert message.startswith(f"{labels}: nothing is annotated on the tiers signing, speaking, other")
    MadeEaf().tier("signing", (0, 1)).write(labels / "a.eaf")
    found = read(labels, videos)
    assert list(found.videos["video_id"]) == ["a"]
    said = f".eaf files without annotations on the tiers that are read, left out (1): {labels}/below/t.eaf"
    assert [note.text() for note in found.notes] == [said]


def test_hidden_files_and_those_that_elan_writes_beside_are_not_read(labels: Path, videos: Path) -> None:
    MadeEaf().tier("signing", (0, 1)).write(labels / "a.eaf")
    for name in ("._a.eaf", "a.pfsx", "a.eaf.001"):
        (labels / name).write_bytes(b"\0")
    assert list(read(labels, videos).videos["video_id"]) == ["a"]
    names = ("a.pfsx", "a.EAF.001", "a.eaf", "a.eaf.mp4")
    assert [name for name in names if not OF_ELAN.fullmatch(name)] == ["a.eaf.mp4"]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (MadeEaf().tier("signing", (0, None)), ['annotation 1 of tier "signing" has no times', "align it"]),
        (MadeEaf().tier("signing", (0, 1), (5, 4)), ['annotation 2 of tier "signing" ends at 0.004 s']),
        (MadeEaf().tier("gloss", (0, 1)).referring("other", "gloss", "a9"), ['of tier "other" refers to a9, which']),
        (
            MadeEaf().referring("signing", "other", "a2").referring("other", "signing", "a1"),
            ['annotation 1 of tier "signing" refers to a1, which leads to no annotation'],
        ),
        (
            MadeEaf().tier("Signing", (0, 1)).tier("x"),
            ["it has Signing, x (did you mean", '"Signing"', "dataset.tiers"],
        ),
        (MadeEaf(), ["has none of the tiers signing, speaking, other; it has no tier at all"]),
        (
            MadeEaf(media("file:///x/a.mp4", origin="-500")).tier("signing", (499, 900)),
            ["starts at 0.499 s, before the video, whose TIME_ORIGIN is -500 ms"],
        ),
        (MadeEaf(media("file:///x/a.mp4", origin="1.5")).tier("signing", (0, 1)), ['TIME_ORIGIN "1.5" of a.mp4']),
        (
            MadeEaf().tier("signing", (0, 1), participant="anna "),
            ['the participant "anna " begins or ends with a space'],
        ),
    ],
)
def test_faults_name_the_file_and_the_place(labels: Path, videos: Path, made: MadeEaf, words: list[str]) -> None:
    path = made.write(labels / "v.eaf")
    message = refused(labels, videos)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert [word for word in words if word not in message] == []


def test_all_faulty_files_are_in_one_message(labels: Path, videos: Path) -> None:
    MadeEaf().tier("signing", (0, 1)).write(labels / "fine.eaf")
    for number in range(12):
        MadeEaf().tier("signing", (0, None)).write(labels / f"v{number:02}.eaf")
    (labels / "u.eaf").write_text("nothing")
    head, first, *rest = refused(labels, videos).split("\n")
    assert head == f"{labels}: 13 of 14 .eaf files cannot be used:"
    assert first.startswith(f"  {labels}/u.eaf: is not an .eaf file (")
    assert rest[0] == (
        f'  {labels}/v00.eaf: annotation 1 of tier "signing" has no times of its own; align it in ELAN, or delete it'
    )
    assert (len(rest), rest[-1]) == (10, "  and 3 more")


def test_annotations_that_last_no_time_are_left_out_and_counted(labels: Path, videos: Path) -> None:
    MadeEaf().tier("signing", (0, 1000), (5000, 5000)).tier("other", (7000, 7000)).write(labels / "a.eaf")
    MadeEaf().tier("signing", (5, 5)).write(labels / "b.eaf")
    found = read(labels, videos)
    assert spans(found) == [("a", "0.0", "1.0", "signing")]
    assert [note.text() for note in found.notes] == [
        f".eaf files without annotations on the tiers that are read, left out (1): {labels}/b.eaf",
        f"annotations that last no time, left out (3): {labels}/a.eaf, {labels}/a.eaf, {labels}/b.eaf",
    ]


def test_overlaps_are_cut_if_so_configured(labels: Path, videos: Path) -> None:
    made = MadeEaf().tier("speaking", (0, 9000)).tier("signing", (2000, 3500))
    configured_as = {"signing_first": ["0.0-2.0", "2.0-3.5", "3.5-9.0"], "unlabelled": ["0.0-2.0", "3.5-9.0"]}
    made.write(labels / "a.eaf")
    for overlap, expected in configured_as.items():
        found = spans(read_eaf_labels(labels, videos, Tiers(), overlap))
        assert [f"{start}-{end}" for _, start, end, _ in found] == expected
        assert listing_options(configured(labels, videos, overlap=overlap))[2:4] == ["--overlap", overlap]
    with pytest.raises(InputError, match=r"dataset\.overlap: "):
        configured(labels, videos, overlap="speaking_first")


@pytest.mark.parametrize("content", [b"", b"video_id,file,label\n", b"<html><body/></html>", b"\xff\xfe\0"])
def test_what_is_no_eaf_is_refused(labels: Path, videos: Path, content: bytes) -> None:
    labels.mkdir()
    (labels / "v.eaf").write_bytes(content)
    message = refused(labels, videos)
    assert message.startswith(f"{labels}/v.eaf: is not an .eaf file (")
    assert "open it in ELAN and save it again" in message


def test_other_units_of_time_are_refused(labels: Path, videos: Path) -> None:
    MadeEaf().tier("signing", (0, 1)).write(labels / "v.eaf", units="PAL-frames")
    assert "its times are in PAL-frames, not in milliseconds" in refused(labels, videos)


def test_two_files_of_one_name_are_refused(labels: Path, videos: Path) -> None:
    for folder in ("one", "two"):
        MadeEaf().tier("signing", (0, 1)).write(labels / folder / "v.eaf")
    assert refused(labels, videos).startswith(
        f'{labels}/two/v.eaf: video "v" has another .eaf file, {labels}/one/v.eaf'
    )


def test_nothing_there_is_refused(labels: Path, videos: Path) -> None:
    assert "no such file of labels" in refused(labels / "v.eaf", videos)
    labels.mkdir()
    (labels / "labels.csv").touch()
    assert "there is no .eaf file in this folder" in refused(labels, videos)


def configured(labels: Path, videos: Path, **more: dict) -> Configuration:
    dataset = {"kind": "folder", "videos_dir": str(videos), "labels": str(labels), **more}
    return validated(Configuration, {"run": "mine", "dataset": dataset, "weights": {"source": "random"}}, "my.yaml")


def test_each_file_of_a_folder_is_an_input_and_tiers_an_option(labels: Path, videos: Path) -> None:
    for name in ("b.eaf", "a.eaf", "in/c.eaf"):
        MadeEaf().tier("signing", (0, 1)).write(labels / name)
    configuration = configured(labels, videos, tiers={"signing": ["LH", "RH"]})
    check_dataset(configuration, "my.yaml")
    assert label_inputs(configuration) == [str(labels / name) for name in ("a.eaf", "b.eaf", "in/c.eaf")]
    tiers = '{"signing":["LH","RH"],"speaking":["speaking"],"other":["other"]}'
    assert listing_options(configuration) == ["--annotations", str(labels), "--overlap", "refuse", "--tiers", tiers]
    assert label_inputs(configured(labels / "a.eaf", videos)) == [str(labels / "a.eaf")]
    assert listing_options(configured(Path("labels.csv"), videos)) == [
        *("--annotations", "labels.csv", "--overlap", "refuse")
    ]
    assert not is_elan(Path("labels.csv"))


def test_a_watched_file_with_braces_in_its_path_stops_before_any_work(labels: Path, videos: Path) -> None:
    MadeEaf().tier("signing", (0, 1)).write(labels / "{a}.eaf")
    (videos / "{braces}").mkdir(parents=True, exist_ok=True)
    with pytest.raises(InputError, match=r"^my\.yaml: .*\{a\}\.eaf: Snakemake reads names in braces otherwise; rename"):
        check_dataset(configured(labels, videos / "{braces}"), "my.yaml")


def test_a_folder_without_eaf_files_stops_before_any_work(labels: Path, videos: Path) -> None:
    labels.mkdir()
    with pytest.raises(InputError, match=rf"^my\.yaml: dataset\.labels: {labels}: there is no \.eaf file"):
        check_dataset(configured(labels, videos), "my.yaml")


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ({"signing": ["a"], "other": ["a"]}, 'dataset.tiers: tier "a" is named twice, for signing and other'),
        ({"signing": [], "speaking": [], "other": []}, "dataset.tiers: no tier is named"),
        ({"sining": ["a"]}, "dataset.tiers.sining: unknown key; did you mean 'signing'?"),
        ({"signing": "a"}, "dataset.tiers.signing: "),
    ],
)
def test_wrong_tiers_are_refused(labels: Path, videos: Path, tiers: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        configured(labels, videos, tiers=tiers)
    assert f"my.yaml: {message}" in str(caught.value)


def test_a_data_set_of_eaf_files_has_the_tables_of_an_equal_labels_csv(tmp_path: Path, videos: Path) -> None:
    (videos / "c.webm").write_bytes(b"c")
    MadeEaf(media("file:///x/a.mp4", "./a.mp4")).tier("signing", (0, 12345), participant="anna").tier(
        "speaking", (14000, 60000), participant="anna"
    ).write(videos / "anna-1.eaf")
    MadeEaf(media("file:///x", "./in/b c.mp4")).tier("speaking", (3100, 48000)).write(videos / "ben.eaf")
    MadeEaf().tier("other", (0, 90000)).write(videos / "c.eaf")
    (videos / "c.pfsx").touch()
    csv = tmp_path / "labels.csv"
    csv.write_text(
        "video_id,file,start,end,label,person\n"
        "anna-1,a.mp4,0,12.345,signing,anna\nanna-1,a.mp4,14,60,speaking,anna\n"
        "ben,in/b c.mp4,3.1,48,speaking,\nc,c.webm,0,90,other,\n"
    )
    caches = tmp_path / "hashes.tsv", tmp_path / "ends.tsv"
    prepare_folder(videos, csv, Tiers(), "refuse", set(), 2, 1, "person", tmp_path / "expected", *caches)
    excluded = tmp_path / "excluded.tsv"
    excluded.write_text("video_id\n")
    options = listing_options(configured(videos, videos))
    done = subprocess.run(
        [
            *PROGRAM, "--videos-dir", videos, *options, "--excluded", excluded, "--shards", "2",
            "--folds", "1", "--group-by", "person",
            "--hash-cache", caches[0], "--end-cache", caches[1], "--output-dir", tmp_path / "dataset",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    tables = {path.name: path.read_text() for path in (tmp_path / "expected").iterdir()}
    assert "anna-1\tseconds\t0.0\t12.345\tsigning\n" in tables["0.labels.tsv"] + tables["1.labels.tsv"]
    assert {path.name: path.read_text() for path in (tmp_path / "dataset").iterdir()} == tables


def test_two_files_of_one_video_are_refused(labels: Path, videos: Path, tmp_path: Path) -> None:
    for name in ("v.eaf", "w.eaf"):
        MadeEaf(media("file:///x/a.mp4")).tier("signing", (0, 1)).write(labels / name)
    caches = tmp_path / "hashes.tsv", tmp_path / "ends.tsv"
    with pytest.raises(InputError) as caught:
        prepare_folder(videos, labels, Tiers(), "refuse", set(), 1, 1, "person", tmp_path / "dataset", *caches)
    assert str(caught.value).startswith(f'{labels}/w.eaf: videos "v" ({labels}/v.eaf) and "w" name one file')

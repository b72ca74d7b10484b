"""Proposals in .eaf files: what is added, that all else stays byte for byte, and what happens the next time."""

import codecs
import difflib
import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pympi.Elan import Eaf
from rich_eaf import check_form, rich_eaf, write_rich

from signwild.annotation.eaf_proposals import Added, add_proposals
from signwild.annotation.eaf_text import EafText
from signwild.annotation.proposals import Proposals, sureness
from signwild.annotation.propose import propose
from signwild.annotation.replacing import replace_file
from signwild.annotation.targets import Target
from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.eaf_file import EafFile
from signwild.stages.dataset.elan_writer import write_templates

SPANS = {
    "signing": [(0, 1500, "sure"), (3000, 5000, "unsure")],
    "speaking": [(1500, 3000, "likely")],
    "other": [(5000, 13000, "sure")],
}
PROPOSALS = Proposals("starter 1a2b3c4d, rgb", SPANS, 13000)
OTHERS = Proposals("mine 99999999, flow", SPANS | {"signing": [(100, 4000, "sure")]}, 13000)

ENCODINGS = {
    "utf-8": ("utf-8", b""),
    "utf-8 with a mark": ("utf-8", codecs.BOM_UTF8),
    "utf-16-le": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf-16-be": ("utf-16-be", codecs.BOM_UTF16_BE),
    "latin-1": ("iso-8859-1", b""),
}


def write(path: Path, text: str = "") -> Path:
    write_rich(path, text or rich_eaf())
    return path


def added(path: Path, proposals: Proposals = PROPOSALS) -> Added:
    """Add proposals to a file, check its form, and return what was done."""
    done = add_proposals(EafText(path), proposals)
    check_form(done.content)
    path.write_bytes(done.content)
    return done


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(path: Path, proposals: Proposals = PROPOSALS) -> str:
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        add_proposals(EafText(path), proposals)
    assert path.read_bytes() == before
    return str(caught.value)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("version", ["2.7", "2.8", "3.0"])
def test_all_but_what_is_added_stays_byte_for_byte(tmp_path: Path, version: str, encoding: str, line_end: str) -> None:
    path, (codec, mark) = tmp_path / "a.eaf", ENCODINGS[encoding]
    before = write_rich(path, rich_eaf(version), codec, mark, line_end)
    check_form(before)
    added(path)
    content = path.read_bytes()
    assert content.startswith(mark)
    old, new = before[len(mark) :].decode(codec), content[len(mark) :].decode(codec)
    # Line by line, nothing but the number of the last annotation is another.
    lines = [line for line in difflib.ndiff(old.split(line_end), new.split(line_end)) if line[0] in "-?"]
    assert [line[2:].strip() for line in lines if line[0] == "-"] == [
        '<PROPERTY NAME="lastUsedAnnotationId">31</PROPERTY>'
    ]
    assert "\n" not in new.replace(line_end, "")
    assert new.count(line_end) - old.count(line_end) > 20


@pytest.mark.parametrize("version", ["2.7", "2.8", "3.0"])
def test_what_is_added_is_read_back_by_this_project_and_by_pympi(tmp_path: Path, version: str) -> None:
    path = write(tmp_path / "a.eaf", rich_eaf(version))
    before = {name: list(EafFile(path).times(name)) for name in EafFile(path).participants}
    done = added(path)
    assert done.written == ["signing (proposed)", "speaking (proposed)", "other (proposed)"]
    eaf = EafFile(path)
    assert {name: list(eaf.times(name)) for name in before} == before
    assert list(eaf.times("signing (proposed)")) == [(0, 1500), (3000, 5000)]
    assert list(eaf.times("other (proposed)")) == [(5000, 13000)]
    path.write_text(path.read_text().replace("<PROPERTY/>", ""))  # which pympi does not take
    foreign = Eaf(path)
    annotations = foreign.get_annotation_data_for_tier("signing (proposed)")
    assert [one[:3] for one in annotations] == SPANS["signing"]
    assert foreign.get_annotation_data_for_tier("RH-Għ")


def test_time_slots_are_in_the_order_of_time_and_unaligned_ones_stay_between_their_neighbours(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf")
    added(path)
    order = ElementTree.parse(path).find("TIME_ORDER")
    values = [slot.get("TIME_VALUE") for slot in order]
    known = [int(value) for value in values if value]
    assert known == sorted(known)
    names = [slot.get("TIME_SLOT_ID") for slot in order]
    # ts3 and ts4 have no times, and are parts of ts2 to ts17.
    assert names.index("ts3") + 1 == names.index("ts4")
    assert names.index("ts2") < names.index("ts3") < names.index("ts17")


def test_how_sure_a_proposal_is_is_a_controlled_vocabulary(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf")
    added(path)
    root = ElementTree.parse(path).getroot()
    tier = next(one for one in root.iter("TIER") if one.get("TIER_ID") == "signing (proposed)")
    assert re.fullmatch(r"Signing in the Wild, starter 1a2b3c4d, rgb, [0-9a-f]{12}", tier.get("ANNOTATOR"))
    kind = next(one for one in root.iter("LINGUISTIC_TYPE") if one.get("LINGUISTIC_TYPE_ID") == "proposal")
    assert (tier.get("LINGUISTIC_TYPE_REF"), kind.get("CONTROLLED_VOCABULARY_REF")) == ("proposal", "sureness")
    cv = next(one for one in root.iter("CONTROLLED_VOCABULARY") if one.get("CV_ID") == "sureness")
    entries = {one.get("CVE_ID"): one.findtext("CVE_VALUE") for one in cv.iter("CV_ENTRY_ML")}
    assert list(entries.values()) == ["sure", "likely", "unsure"]
    for one in tier.iter("ALIGNABLE_ANNOTATION"):
        assert entries[one.get("CVE_REF")] == one.findtext("ANNOTATION_VALUE")
    assert [sureness(value) for value in (None, 0.1, 0.5999, 0.6, 0.8999, 0.9, 1)] == [
        "unsure",
        "unsure",
        "unsure",
        "likely",
        "likely",
        "sure",
        "sure",
    ]


def test_names_and_ids_that_are_taken_are_not_used_again(tmp_path: Path) -> None:
    text = rich_eaf().replace('CV_ID="hands"', 'CV_ID="sureness"').replace('_REF="hands"', '_REF="sureness"')
    text = text.replace('"free"', '"proposal"').replace('CVE_ID="cveid0"', 'CVE_ID="cveid_sureness_sure"')
    text = (
        text.replace('CVE_REF="cveid0"', 'CVE_REF="cveid_sureness_sure"').replace("ts6", "ts1234").replace("a7", "a88")
    )
    path = write(tmp_path / "a.eaf", text)
    added(path)
    content = path.read_text()
    assert 'CV_ID="sureness 2"' in content
    assert 'LINGUISTIC_TYPE_ID="proposal 2"' in content
    assert 'CVE_ID="cveid_sureness_sure_2"' in content
    assert 'TIME_SLOT_ID="ts1235"' in content
    # "a400" stands in an annotation's text.
    assert 'ANNOTATION_ID="a401"' in content
    assert '<PROPERTY NAME="lastUsedAnnotationId">404</PROPERTY>' in content


def test_a_file_without_the_number_of_its_last_annotation_gets_none(tmp_path: Path) -> None:
    text = rich_eaf().replace('        <PROPERTY NAME="lastUsedAnnotationId">31</PROPERTY>\n', "")
    path = write(tmp_path / "a.eaf", text)
    added(path)
    assert path.read_text().count("lastUsedAnnotationId") == 1  # in the comment


def test_an_empty_file_on_one_line_gets_tiers(tmp_path: Path) -> None:
    text = '<ANNOTATION_DOCUMENT AUTHOR="" DATE="x" VERSION="3.0"><HEADER/><TIME_ORDER/></ANNOTATION_DOCUMENT>'
    path = tmp_path / "a.eaf"
    path.write_text(text)
    added(path)
    assert "\n" not in path.read_text()
    assert list(EafFile(path).times("speaking (proposed)")) == [(1500, 3000)]


def test_slots_that_are_in_no_order_are_followed_by_the_new_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf", rich_eaf().replace('"9000"', '"900"'))
    added(path)
    names = [slot.get("TIME_SLOT_ID") for slot in ElementTree.parse(path).find("TIME_ORDER")]
    assert names[:6] == ["ts1", "ts2", "ts3", "ts4", "ts17", "ts6"]


def test_characters_that_an_encoding_lacks_are_written_as_references(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    write_rich(path, rich_eaf(), "iso-8859-1")
    maltese = replace(PROPOSALS, detector="Għarfien 1a2b3c4d, rgb")
    added(path, maltese)
    assert b"G&#295;arfien" in path.read_bytes()
    assert len(added(path, maltese).same) == 3


def test_the_same_proposals_change_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf")
    added(path)
    before = path.read_bytes()
    done = added(path)
    assert path.read_bytes() == before
    assert not done.written
    assert len(done.same) == 3


@pytest.mark.parametrize("version", ["2.7", "2.8", "3.0"])
def test_another_detector_replaces_what_nobody_has_edited(tmp_path: Path, version: str) -> None:
    path = write(tmp_path / "a.eaf", rich_eaf(version))
    added(path)
    done = added(path, OTHERS)
    assert done.replaced == done.written == ["signing (proposed)", "speaking (proposed)", "other (proposed)"]
    fresh = write(tmp_path / "b.eaf", rich_eaf(version))
    added(fresh, OTHERS)
    strip = re.compile(r'\b(a|ts)\d+|lastUsedAnnotationId">\d+')
    # But for the numbers of ids, the file is as if the first detector had never been there.
    assert strip.sub("", path.read_text()) == strip.sub("", fresh.read_text())


def test_what_elan_saves_again_still_counts_as_unedited(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf")
    added(path)
    # ELAN numbers time slots anew, and orders attributes in its own way.
    text = re.sub(r'"ts(\d+)"', lambda found: f'"ts{5000 - int(found[1])}"', path.read_text())
    text = re.sub(
        r'<TIER ANNOTATOR="(Signing[^"]*)" (.*?)(/?)>', r'<TIER \2 ANNOTATOR="\1" DEFAULT_LOCALE="mt"\3>', text
    )
    path.write_text(text)
    assert added(path, OTHERS).replaced == ["signing (proposed)", "speaking (proposed)", "other (proposed)"]


EDITS = {
    "moved": (r'(3000"/>\s*<TIME_SLOT TIME_SLOT_ID="ts\d+" TIME_VALUE=")3000(")', r"\g<1>3100\2"),
    "other text": ("<ANNOTATION_VALUE>unsure<", "<ANNOTATION_VALUE>sure<"),
    "a person": (' TIER_ID="signing \\(proposed\\)"', ' PARTICIPANT="Anna" TIER_ID="signing (proposed)"'),
    "a tier that depends on it": (
        "    <LINGUISTIC_TYPE ",
        '    <TIER TIER_ID="child" LINGUISTIC_TYPE_REF="part" PARENT_REF="signing (proposed)"/>\n    <LINGUISTIC_TYPE ',
    ),
    "a link": ('REF1="a1"', 'REF1="a401"'),
    "another annotator": ('ANNOTATOR="Signing in the Wild[^"]*"(.*"signing .proposed.")', r'ANNOTATOR="me"\1'),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_somebody_has_edited_stays_and_new_proposals_are_numbered(tmp_path: Path, edit: str) -> None:
    path = write(tmp_path / "a.eaf")
    added(path)
    old, new = EDITS[edit]
    edited, number = re.subn(old, new, path.read_text(), count=1)
    assert number
    path.write_text(edited)
    before = list(EafFile(path).times("signing (proposed)"))
    done = added(path, OTHERS)
    assert done.kept == ["signing (proposed)"]
    assert "signing (proposed) 2" in done.written
    assert "signing (proposed)" not in done.replaced
    assert list(EafFile(path).times("signing (proposed)")) == before
    assert list(EafFile(path).times("signing (proposed) 2")) == [(100, 4000)]
    again = added(path, replace(OTHERS, detector="third 00000000, rgb"))
    assert "signing (proposed) 2" in again.replaced
    assert again.kept == ["signing (proposed)"]


def test_corrected_proposals_are_not_proposed_again_by_the_same_detector(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf")
    added(path)
    path.write_text(path.read_text().replace("<ANNOTATION_VALUE>unsure<", "<ANNOTATION_VALUE>sure<"))
    before = path.read_bytes()
    assert "signing (proposed)" in added(path).same
    assert path.read_bytes() == before


def test_renamed_proposals_are_somebody_s_and_are_not_proposed_again_by_the_same_detector(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf", rich_eaf().replace('"signing"', '"mine"'))
    added(path)
    path.write_text(path.read_text().replace('"signing (proposed)"', '"signing"').replace(">unsure<", ">sure<"))
    before = path.read_bytes()
    assert added(path).same == ["signing", "speaking (proposed)", "other (proposed)"]
    assert path.read_bytes() == before
    done = added(path, OTHERS)
    assert done.written[0] == "signing (proposed)"
    assert list(EafFile(path).times("signing")) == [(0, 1500), (3000, 5000)]


def test_the_origin_of_the_video_is_the_time_zero_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf")
    added(path, PROPOSALS.shifted(1000))
    eaf = EafFile(path)
    assert list(eaf.times("signing (proposed)")) == [(0, 500), (2000, 4000)]
    assert list(eaf.times("other (proposed)")) == [(4000, 12000)]
    behind = write(tmp_path / "b.eaf", rich_eaf().replace('TIME_VALUE="0"', 'TIME_VALUE="700"'))
    added(behind, PROPOSALS.shifted(-500))
    assert list(EafFile(behind).times("speaking (proposed)")) == [(2000, 3500)]
    assert PROPOSALS.shifted(3000).spans["speaking"] == []


def test_annotations_outside_of_the_video_are_refused_with_their_tier_and_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf", rich_eaf().replace('"9000"', '"19000"'))
    assert refused(path) == (
        f'{path}: tier "RH-Għ" has an annotation at 1.5-19 s, but the linked video is at 0-13 s; link the right video '
        "in ELAN (Edit, Linked Files), or correct its offset or the annotation"
    )
    before = write(tmp_path / "b.eaf")
    assert 'tier "RH-Għ" has an annotation at 0-1.5 s, but the linked video is at 0.5-13.5 s' in refused(
        before, PROPOSALS.shifted(-500)
    )


def test_a_tier_of_that_name_that_depends_on_another_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf", rich_eaf().replace('"parts"', '"speaking (proposed)"'))
    assert refused(path) == (
        f'{path}: tier "speaking (proposed)" depends on tier "RH-Għ", so no proposals can be written on it; rename it '
        "in ELAN (Tier, Change Tier Attributes)"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</TIME_ORDER>", "", "is not an .eaf file"),
        ("ANNOTATION_DOCUMENT", "HTML", "XML of another kind: HTML"),
        ("<ANNOTATION_DOCUMENT ", "<!DOCTYPE ANNOTATION_DOCUMENT><ANNOTATION_DOCUMENT ", "form that cannot be kept"),
        ('"phases"', '"parts"', 'has several tiers named "parts"'),
    ],
)
def test_files_that_are_none_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write(tmp_path / "a.eaf", rich_eaf().replace(old, new))
    assert message in refused(path)


def test_a_backup_is_kept_each_time_and_the_mode_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf")
    path.chmod(0o640)
    first = path.read_bytes()
    (tmp_path / "a.eaf.before_1").write_text("mine")
    said = propose(Target(path, tmp_path / "v.mp4"), PROPOSALS, Tiers())
    assert said.endswith("; before: a.eaf.before_2")
    assert (tmp_path / "a.eaf.before_1").read_text() == "mine"
    assert (tmp_path / "a.eaf.before_2").read_bytes() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    second = path.read_bytes()
    assert propose(Target(path, tmp_path / "v.mp4"), PROPOSALS, Tiers()).count("before_") == 0
    propose(Target(path, tmp_path / "v.mp4"), OTHERS, Tiers())
    assert (tmp_path / "a.eaf.before_3").read_bytes() == second
    path.write_bytes(b"a write into the file itself")
    assert (tmp_path / "a.eaf.before_3").read_bytes() == second
    assert names_in(tmp_path) == ["a.eaf", "a.eaf.before_1", "a.eaf.before_2", "a.eaf.before_3"]


def test_a_disk_without_hard_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    path = write(tmp_path / "a.eaf")
    first = path.read_bytes()
    (tmp_path / "a.eaf.before_1").write_text("mine")
    propose(Target(path, tmp_path / "v.mp4"), PROPOSALS, Tiers())
    assert (tmp_path / "a.eaf.before_1").read_text() == "mine"
    assert (tmp_path / "a.eaf.before_2").read_bytes() == first


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    path = write(tmp_path / "real/a.eaf")
    (tmp_path / "link.eaf").symlink_to(path)
    propose(Target(tmp_path / "link.eaf", tmp_path / "v.mp4"), PROPOSALS, Tiers())
    assert (tmp_path / "link.eaf").is_symlink()
    assert "(proposed)" in path.read_text()
    assert (tmp_path / "real/a.eaf.before_1").exists()


def test_a_file_that_was_changed_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eaf")
    with pytest.raises(InputError, match=r"a\.eaf: was changed by another program"):
        replace_file(path, b"as it was read", b"new")
    assert path.read_text() == rich_eaf()
    assert names_in(tmp_path) == ["a.eaf"]


def test_a_template_takes_proposals(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"x")
    [path], _ = write_templates([tmp_path / "v.mp4"], tmp_path)
    added(path)
    eaf = EafFile(path)
    assert list(eaf.participants)[:3] == ["signing", "speaking", "other"]
    assert list(eaf.times("signing")) == []
    assert list(eaf.times("other (proposed)")) == [(5000, 13000)]


def test_proposals_that_another_program_has_written_again_count_as_unedited(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"x")
    [path], _ = write_templates([tmp_path / "v.mp4"], tmp_path)
    added(path)
    Eaf(path).to_file(path)
    path.with_suffix(".bak").unlink(missing_ok=True)
    assert "Signing in the Wild, starter 1a2b3c4d, rgb" in path.read_text()
    assert add_proposals(EafText(path), PROPOSALS).same == [
        "signing (proposed)",
        "speaking (proposed)",
        "other (proposed)",
    ]
    done = add_proposals(EafText(path), OTHERS)
    assert done.replaced == ["signing (proposed)", "speaking (proposed)", "other (proposed)"]

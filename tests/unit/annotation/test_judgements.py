"""Decisions about proposals in .eaf files: what moves where, that all else stays, and what cannot be done."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich_eaf import check_form, rich_eaf, write_rich

from signwild.annotation.eaf_proposals import add_proposals
from signwild.annotation.eaf_text import EafText
from signwild.annotation.proposals import Proposals
from signwild.annotation.review.judgements import Judgement, judged_content, proposals_of
from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.eaf_file import EafFile

SPANS = {
    "signing": [(0, 1500, "sure"), (3000, 5000, "unsure")],
    "speaking": [(1500, 3000, "likely")],
    "other": [(5000, 12000, "sure")],
}
PROPOSALS = Proposals("starter 1a2b3c4d, rgb", SPANS, 13000)


@pytest.fixture(params=["2.7", "3.0"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A rich file with proposals."""
    path = tmp_path / "a.eaf"
    write_rich(path, rich_eaf(request.param))
    path.write_bytes(add_proposals(EafText(path), PROPOSALS).content)
    return path


def named(path: Path) -> dict[tuple[str, int], str]:
    """Return the id of each proposal, by class and start."""
    return {(one.label, one.start_ms): one.name for one in proposals_of(EafText(path))}


def judge(path: Path, *judgements: Judgement) -> bytes:
    """Write the decisions to the file, check its form, and return its content."""
    content = judged_content(EafText(path), judgements, Tiers())
    check_form(content)
    path.write_bytes(content)
    return content


def on_tiers(path: Path) -> dict[str, list[tuple[int, int]]]:
    """Return the times on the tiers of classes and of proposals, as runs read them."""
    eaf = EafFile(path)
    return {name: list(eaf.times(name)) for name in eaf.participants if name.split()[0] in SPANS}


def test_proposals_are_read_with_times_and_words(path: Path) -> None:
    read = [(one.tier, one.start_ms, one.end_ms, one.text) for one in proposals_of(EafText(path))]
    assert read == [
        (f"{label} (proposed)", start, end, text) for label, own in SPANS.items() for start, end, text in own
    ]


def test_accepted_relabelled_rejected_and_added(path: Path) -> None:
    names = named(path)
    judge(
        path,
        Judgement(names["signing", 0], "signing", 200, 1400),
        Judgement(names["signing", 3000], "other", 3000, 5000),
        Judgement(names["speaking", 1500], None, 1500, 3000),
        Judgement("", "signing", 8000, 9000),
    )
    assert on_tiers(path) == {
        "signing": [(200, 1400), (8000, 9000)],
        "other": [(3000, 5000)],
        "signing (proposed)": [],
        "speaking (proposed)": [],
        "other (proposed)": [(5000, 12000)],
    }


def test_without_decisions_the_bytes_are_the_same(path: Path) -> None:
    before = path.read_bytes()
    assert judge(path) == before


def test_what_is_rejected_leaves_the_rest_byte_for_byte(path: Path) -> None:
    before, name = path.read_text(encoding="utf-8"), named(path)["speaking", 1500]
    after = judge(path, Judgement(name, None, 1500, 3000)).decode()
    (block,) = re.findall(
        rf'\s*<ANNOTATION>\s*<ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}".*?</ANNOTATION>', before, re.S
    )
    slots = re.findall(r'TIME_SLOT_REF\d="(\w+)"', block)
    without = before.replace(block, "")
    for slot in slots:
        without = re.sub(rf'\s*<TIME_SLOT TIME_SLOT_ID="{slot}" [^>]*/>', "", without)
    assert after == without


def test_a_tier_gets_annotations_in_the_order_of_time(path: Path) -> None:
    names = named(path)
    judge(path, Judgement(names["signing", 3000], "signing", 3000, 5000))
    judge(path, Judgement("", "signing", 6000, 7000), Judgement(names["signing", 0], "signing", 0, 1500))
    judge(path, Judgement("", "signing", 2000, 2500))
    root = ElementTree.parse(path).getroot()
    tier = root.find("TIER[@TIER_ID='signing']")
    times = {slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in root.iter("TIME_SLOT")}
    starts = [int(times[one.get("TIME_SLOT_REF1")]) for one in tier.iter("ALIGNABLE_ANNOTATION")]
    assert starts == [0, 2000, 3000, 6000]
    values = [int(value) for value in times.values() if value is not None]
    assert values == sorted(values)


def test_ids_stay_unique_and_the_last_one_is_recorded(path: Path) -> None:
    content = judge(path, Judgement("", "speaking", 100, 200), Judgement("", "other", 100, 200))
    root = ElementTree.fromstring(content)
    ids = [one.get("ANNOTATION_ID") for one in root.iter() if one.get("ANNOTATION_ID")]
    assert len(ids) == len(set(ids))
    last = root.find("HEADER/PROPERTY[@NAME='lastUsedAnnotationId']").text
    assert int(last) == max(int(name[1:]) for name in ids)


def test_a_tier_of_proposals_stays_so_that_the_same_are_not_proposed_again(path: Path) -> None:
    judge(path, *(Judgement(name, None, 0, 1) for name in named(path).values()))
    again = add_proposals(EafText(path), PROPOSALS)
    assert not again.written
    assert again.content == path.read_bytes()


def test_another_detectors_proposals_take_the_place_of_those_that_were_all_decided_on(path: Path) -> None:
    names = named(path)
    judge(path, *(Judgement(names["signing", start], None, 0, 1) for start in (0, 3000)))
    others = Proposals("mine 99999999, flow", SPANS | {"signing": [(100, 4000, "sure")]}, 13000)
    again = add_proposals(EafText(path), others)
    assert sorted(again.written) == ["other (proposed)", "signing (proposed)", "speaking (proposed)"]
    assert not again.kept


def refused(path: Path, *judgements: Judgement) -> str:
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        judged_content(EafText(path), judgements, Tiers())
    assert path.read_bytes() == before
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_what_overlaps_is_refused_with_tier_and_times(path: Path) -> None:
    judge(path, Judgement("", "signing", 1000, 2000))
    message = refused(path, Judgement(named(path)["signing", 0], "signing", 0, 1500))
    assert 'tier "signing"' in message
    assert re.search(r"0(\.0)?-1\.5 s", message)
    assert "1-2 s" in message.replace(".0", "")
    late = refused(path, Judgement("", "signing", 1500, 3000))
    assert "1-2 s, which 1.5-3 s overlaps" in late
    assert "1-2 s, which 0-1.5 s overlaps" in message
    judge(path, Judgement(named(path)["signing", 0], "signing", 0, 1000))
    both = refused(path, Judgement("", "other", 5, 20), Judgement("", "other", 0, 10))
    assert 'on tier "other" 0-0.01 s and 0.005-0.02 s overlap, both of this review' in both


def test_overlaps_that_were_there_are_nobodys_fault(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(
        '<TIER TIER_ID="signing" LINGUISTIC_TYPE_REF="free"/>',
        '<TIER TIER_ID="signing" LINGUISTIC_TYPE_REF="free">'
        + "".join(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a70{n}" TIME_SLOT_REF1="{first}" TIME_SLOT_REF2="{end}">'
            "<ANNOTATION_VALUE/></ALIGNABLE_ANNOTATION></ANNOTATION>"
            for n, (first, end) in enumerate([("ts1", "ts17"), ("ts2", "ts17")])
        )
        + "</TIER>",
    )
    path.write_text(text, encoding="utf-8")
    judge(path, Judgement("", "signing", 9000, 9500))
    assert "overlaps" in refused(path, Judgement("", "signing", 8000, 8500))


def test_a_proposal_that_is_gone_or_spoken_about_is_refused(path: Path) -> None:
    assert "a999" in refused(path, Judgement("a999", None, 0, 1))
    name = named(path)["other", 5000]
    text = path.read_text(encoding="utf-8").replace('ANNOTATION_REF="a2"', f'ANNOTATION_REF="{name}"')
    path.write_text(text, encoding="utf-8")
    assert f"about the proposal {name}" in refused(path, Judgement(name, None, 0, 1))


def test_a_class_whose_tier_depends_on_another_is_refused(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('TIER_ID="parts"', 'TIER_ID="other"'), encoding="utf-8")
    assert 'tier "other" depends on tier "RH-Għ"' in refused(path, Judgement("", "other", 0, 1))

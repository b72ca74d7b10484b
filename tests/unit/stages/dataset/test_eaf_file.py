"""Times of annotations in .eaf files, as written by ELAN and by other programs."""

from pathlib import Path

import pytest

from signwild.base.errors import InputError
from signwild.stages.dataset.eaf_file import EafFile


def written(folder: Path, slots: str, tiers: str, before: str = "", header: str = "<HEADER/>") -> Path:
    """Write an .eaf file of the least form; ``slots``: name=time or name, with blanks between."""
    rows = []
    for slot in slots.split():
        name, _, time = slot.partition("=")
        rows.append(f'<TIME_SLOT TIME_SLOT_ID="{name}"' + (f' TIME_VALUE="{time}"/>' if time else "/>"))
    text = f"<ANNOTATION_DOCUMENT>{before}{header}<TIME_ORDER>{''.join(rows)}</TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>"
    path = folder / "v.eaf"
    path.write_text(text, encoding="utf-8")
    return path


def tier(name: str, *annotations: str, parent: str = "", participant: str = "") -> str:
    above = f' PARENT_REF="{parent}"' if parent else ""
    person = f' PARTICIPANT="{participant}"' if participant else ""
    rows = "".join(f"<ANNOTATION>{one}</ANNOTATION>" for one in annotations)
    return f'<TIER TIER_ID="{name}"{above}{person}>{rows}</TIER>'


def aligned(name: str, first: str, last: str) -> str:
    return f'<ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}" TIME_SLOT_REF1="{first}" TIME_SLOT_REF2="{last}"/>'


def about(name: str, other: str, before: str = "") -> str:
    previous = f' PREVIOUS_ANNOTATION="{before}"' if before else ""
    return f'<REF_ANNOTATION ANNOTATION_ID="{name}" ANNOTATION_REF="{other}"{previous}/>'


def times(path: Path, name: str) -> list[tuple[float, float]]:
    return list(EafFile(path).times(name))


def refused(path: Path, name: str) -> str:
    with pytest.raises(InputError) as caught:
        times(path, name)
    return str(caught.value).removeprefix(f"{path}: ")


def test_only_what_is_needed_must_be_there(tmp_path: Path) -> None:
    tiers = tier("signing", aligned("", "begin", "end"), aligned("", "begin", "late"), participant="  ")
    path = written(tmp_path, "begin=0 end=1234.5 late=2e3", tiers, "<LICENSE>free</LICENSE>", header="")
    assert times(path, "signing") == [(0.0, 1234.5), (0.0, 2000.0)]
    assert EafFile(path).participants == {"signing": ""}
    assert EafFile(path).media == []


def test_slots_without_a_time_are_evenly_between_their_neighbours(tmp_path: Path) -> None:
    words = [aligned("w1", "s1", "s2"), aligned("w2", "s2", "s3"), aligned("w3", "s3", "s5")]
    last = [aligned("w4", "s6", "s7"), aligned("w5", "s7", "s8")]
    tiers = tier("sentence", aligned("a1", "s1", "s5")) + tier("word", *reversed(words), *last)
    # Another tier's slot in the middle changes nothing.
    tiers += tier("gesture", aligned("g", "s4", "s5"))
    path = written(tmp_path, "s1=1000 s2 s4=1100 s3 s5=2500 s6=3000 s7 s8=4000", tiers)
    assert times(path, "word") == [(2000, 2500), (1500, 2000), (1000, 1500), (3000, 3500), (3500, 4000)]
    assert times(path, "gesture") == [(1100, 2500)]
    overlapping = tier("word", aligned("w1", "s1", "s4"), aligned("w2", "s2", "s3"))
    assert times(written(tmp_path, "s1=0 s2 s3=3000 s4=9000", overlapping), "word") == [(0, 9000), (1500, 3000)]
    path = written(tmp_path, "s1=1000 s2", tier("word", aligned("w", "s1", "s2")))
    assert refused(path, "word") == (
        'annotation 1 of tier "word" has no times of its own; align it in ELAN, or delete it'
    )


def test_references_lead_to_the_first_annotation_with_times(tmp_path: Path) -> None:
    tiers = tier("signing", about("r1", "g2"), parent="gloss")
    tiers += tier("gloss", aligned("g1", "s1", "s2"), aligned("g2", "s3", "s4"), parent="sentence")
    tiers += tier("sentence", aligned("a", "s1", "s5")) + tier("note", about("n1", "r1"), parent="signing")
    path = written(tmp_path, "s1=0 s2=400 s3=700 s4=900 s5=5000", tiers)
    assert times(path, "signing") == times(path, "note") == [(700, 900)]


def test_parts_are_in_the_order_of_those_before_and_fill_the_whole(tmp_path: Path) -> None:
    parts = [about("p3", "a", "p2"), about("p1", "a"), about("p2", "a", "p1"), about("q1", "b"), about("q2", "b", "q1")]
    tiers = tier("sentence", aligned("a", "s1", "s2"), aligned("b", "s3", "s4")) + tier("sign", *parts)
    tiers += tier("signing", about("r1", "p3"), about("r2", "q1")) + tier("both", about("x", "a"), about("y", "a"))
    path = written(tmp_path, "s1=0 s2=3000 s3=4000 s4=5000", tiers)
    assert times(path, "sign") == [(2000, 3000), (0, 1000), (1000, 2000), (4000, 4500), (4500, 5000)]
    assert times(path, "signing") == [(2000, 3000), (4000, 4500)]
    assert times(path, "both") == [(0, 3000), (0, 3000)]


@pytest.mark.parametrize("orders", [("p2", "p1"), ("gone", "gone"), ("p1", "")])
def test_parts_without_a_clear_order_have_that_of_the_file(tmp_path: Path, orders: tuple[str, str]) -> None:
    parts = [about(name, "a", before) for name, before in zip(("p1", "p2"), orders, strict=True)]
    path = written(tmp_path, "s1=0 s2=3000", tier("sentence", aligned("a", "s1", "s2")) + tier("sign", *parts))
    found = times(path, "sign")
    assert {start for start, _ in found} <= {0, 1500}
    assert max(end for _, end in found) == 3000


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        (tier("t", about("r", "gone")), 'annotation 1 of tier "t" refers to gone, which leads to no annotation'),
        (tier("t", about("r", "")), "refers to nothing, which leads to no annotation"),
        (tier("t", about("r", "q"), about("q", "r")), "refers to r, which leads to no annotation"),
        (tier("t", about("r", "r")), "refers to r, which leads to no annotation"),
        (tier("t", aligned("a", "s1", "s9")), 'annotation 1 of tier "t" refers to time slot s9, which does not exist'),
    ],
)
def test_references_that_lead_nowhere_are_refused(tmp_path: Path, tiers: str, words: str) -> None:
    assert words in refused(written(tmp_path, "s1=0", tiers), "t")


@pytest.mark.parametrize("time", ["soon", "nan", "inf"])
def test_a_time_that_is_no_number_is_refused(tmp_path: Path, time: str) -> None:
    assert f'time slot s1 is at "{time}", which is not a number' in refused(written(tmp_path, f"s1={time}", ""), "t")


def test_entities_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.eaf"
    lines = [f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 12)]
    path.write_text(
        f'<!DOCTYPE a [<!ENTITY e0 "{"x" * 99}">{"".join(lines)}]><ANNOTATION_DOCUMENT>&e11;</ANNOTATION_DOCUMENT>'
    )
    assert refused(path, "t").startswith("is not an .eaf file (ParseError: ")

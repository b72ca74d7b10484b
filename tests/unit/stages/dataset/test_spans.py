"""Spans that overlap: merged, refused with a list, or cut."""

from pathlib import Path

import pytest

from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import Overlap
from signwild.stages.dataset.spans import Span, without_overlaps

LABELS = Path("labels.csv")


def spans(text: str) -> list[Span]:
    """Return spans from text such as ``signing 0-5, other 4-6``."""
    found = []
    for number, one in enumerate(text.split(", ") if text else [], start=2):
        label, _, times = one.partition(" ")
        start, _, end = times.partition("-")
        found.append(Span(float(start), float(end), label, f"labels.csv:{number}"))
    return found


def text_of(found: list[Span]) -> str:
    return ", ".join(f"{span.label} {span.start:g}-{span.end:g}" for span in found)


@pytest.mark.parametrize(
    ("given", "signing_first", "unlabelled"),
    [
        ("signing 0-5, other 4-9", "signing 0-5, other 5-9", "signing 0-4, other 5-9"),
        ("speaking 0-9, signing 2-3, signing 5-6", "speaking 0-2, signing 2-3, speaking 3-5, signing 5-6, speaking 6-9",
         "speaking 0-2, speaking 3-5, speaking 6-9"),
        ("other 0-4, speaking 2-6", "other 0-2, speaking 2-6", "other 0-2, speaking 4-6"),
        ("signing 0-2, speaking 0-2, other 0-2", "signing 0-2", ""),
        ("signing 1-2, speaking 0-3, other 1.5-4", "speaking 0-1, signing 1-2, speaking 2-3, other 3-4",
         "speaking 0-1, other 3-4"),
        ("signing 0-3, signing 2-5, other 5-6", "signing 0-5, other 5-6", "signing 0-5, other 5-6"),
        ("signing 0-9, signing 1-2, other 8-10", "signing 0-9, other 9-10", "signing 0-8, other 9-10"),
    ],
)  # fmt: skip
def test_each_moment_has_one_label_or_none(given: str, signing_first: str, unlabelled: str) -> None:
    for overlap, expected in (("signing_first", signing_first), ("unlabelled", unlabelled)):
        assert text_of(without_overlaps({"a": spans(given)}, overlap, LABELS)["a"]) == expected


@pytest.mark.parametrize("overlap", ["refuse", "signing_first", "unlabelled"])
def test_spans_that_only_touch_stay(overlap: Overlap) -> None:
    given = "signing 0-1, signing 1-2, other 2-3"
    assert text_of(without_overlaps({"a": spans(given)}, overlap, LABELS)["a"]) == given


def test_all_overlaps_of_all_videos_are_listed() -> None:
    # The long one reaches over the short one of its own class.
    videos = {"a": spans("signing 0-9.5, signing 1-2, other 8-8.001"), "b": spans("speaking 4.5-6, other 1-4.5")}
    many = spans(
        ", ".join(f"other {number}-{number + 1}, speaking {number + 0.5}-{number + 1}" for number in range(20))
    )
    with pytest.raises(InputError) as caught:
        without_overlaps(videos | {"c": many}, "refuse", LABELS)
    first, *rest = str(caught.value).split("\n")
    assert first == (
        "labels.csv: 21 overlaps of two classes, but a moment has one label: shorten one span of each, or set "
        "`dataset.overlap` to signing_first or unlabelled:"
    )
    assert rest[0] == ('  labels.csv:4: other 8-8.001 s of video "a" overlaps signing 0-9.5 s (labels.csv:2)')
    assert rest[1] == '  labels.csv:3: speaking 0.5-1 s of video "c" overlaps other 0-1 s (labels.csv:2)'
    assert (len(rest), rest[-1]) == (11, "  and 11 more")


def test_a_span_may_overlap_those_of_two_classes() -> None:
    with pytest.raises(InputError) as caught:
        without_overlaps({"a": spans("signing 0-9, speaking 1-8, other 2-3")}, "refuse", LABELS)
    assert [line.partition(":")[2] for line in str(caught.value).splitlines()[1:]] == [
        '3: speaking 1-8 s of video "a" overlaps signing 0-9 s (labels.csv:2)',
        '4: other 2-3 s of video "a" overlaps signing 0-9 s (labels.csv:2)',
        '4: other 2-3 s of video "a" overlaps speaking 1-8 s (labels.csv:3)',
    ]

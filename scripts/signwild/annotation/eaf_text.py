"""The text of an .eaf file: where its elements are, so that some can be added while all else stays byte for byte."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError, ParserCreate

from signwild.base.errors import InputError
from signwild.stages.dataset.eaf_file import AGAIN

ORDER = ("LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT")
ORDER += ("CONTROLLED_VOCABULARY", "LEXICON_REF", "REF_LINK_SET", "EXTERNAL_REF")
"""The document's children in the order that ELAN's schemas ask for (EAFv2.6.xsd to EAFv3.0.xsd)."""

SKIPPED = r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
"""Parts of XML in which nothing is a tag."""

ATTRIBUTES = r"""[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*"""

TAGS = re.compile(rf"{SKIPPED}|<(/?)({'|'.join(ORDER)})(?=[\s/>])({ATTRIBUTES})>", re.DOTALL)
SLOTS = re.compile(
    rf"""{SKIPPED}|<TIME_SLOT(?:\s+(?:TIME_SLOT_ID\s*=\s*["']([^"'<]*)["']|TIME_VALUE\s*=\s*["']([^"'<]*)["']))*\s*"""
    r"(?:/>|>\s*</TIME_SLOT\s*>)",
    re.DOTALL,
)
LAST_ID = re.compile(
    rf"""{SKIPPED}|<PROPERTY\s+NAME\s*=\s*["']lastUsedAnnotationId["']\s*>\s*(\d+)\s*</PROPERTY\s*>""", re.DOTALL
)

MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
UNMARKED = {b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
"""Encodings by the bytes that a file begins with."""

DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")

INDENT = "    "


@dataclass(frozen=True)
class Element:
    """A child of the document in the text, from ``start`` to ``end``, with its content from ``inside`` to ``close``.

    An element without content and end tag, such as ``<TIME_ORDER/>``, has both at its end.
    """

    name: str
    start: int
    inside: int
    close: int
    end: int

    @property
    def is_closed_at_once(self) -> bool:
        """Whether its start tag is its end."""
        return self.inside == self.end


@dataclass(frozen=True)
class Edit:
    """A change of the text: what is from ``start`` to ``end`` becomes ``text``."""

    start: int
    end: int
    text: str


class Slot(NamedTuple):
    """A time slot: its id, its time in milliseconds or None, and the start and end of its tag in the text."""

    name: str
    time: int | None
    start: int
    end: int


class EafText:
    """An .eaf file as bytes, and as text of which only parts are parsed, as most of it is of no interest.

    ``skeleton``: the text without annotations and time slots, but with its tiers. ``root``: the skeleton, parsed.
    ``children``: the document's children in the text. ``slots``: the time slots in their order. Raises InputError for
    a file that is none, or that cannot be edited as text; that annotations are no XML is noticed when they are read, or
    when something is added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.content = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check the path and its permissions") from None
        self._mark, self._encoding = _encoding(self.content)
        try:
            self.text = self.content[len(self._mark) :].decode(self._encoding)
        except (UnicodeDecodeError, LookupError) as error:
            raise self._no_eaf(error) from None
        if "<!DOCTYPE" in self.text or self._encoded(self.text) != self.content:
            raise InputError(f"{path}: has a form that cannot be kept while tiers are added; {AGAIN}")
        self.children = self._elements()
        self.skeleton = self._skeleton()
        self.root = self._parsed(self.skeleton)
        if self.root.tag != "ANNOTATION_DOCUMENT":
            raise InputError(f"{path}: is not an .eaf file (XML of another kind: {self.root.tag}); {AGAIN}")
        if [child.name for child in self.children] != [child.tag for child in self.root if child.tag in ORDER]:
            raise InputError(f"{path}: has elements in places that are not known; {AGAIN}")
        self.time_order = self.only("TIME_ORDER")
        self.slots = self._slots()
        self.line_end = "\r\n" if "\r\n" in self.text else "\n" if "\n" in self.text else ""

    @property
    def version(self) -> tuple[int, int]:
        """Version of ELAN's format, such as (2, 8); that of files that do not say so is the newest."""
        schema = next((value for name, value in self.root.items() if name.endswith("noNamespaceSchemaLocation")), "")
        stated = re.match(r"(\d+)\.(\d+)", self.root.get("FORMAT", ""))
        stated = stated or re.search(r"EAFv(\d+)\.(\d+)\.xsd", schema)
        return (int(stated[1]), int(stated[2])) if stated else (3, 0)

    def of(self, name: str) -> list[Element]:
        """Return the document's children of this name, in their order."""
        return [child for child in self.children if child.name == name]

    def tier(self, number: int) -> ElementTree.Element:
        """Return a tier with its annotations; ``number``: its place among the tiers, from 0."""
        place = self.of("TIER")[number]
        return self._parsed(self.text[place.start : place.end])

    def only(self, name: str) -> Element:
        """Return the one child of this name; raise InputError if there is none, or several."""
        if len(found := self.of(name)) != 1:
            raise InputError(f"{self.path}: has {len(found)} elements {name}, not one; {AGAIN}")
        return found[0]

    def place_for(self, name: str) -> int:
        """Return where another child of this name belongs: after those that come before it, or are of its name."""
        rank = ORDER.index(name)
        return max(child.end for child in self.children if ORDER.index(child.name) <= rank)

    def line(self, depth: int) -> str:
        """Return the end of a line, and the beginning of the next at this depth, as the file has lines."""
        return self.line_end and self.line_end + depth * INDENT

    def with_blanks_before(self, start: int) -> int:
        """Return where the blanks and line ends before a place begin."""
        while start and self.text[start - 1] in " \t\r\n":
            start -= 1
        return start

    def last_id(self) -> tuple[int, int] | None:
        """Return where the number of the property lastUsedAnnotationId is, or None without one."""
        header = self.only("HEADER")
        found = LAST_ID.finditer(self.text, header.inside, header.close)
        return next((one.span(1) for one in found if one[1] is not None), None)

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """Return the file's bytes after some edits, which do not overlap; characters that it cannot have are escaped.

        Raises InputError if the result is no XML.
        """
        parts, place = [], 0
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
            parts += [self.text[place : edit.start], self._escaped(edit.text)]
            place = edit.end
        content = self._encoded("".join([*parts, self.text[place:]]))
        try:
            ParserCreate().Parse(content, True)
        except ExpatError as error:
            raise self._no_eaf(error) from None
        return content

    def _escaped(self, text: str) -> str:
        if text.isascii():
            return text
        return text.encode(self._encoding, "xmlcharrefreplace").decode(self._encoding)

    def _encoded(self, text: str) -> bytes:
        return self._mark + text.encode(self._encoding)

    def _parsed(self, text: str) -> ElementTree.Element:
        try:
            return ElementTree.fromstring(text)
        except (ElementTree.ParseError, ValueError) as error:
            raise self._no_eaf(error) from None

    def _no_eaf(self, error: Exception) -> InputError:
        return InputError(f"{self.path}: is not an .eaf file ({type(error).__name__}: {error}); {AGAIN}")

    def _skeleton(self) -> str:
        """Return the text of the document, of which tiers and the order of time have no content."""
        parts, place = [], 0
        for child in self.children:
            if child.name in ("TIER", "TIME_ORDER"):
                parts.append(self.text[place : child.inside])
                place = child.close
        return "".join([*parts, self.text[place:]])

    def _elements(self) -> list[Element]:
        found, opened = [], None
        for tag in TAGS.finditer(self.text):
            if tag[2] is None:
                continue
            if tag[1] and opened and opened[0] == tag[2]:
                found.append(Element(*opened, tag.start(), tag.end()))
                opened = None
            elif tag[1] or opened:
                raise InputError(f"{self.path}: is not an .eaf file ({tag[0]} is out of place); {AGAIN}")
            elif tag[3].endswith("/"):
                found.append(Element(tag[2], tag.start(), tag.end(), tag.end(), tag.end()))
            else:
                opened = tag[2], tag.start(), tag.end()
        return found

    def _slots(self) -> list[Slot]:
        start, end = self.time_order.inside, self.time_order.close
        found = list(SLOTS.finditer(self.text, start, end))
        edges = [start, *(edge for one in found for edge in one.span()), end]
        between = "".join([self.text[left:right] for left, right in zip(edges[::2], edges[1::2], strict=True)])
        try:
            slots = [
                Slot(one[1], int(one[2]) if one[2] else None, one.start(), one.end())
                for one in found
                if one[1] is not None
            ]
        except ValueError as error:
            raise InputError(f"{self.path}: has a time slot without a whole number ({error}); {AGAIN}") from None
        if between.strip():
            raise InputError(f"{self.path}: has time slots of a form that is not known; {AGAIN}")
        return slots


def _encoding(content: bytes) -> tuple[bytes, str]:
    """Return the byte order mark of a file of XML, if it has one, and the name of its encoding."""
    for mark, name in MARKS.items():
        if content.startswith(mark):
            return mark, name
    if content[:2] in UNMARKED:
        return b"", UNMARKED[content[:2]]
    declared = DECLARED.match(content)
    return b"", declared[1].decode("ascii") if declared else "utf-8"

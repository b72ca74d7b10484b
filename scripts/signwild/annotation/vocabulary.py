"""The controlled vocabulary of how sure a proposal is, and the linguistic type that has it, in an .eaf file."""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain, count
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from signwild.annotation.eaf_text import EafText, Edit
from signwild.annotation.proposals import SURENESS

KIND = "proposal"
"""Linguistic type of tiers of proposals; with a number if a file has another of this name."""

VOCABULARY = "sureness"
"""Controlled vocabulary of the type; with a number if a file has another of this name."""

NO_LANGUAGE = "und"
LANGUAGE = '<LANGUAGE LANG_DEF="http://cdb.iso.org/lg/CDB-00138502-001" LANG_ID="und" LANG_LABEL="undetermined (und)"/>'
"""What ELAN writes for vocabularies of no language."""

WITH_LANGUAGES = (2, 8)
"""Version of ELAN's format from which vocabularies have languages, and annotations refer to their entries."""


class Vocabulary:
    """The vocabulary and the type in a file, or their names if they have to be added.

    ``kind``: name of the type.
    """

    def __init__(self, eaf: EafText) -> None:
        self._eaf, self._has_languages = eaf, eaf.version >= WITH_LANGUAGES
        vocabularies = {one.get("CV_ID", ""): one for one in eaf.root.iterfind("CONTROLLED_VOCABULARY")}
        self._name, self._entries = self._find(vocabularies)
        kinds = {one.get("LINGUISTIC_TYPE_ID", ""): one for one in eaf.root.iterfind("LINGUISTIC_TYPE")}
        self.kind = next(name for name in _numbered(KIND) if name not in kinds or self._is_ours(kinds[name]))
        self._is_new_kind, self._is_new = self.kind not in kinds, self._name not in vocabularies
        languages = {one.get("LANG_ID") for one in eaf.root.iterfind("LANGUAGE")}
        self._is_new_language = self._is_new and self._has_languages and NO_LANGUAGE not in languages

    @cached_property
    def references(self) -> dict[str, str]:
        """The attribute by which an annotation refers to each entry, with a space before it; empty in older files."""
        return {word: f" CVE_REF={quoteattr(entry)}" if (entry := self._entries.get(word)) else "" for word in SURENESS}

    def edits(self) -> Iterator[Edit]:
        """Yield what has to be added to the file."""
        new = {
            "LINGUISTIC_TYPE": self._is_new_kind and self._kind_element(),
            "LANGUAGE": self._is_new_language and LANGUAGE,
            "CONTROLLED_VOCABULARY": self._is_new and self._element(),
        }
        for name, text in new.items():
            if text:
                place = self._eaf.place_for(name)
                yield Edit(place, place, self._eaf.line(1) + text)

    def _find(self, vocabularies: dict[str, ElementTree.Element]) -> tuple[str, dict[str, str]]:
        """Return the vocabulary's name, and the id of each of its entries (none in older files)."""
        for name in _numbered(VOCABULARY):
            if name not in vocabularies:
                break
            entries = _entries(vocabularies[name])
            if entries.keys() == SURENESS.keys():
                return name, entries
        if not self._has_languages:
            return name, {}
        taken = {one.get("CVE_ID") for one in self._eaf.root.iter("CV_ENTRY_ML")}
        ids = {word: (f"cveid_{free}" for free in _numbered(f"{VOCABULARY}_{word}", "_")) for word in SURENESS}
        return name, {word: next(one for one in own if one not in taken) for word, own in ids.items()}

    def _is_ours(self, kind: ElementTree.Element) -> bool:
        is_free = kind.get("CONSTRAINTS") is None and kind.get("TIME_ALIGNABLE", "true") in ("true", "1")
        return is_free and kind.get("CONTROLLED_VOCABULARY_REF") == self._name

    def _kind_element(self) -> str:
        return (
            f"<LINGUISTIC_TYPE CONTROLLED_VOCABULARY_REF={quoteattr(self._name)} "
            f'GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID={quoteattr(self.kind)} TIME_ALIGNABLE="true"/>'
        )

    def _element(self) -> str:
        line, about = self._eaf.line, "how sure the detector is"
        if not self._has_languages:
            rows = [
                f"{line(2)}<CV_ENTRY DESCRIPTION={quoteattr(meaning)}>{escape(word)}</CV_ENTRY>"
                for word, meaning in SURENESS.items()
            ]
            head = f'<CONTROLLED_VOCABULARY CV_ID={quoteattr(self._name)} DESCRIPTION="{about}">'
            return f"{head}{''.join(rows)}{line(1)}</CONTROLLED_VOCABULARY>"
        rows = [f'{line(2)}<DESCRIPTION LANG_REF="{NO_LANGUAGE}">{about}</DESCRIPTION>']
        for word, meaning in SURENESS.items():
            value = f'<CVE_VALUE DESCRIPTION={quoteattr(meaning)} LANG_REF="{NO_LANGUAGE}">{escape(word)}</CVE_VALUE>'
            entry = quoteattr(self._entries[word])
            rows.append(f"{line(2)}<CV_ENTRY_ML CVE_ID={entry}>{line(3)}{value}{line(2)}</CV_ENTRY_ML>")
        head = f"<CONTROLLED_VOCABULARY CV_ID={quoteattr(self._name)}>"
        return f"{head}{''.join(rows)}{line(1)}</CONTROLLED_VOCABULARY>"


def _entries(vocabulary: ElementTree.Element) -> dict[str, str]:
    """Return the ids of a vocabulary's entries, by their first values; empty ids where entries have none."""
    found = {one.text or "": "" for one in vocabulary.iterfind("CV_ENTRY")}
    return found | {
        one.findtext("CVE_VALUE") or "": one.get("CVE_ID", "") for one in vocabulary.iterfind("CV_ENTRY_ML")
    }


def _numbered(name: str, gap: str = " ") -> Iterator[str]:
    return chain([name], (f"{name}{gap}{number}" for number in count(2)))

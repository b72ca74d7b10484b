"""Text in label files: its lines, characters that would be invisible, suggestions for misspelt words, and messages."""

import codecs
import difflib
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

NOT_TEXT = "not UTF-8 text; save the file as UTF-8"

MOST_LINES = 10
"""Most lines of a message that lists faults: enough to see their kind, few enough to read."""


def text_fault(name: str, value: str) -> str:
    """Describe what would be invisible in a table or a log, or return nothing; ``name`` is what the text is called."""
    if value != value.strip():
        return f'{name} "{value}" begins or ends with a space; remove it'
    if any(unicodedata.category(character) == "Cc" for character in value):
        return f"{name} {value!r} contains a tab, newline or other control character; rename it"
    return ""


def decimal(text: str) -> float:
    """Return the number that a text is; raises ValueError, also for forms of Python's own such as "1_000"."""
    if "_" in text:
        raise ValueError(text)
    return float(text)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean "..."?)`` for the word of ``known`` nearest to ``word``, or nothing if none is near."""
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return f' (did you mean "{by_folded[near[0]]}"?)' if near else ""


def in_a_template(text: str) -> str:
    """Return a text for a template of Snakemake or ``str.format``, which reads names in braces."""
    return text.replace("{", "{{").replace("}", "}}")


def lines_below(texts: Sequence[str], most: int = MOST_LINES) -> str:
    """Return texts as lines that follow the first line of a message: the first ``most``, and how many there are more.

    A text of several lines is indented as a whole.
    """
    more = [f"and {len(texts) - most:,} more"] if len(texts) > most else []
    return "".join(f"\n{textwrap.indent(text, '  ')}" for text in [*texts[:most], *more])


def lines_of(path: Path) -> Iterator[tuple[int, str | None]]:
    """Yield every line with its number, from 1; a line that is not UTF-8 text is None.

    Lines end with LF, CR LF or, as Excel for the Mac may write them, CR.
    """
    with path.open("rb") as stream:
        lines = (line for chunk in stream for line in chunk.splitlines(keepends=True))
        for number, line in enumerate(lines, start=1):
            try:
                yield number, (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).decode("utf-8")
            except UnicodeDecodeError:
                yield number, None

"""Tables for a terminal: Markdown tables laid out at any width, in blocks of columns if they are too wide."""

import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from signwild.base.table_forms import BEST

MIN_WIDTH = 60
"""In characters; a narrower terminal is treated as this wide."""

WIDTH_OF_A_LOG = 240
"""In characters; used where the output is not a terminal."""

GAP = "  "
MOST_OF_A_CELL = 32
"""Width above which the text of a cell is wrapped, in characters; no number with its interval is as long."""

MOST_OF_A_TITLE = 12
"""Width above which a title is wrapped if the cells below it are narrower."""

BOLD = re.compile(r"\*\*(.+?)\*\*")
ANSI_BOLD = "\x1b[1m\\1\x1b[0m"
NUMERIC = re.compile(r"[\d.,:%/*∗±+−\-–()\[\]\s]*|reference")


def print_tables(paths: Iterable[Path]) -> None:
    """Print tables from their Markdown files, as wide as the terminal."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else WIDTH_OF_A_LOG
    for path in paths:
        print("\n".join(terminal_table(path.read_text(encoding="utf-8"), width, with_bold=is_terminal)), end="\n\n")


def terminal_table(markdown: str, width: int, with_bold: bool = False) -> list[str]:
    """Lay out a table for a terminal of ``width`` characters and return its lines.

    ``markdown``: a table as ``table_forms.markdown_table`` returns it. If it is too wide, it is shown in blocks of
    columns, with the first column repeated in each. Cells and titles are wrapped at spaces, so no number is cut.
    ``with_bold``: use the terminal's bold type for what is bold in Markdown; else nothing is bold, nor said to be.
    """
    width = max(width, MIN_WIDTH)
    lines: list[str] = []
    for paragraph in markdown.strip().split("\n\n"):
        if paragraph.startswith("|"):
            lines += _table([_cells(line) for line in paragraph.splitlines()], width, with_bold)
        else:
            text = BOLD.sub(r"\1", paragraph)
            if not with_bold:
                text = text.replace(BEST, "").strip()
            wrapped = textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)
            lines += [_shown(f"**{line}**", with_bold) if BOLD.fullmatch(paragraph) else line for line in wrapped]
        if lines[-1:] != [""]:
            lines.append("")
    return lines[:-1]


def _cells(line: str) -> list[str]:
    """Return the cells of a row; each of several bold words is bold by itself, as a line may end between them."""
    cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    return [BOLD.sub(lambda bold: " ".join(f"**{word}**" for word in bold[1].split(" ")), cell) for cell in cells]


def _table(rows: list[list[str]], width: int, with_bold: bool) -> list[str]:
    titles, _, *body = rows
    columns = [_Column(list(column), with_bold) for column in zip(titles, *body, strict=True)]
    columns[0].shrink(max(width // 3, columns[0].longest_word))
    room = width - columns[0].width - len(GAP)
    for column in columns[1:]:
        column.shrink(max(room, column.longest_word))
    blocks = [_block([columns[0], *part], len(rows) - 1) for part in _parts(columns[1:], room)]
    return [line for block in blocks for line in ("", *block)][1:]


def _parts(columns: list["_Column"], room: int) -> Iterator[list["_Column"]]:
    """Divide columns, in their order, into as few blocks as fit into ``room`` characters."""
    part: list[_Column] = []
    for column in columns:
        if part and sum(other.width + len(GAP) for other in part) + column.width > room:
            yield part
            part = []
        part.append(column)
    yield part


def _block(columns: list["_Column"], rows: int) -> list[str]:
    lines = []
    for row in range(rows):
        wrapped = [column.lines(row) for column in columns]
        for number in range(max(map(len, wrapped))):
            cells = [
                column.padded(own[number] if number < len(own) else "")
                for column, own in zip(columns, wrapped, strict=True)
            ]
            lines.append(GAP.join(cells).rstrip())
        if row == 0:
            lines.append(GAP.join("-" * column.width for column in columns))
    return lines


class _Column:
    """A column of a table: its title and cells, as text that is wrapped to its width."""

    def __init__(self, texts: list[str], with_bold: bool) -> None:
        self._texts, self._with_bold = texts, with_bold
        title, *cells = texts
        self._is_numeric = all(NUMERIC.fullmatch(cell) for cell in cells)
        self.longest_word = max(_length(word) for text in texts for word in text.split(" "))
        widest = max(map(_length, cells), default=0)
        if not self._is_numeric:
            widest = min(widest, MOST_OF_A_CELL)
        self.width = max(widest, self.longest_word, min(_length(title), MOST_OF_A_TITLE))

    def shrink(self, most: int) -> None:
        """Limit the width."""
        self.width = min(self.width, most)

    def lines(self, row: int) -> list[str]:
        """Return the lines of a row's cell; row 0 is the title."""
        lines = [""]
        for word in self._texts[row].split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and _length(longer) > self.width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def padded(self, text: str) -> str:
        """Return a line of a cell as wide as the column: numbers to the right, text to the left."""
        space, shown = " " * (self.width - _length(text)), _shown(text, self._with_bold)
        return space + shown if self._is_numeric else shown + space


def _length(text: str) -> int:
    return len(BOLD.sub(r"\1", text))


def _shown(text: str, with_bold: bool) -> str:
    return BOLD.sub(ANSI_BOLD if with_bold else r"\1", text)

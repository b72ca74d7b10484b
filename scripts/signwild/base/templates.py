"""Texts from Jinja templates (the report's unless another folder is given), with all outside values escaped."""

import hashlib
import re
import textwrap
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from signwild.base import words

TEMPLATES = Path(__file__).parent / "templates"

_MARKDOWN = re.compile(r"([\\`*_{}\[\]|#~])")


def templates_digest(folder: Path = TEMPLATES) -> str:
    """Return a digest of all templates: their names and bytes."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return hashlib.sha256(repr(files).encode()).hexdigest()[:20]


def render(name: str, folder: Path = TEMPLATES, /, **values: object) -> str:
    """Fill in a template of ``folder``: ``*.html.j2`` with HTML escaped, ``*.md.j2`` with Markdown escaped."""
    is_html = name.endswith(".html.j2")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=is_html,
        finalize=None if is_html else escape_markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": words.number,
        "percent": words.percent,
        "duration": words.duration,
        "memory": words.memory,
        "counted": words.counted,
        "listed": words.listed,
    }
    return environment.get_template(name).render(**values)


def wrap_prose(text: str, width: int = 120) -> str:
    """Wrap long lines of paragraphs and list items in Markdown; leave tables, headings, code and shorter lines."""
    lines, in_code = [], False
    for line in text.split("\n"):
        in_code ^= line.startswith(("```", "~~~"))
        indent = "  " if line.startswith("- ") else ""
        is_prose = len(line) > width and not in_code and not line.startswith(("|", "#", " "))
        broken = textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        lines += broken if is_prose else [line]
    return "\n".join(lines)


def escape_markdown(value: object) -> object:
    """Escape text, on one line, so that Markdown and HTML in Markdown show it unchanged; skip what is marked safe."""
    if hasattr(value, "__html__"):
        return value
    text = re.sub(r"\s+", " ", str(value)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)

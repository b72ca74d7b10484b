"""Rewrite the table of docs/reruns.md from the changes that the tests make."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "builders"))

from changes import as_markdown
from runs import ROOT

START, END = "<!-- The table is written by tests/workflow/write_reruns.py. -->\n", "<!-- End of the table. -->\n"

if __name__ == "__main__":
    path = ROOT / "docs/reruns.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    path.write_text(before + START + as_markdown() + "\n" + END + after, encoding="utf-8")

"""Results of a version whose modules had other names: they are computed again, and the first run says why."""

from pathlib import Path

LAYOUT = "packages"
"""Name of the present layout of the library. Another one changes every key, as a key covers the names of modules."""

NOTE = ".layout"
"""File in the folder of results that names the layout they were made with."""


def earlier_layout_note(results: Path) -> str | None:
    """Return, once, what happens to results of an earlier layout; None if there are none. Notes the present layout."""
    note = results / NOTE
    if note.is_file() and note.read_text(encoding="utf-8").strip() == LAYOUT:
        return None
    has_earlier = any((results / "store").glob("*/*.h5"))
    results.mkdir(exist_ok=True)
    note.write_text(f"{LAYOUT}\n", encoding="utf-8")
    if not has_earlier:
        return None
    return (
        f"If the results in {results}/store were made by a version whose modules had other names "
        "(docs/moved-modules.md), they are not read, and all is computed again, once; `make why` says what. Afterwards "
        "`make clean-stale` lists the old files, and `make clean-stale REMOVE=yes` removes them."
    )

"""Notes for a user: what is worth knowing, though the work goes on."""

from dataclasses import dataclass

MOST_NAMES = 5
"""Names that a note on the terminal has; logs have all."""


@dataclass(frozen=True)
class Note:
    """Something that is true of all ``names``, such as "files without labels"."""

    what: str
    names: list[str]

    def text(self, most: int | None = None) -> str:
        """Return the note as a line; ``most``: the number of names after which they are only counted."""
        return f"{self.what} ({len(self.names):,}): {first_names(self.names, most)}"


def first_names(names: list[str], most: int | None = None) -> str:
    """Join names; ``most``: the number of names after which they are only counted."""
    more = [f"and {len(names) - most:,} more"] if most is not None and len(names) > most else []
    return ", ".join([*names[:most], *more])

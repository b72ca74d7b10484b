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
        more = [f"and {len(self.names) - most:,} more"] if most is not None and len(self.names) > most else []
        return f"{self.what} ({len(self.names):,}): {', '.join([*self.names[:most], *more])}"

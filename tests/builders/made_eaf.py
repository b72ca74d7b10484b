"""Builder of .eaf files as ELAN writes them, with the content that a test needs."""

from pathlib import Path

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-05-06T10:11:12+01:00" FORMAT="3.0" VERSION="{version}"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
    <HEADER MEDIA_FILE="" TIME_UNITS="{units}">
{media}
        <PROPERTY NAME="URN">urn:nl-mpi-tools-elan-eaf:ab9c3a8e</PROPERTY>
        <PROPERTY NAME="lastUsedAnnotationId">99</PROPERTY>
    </HEADER>
    <TIME_ORDER>
{slots}
    </TIME_ORDER>
{tiers}
    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/>
    <LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Association" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="about"
        TIME_ALIGNABLE="false"/>
    <CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="Symbolic_Association"/>
</ANNOTATION_DOCUMENT>
"""


def media(url: str, relative: str = "", origin: str = "", kind: str = "video/mp4") -> str:
    """Return the description of a linked file."""
    given = {"TIME_ORIGIN": origin, "RELATIVE_MEDIA_URL": relative}
    more = "".join(f' {name}="{value}"' for name, value in given.items() if value)
    return f'        <MEDIA_DESCRIPTOR MEDIA_URL="{url}" MIME_TYPE="{kind}"{more}/>'


class MadeEaf:
    """An .eaf file to which tiers are added; times are in milliseconds, None for a time slot that is not aligned."""

    def __init__(self, *linked: str) -> None:
        self.linked = linked
        self.times: list[int | None] = []
        self.tiers: list[str] = []
        self.annotations = 0

    def tier(self, name: str, *spans: tuple[int | None, int | None], participant: str = "") -> "MadeEaf":
        """Add a tier of annotations, which are named a1, a2 ... across all tiers."""
        rows = []
        for span in spans:
            self.times += span
            slots = f'TIME_SLOT_REF1="ts{len(self.times) - 1}" TIME_SLOT_REF2="ts{len(self.times)}"'
            rows.append(self._annotation("ALIGNABLE_ANNOTATION", slots))
        person = f' PARTICIPANT="{participant}"' if participant else ""
        self.tiers.append(f'<TIER LINGUISTIC_TYPE_REF="default-lt"{person} TIER_ID="{name}">{"".join(rows)}</TIER>')
        return self

    def referring(self, name: str, parent: str, *annotations: str) -> "MadeEaf":
        """Add a tier of annotations that refer to others and have no times themselves."""
        rows = [self._annotation("REF_ANNOTATION", f'ANNOTATION_REF="{about}"') for about in annotations]
        self.tiers.append(
            f'<TIER LINGUISTIC_TYPE_REF="about" PARENT_REF="{parent}" TIER_ID="{name}">{"".join(rows)}</TIER>'
        )
        return self

    def _annotation(self, kind: str, what: str) -> str:
        self.annotations += 1
        value = f"<ANNOTATION_VALUE>ħ {self.annotations}</ANNOTATION_VALUE>"
        return f'<ANNOTATION><{kind} ANNOTATION_ID="a{self.annotations}" {what}>{value}</{kind}></ANNOTATION>'

    def write(self, path: Path, version: str = "3.0", units: str = "milliseconds") -> Path:
        """Write the file."""
        values = ["" if time is None else f' TIME_VALUE="{time}"' for time in self.times]
        slots = [f'        <TIME_SLOT TIME_SLOT_ID="ts{n}"{value}/>' for n, value in enumerate(values, start=1)]
        parts = {"media": self.linked, "slots": slots, "tiers": self.tiers}
        joined = {name: "\n".join(lines) for name, lines in parts.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD.format(version=version, units=units, **joined), encoding="utf-8")
        return path

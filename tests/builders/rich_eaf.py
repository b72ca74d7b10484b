"""An .eaf file with everything that ELAN's format has, in its versions' forms, and a check of such files' form."""

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

RICH = """<?xml version="1.0" encoding="UTF-8"?>
<!-- kept: "TIER" <TIER> <TIME_SLOT/> -->
<ANNOTATION_DOCUMENT   DATE='2019-04-01T10:00:00+02:00' AUTHOR="M. Xuereb &amp; Co" VERSION="{version}"
  FORMAT="{version}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv{version}.xsd">
{license}    <HEADER TIME_UNITS="milliseconds" MEDIA_FILE="">
        <MEDIA_DESCRIPTOR MIME_TYPE="audio/x-wav" MEDIA_URL="file:///C:/old/a.wav" RELATIVE_MEDIA_URL="./a.wav"/>
        <MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/old/my%20video.mp4" MIME_TYPE="video/mp4"
            RELATIVE_MEDIA_URL="../videos/my video.mp4"{origin}/>
        <LINKED_FILE_DESCRIPTOR LINK_URL="file:///C:/old/data.csv" MIME_TYPE="unknown"/>
        <PROPERTY NAME="URN">urn:nl-mpi-tools-elan-eaf:0001</PROPERTY>
        <PROPERTY/>
        <PROPERTY NAME="empty"></PROPERTY>
        <!-- <PROPERTY NAME="lastUsedAnnotationId">7</PROPERTY> -->
        <PROPERTY NAME="lastUsedAnnotationId">31</PROPERTY>
    </HEADER>
    <TIME_ORDER>
        <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
        <TIME_SLOT   TIME_VALUE="1500"   TIME_SLOT_ID="ts2" />
        <TIME_SLOT TIME_SLOT_ID="ts3"/>
        <!-- <TIME_SLOT TIME_SLOT_ID="ts99" TIME_VALUE="1"/> -->
        <TIME_SLOT TIME_SLOT_ID="ts4"></TIME_SLOT>
        <TIME_SLOT TIME_SLOT_ID="ts17" TIME_VALUE="9000"/>
        <TIME_SLOT TIME_SLOT_ID="ts6" TIME_VALUE="12000"/>
    </TIME_ORDER>
    <TIER TIER_ID="RH-Għ" LINGUISTIC_TYPE_REF="gloss" PARTICIPANT="Anna > Bob" ANNOTATOR="mx" DEFAULT_LOCALE="mt"{tier}>
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2" EXT_REF="er1"{entry}>
                <ANNOTATION_VALUE>DAR &lt;1&gt;</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION SVG_REF="x" ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts17">
                <ANNOTATION_VALUE><![CDATA[</TIER> "a400" ]]></ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
    </TIER>
    <TIER TIER_ID="parts" LINGUISTIC_TYPE_REF="part" PARENT_REF="RH-Għ">
        <ANNOTATION>
            <REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a2">
                <ANNOTATION_VALUE/>
            </REF_ANNOTATION>
        </ANNOTATION>
        <ANNOTATION>
            <REF_ANNOTATION ANNOTATION_ID="a4" ANNOTATION_REF="a2" PREVIOUS_ANNOTATION="a3">
                <ANNOTATION_VALUE>second</ANNOTATION_VALUE>
            </REF_ANNOTATION>
        </ANNOTATION>
    </TIER>
    <TIER TIER_ID="phases" LINGUISTIC_TYPE_REF="phase" PARENT_REF="RH-Għ">
        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a5" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
            <ANNOTATION_VALUE>p</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a6" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4">
            <ANNOTATION_VALUE>s</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
        <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a7" TIME_SLOT_REF1="ts4" TIME_SLOT_REF2="ts17">
            <ANNOTATION_VALUE>r</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
    </TIER>
    <TIER TIER_ID="signing" LINGUISTIC_TYPE_REF="free"/>
    <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="free" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>
    <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="gloss" TIME_ALIGNABLE="true"
        CONTROLLED_VOCABULARY_REF="hands" LEXICON_REF="lx1"/>
    <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="part" TIME_ALIGNABLE="false" CONSTRAINTS="Symbolic_Subdivision"/>
    <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="phase" TIME_ALIGNABLE="true" CONSTRAINTS="Time_Subdivision"/>
    <LOCALE LANGUAGE_CODE="mt" COUNTRY_CODE="MT"/>
{languages}    <CONSTRAINT STEREOTYPE="Time_Subdivision"
        DESCRIPTION="Time subdivision of parent annotation's time interval, no time gaps allowed"/>
    <CONSTRAINT STEREOTYPE="Symbolic_Subdivision" DESCRIPTION="Symbolic subdivision"/>
{vocabularies}    <LEXICON_REF LEX_REF_ID="lx1" NAME="n" TYPE="t" URL="u" LEXICON_ID="i" LEXICON_NAME="l"/>
{links}    <EXTERNAL_REF EXT_REF_ID="er1" TYPE="iso12620" VALUE="http://www.isocat.org/datcat/DC-1"/>
    <EXTERNAL_REF EXT_REF_ID="er2" TYPE="ecv" VALUE="http://example.org/cv.ecv"/>
</ANNOTATION_DOCUMENT>
<?after kept?>
"""

OLDER = {
    "license": "",
    "tier": "",
    "entry": "",
    "languages": "",
    "vocabularies": """    <CONTROLLED_VOCABULARY CV_ID="hands" DESCRIPTION="">
        <CV_ENTRY DESCRIPTION="right">RH</CV_ENTRY>
    </CONTROLLED_VOCABULARY>
""",
    "links": "",
}

NEWER = {
    "license": '    <LICENSE LICENSE_URL="https://creativecommons.org/licenses/by/4.0/">CC BY</LICENSE>\n',
    "tier": ' EXT_REF="er1" LANG_REF="mlt"',
    "entry": ' CVE_REF="cveid0" LANG_REF="mlt"',
    "languages": '    <LANGUAGE LANG_ID="mlt" LANG_LABEL="Maltese (mlt)"/>\n',
    "vocabularies": """    <CONTROLLED_VOCABULARY CV_ID="hands">
        <DESCRIPTION LANG_REF="mlt"/>
        <CV_ENTRY_ML CVE_ID="cveid0" EXT_REF="er1">
            <CVE_VALUE LANG_REF="mlt" DESCRIPTION="">DAR</CVE_VALUE></CV_ENTRY_ML>
    </CONTROLLED_VOCABULARY>
    <CONTROLLED_VOCABULARY CV_ID="external" EXT_REF="er2"/>
""",
    "links": "",
}

LINKS = """    <REF_LINK_SET LINKS_ID="ls1">
        <CROSS_REF_LINK REF_LINK_ID="rl1" REF1="a1" REF2="a2"/>
    </REF_LINK_SET>
"""

FORMS = {"2.7": OLDER, "2.8": NEWER, "3.0": NEWER | {"links": LINKS}}


def rich_eaf(version: str = "3.0", origin: str = "") -> str:
    """Return the text of a rich file; ``origin``: TIME_ORIGIN of its video, ``../videos/my video.mp4``."""
    return RICH.format(version=version, origin=f' TIME_ORIGIN="{origin}"' if origin else "", **FORMS[version])


ORDER = ["LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT"]
ORDER += ["CONTROLLED_VOCABULARY", "LEXICON_REF", "REF_LINK_SET", "EXTERNAL_REF"]

REQUIRED = {
    "TIME_SLOT": {"TIME_SLOT_ID"},
    "TIER": {"TIER_ID", "LINGUISTIC_TYPE_REF"},
    "ALIGNABLE_ANNOTATION": {"ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2"},
    "REF_ANNOTATION": {"ANNOTATION_ID", "ANNOTATION_REF"},
    "LINGUISTIC_TYPE": {"LINGUISTIC_TYPE_ID"},
    "CONTROLLED_VOCABULARY": {"CV_ID"},
    "CV_ENTRY_ML": {"CVE_ID"},
    "CVE_VALUE": {"LANG_REF"},
    "LANGUAGE": {"LANG_ID"},
}

IDS = ["TIME_SLOT_ID", "ANNOTATION_ID", "LANG_ID", "LANGUAGE_CODE", "STEREOTYPE", "EXT_REF_ID", "LEX_REF_ID"]
IDS += ["LINKS_ID", "REF_LINK_ID"]
"""Attributes of type xsd:ID: one space of names."""

KEYS = {"TIER": "TIER_ID", "LINGUISTIC_TYPE": "LINGUISTIC_TYPE_ID", "CONTROLLED_VOCABULARY": "CV_ID"}

REFERENCES = {
    "TIME_SLOT_REF1": "TIME_SLOT_ID",
    "TIME_SLOT_REF2": "TIME_SLOT_ID",
    "ANNOTATION_REF": "ANNOTATION_ID",
    "PREVIOUS_ANNOTATION": "ANNOTATION_ID",
    "LINGUISTIC_TYPE_REF": "LINGUISTIC_TYPE_ID",
    "CONTROLLED_VOCABULARY_REF": "CV_ID",
    "PARENT_REF": "TIER_ID",
    "LANG_REF": "LANG_ID",
    "CVE_REF": "CVE_ID",
    "CONSTRAINTS": "STEREOTYPE",
    "DEFAULT_LOCALE": "LANGUAGE_CODE",
}


def check_form(content: bytes) -> None:
    """Assert what ELAN's schemas 2.7 to 3.0 ask of order, attributes, unique ids, references and values."""
    root = ElementTree.fromstring(content)
    places = [ORDER.index(child.tag) for child in root]
    assert places == sorted(places)
    elements = list(root.iter())
    for element in elements:
        assert REQUIRED.get(element.tag, set()) <= set(element.keys()), element.attrib
    ids = Counter(value for element in elements for name, value in element.items() if name in IDS)
    assert not [name for name, number in ids.items() if number > 1]
    for tag, key in KEYS.items():
        names = [element.get(key) for element in root.iter(tag)]
        assert len(set(names)) == len(names)
    given = {(name, value) for element in elements for name, value in element.items()}
    for element in elements:
        for name, value in element.items():
            if name in REFERENCES:
                assert (REFERENCES[name], value) in given, f"{element.tag}: {name}={value}"
    assert all(int(slot.get("TIME_VALUE", "0")) >= 0 for slot in root.iter("TIME_SLOT"))
    for cv in root.iter("CONTROLLED_VOCABULARY"):
        tags = [child.tag for child in cv]
        assert tags == sorted(tags, key=["DESCRIPTION", "CV_ENTRY", "CV_ENTRY_ML"].index)
        assert ("CV_ENTRY" in tags) <= (root.get("FORMAT", "3.0") < "2.8")
        assert ("CV_ENTRY_ML" in tags) <= (root.get("FORMAT", "3.0") >= "2.8")
    last = [one.text for one in root.iterfind("HEADER/PROPERTY") if one.get("NAME") == "lastUsedAnnotationId"]
    used = [int(one.get("ANNOTATION_ID")[1:]) for one in root.iterfind("TIER/ANNOTATION/*")]
    assert all(int(number) >= max(used, default=0) for number in last)


def write_rich(path: Path, text: str, encoding: str = "utf-8", mark: bytes = b"", line_end: str = "\n") -> bytes:
    """Write a file in an encoding, with a byte order mark and line ends, and return its bytes."""
    declared = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}.get(encoding, encoding)
    text = text.replace('encoding="UTF-8"', f'encoding="{declared}"') if encoding != "utf-8" else text
    content = mark + text.replace("\n", line_end).encode(encoding, "xmlcharrefreplace")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return content

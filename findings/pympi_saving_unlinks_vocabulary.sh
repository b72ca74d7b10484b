#!/usr/bin/env bash
# pympi: an .eaf file that is read and written again has lost its annotations' links to their vocabulary.
#
# Versions:  pympi-ling 1.71, Python 3.11
# Expected:  a file that is read and written unchanged says the same: in ELAN's format from 2.8 on, an annotation of a
#            tier with a controlled vocabulary names its entry (CVE_REF), so that its text follows the entry's name and
#            language; links to outside sources (EXT_REF) and its language (LANG_REF) are attributes of it too.
# Seen:      all three are gone from the written file, and nothing says so. Texts and times are the same.
# Matters:   a script that adds a tier to a corpus with pympi cuts every annotation off from the vocabulary; ELAN shows
#            the texts as before, and a later change of the vocabulary reaches none of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  pympi-ling==1.71 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
venv/bin/python - << 'END'
from pathlib import Path

from pympi.Elan import Eaf

eaf = Eaf(author="finding")
eaf.add_language("mlt", "mlt", "Maltese")
eaf.add_controlled_vocabulary("hands")
eaf.add_cv_entry("hands", "cveid_both", [("both", "mlt", "two hands")])
eaf.add_tier("sign")
eaf.add_annotation("sign", 0, 1000, "both")
eaf.to_file("made.eaf")
path = Path("made.eaf")
links = 'CVE_REF="cveid_both" EXT_REF="er1" LANG_REF="mlt"'
text = path.read_text().replace("<ALIGNABLE_ANNOTATION ", f"<ALIGNABLE_ANNOTATION {links} ")
source = '<EXTERNAL_REF EXT_REF_ID="er1" TYPE="iso12620" VALUE="DC-1" />'
path.write_text(text.replace("</ANNOTATION_DOCUMENT>", f"{source}</ANNOTATION_DOCUMENT>"))
Eaf("made.eaf").to_file("again.eaf")
again = Path("again.eaf").read_text()
annotation = again[again.index("<ALIGNABLE_ANNOTATION") : again.index("</ALIGNABLE_ANNOTATION")]
print("before:", links)
print("after: ", " ".join(annotation.split()))
assert Eaf("again.eaf").get_annotation_data_for_tier("sign") == [(0, 1000, "both")], "the annotation itself is lost"
assert not any(name in annotation for name in ("CVE_REF", "EXT_REF", "LANG_REF")), "no longer so"
END

#!/usr/bin/env bash
# pympi: each part of an annotation that is divided into parts has the time of the whole.
#
# Versions:  pympi-ling 1.71, Python 3.11
# Expected:  a sentence is divided into ordered signs (Symbolic_Subdivision; the second names the first as its
#            PREVIOUS_ANNOTATION): the signs follow each other and share the sentence's time, as ELAN draws them.
# Seen:      both signs last from the sentence's beginning to its end, and a tier about the second sign does too. The
#            order is in the file, and is not used.
# Matters:   times are plausible numbers. Signs seem to be made at the same time, and the length of all signs together
#            is a multiple of the video's.
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
eaf.add_linguistic_type("part", "Symbolic_Subdivision", timealignable=False)
eaf.add_tier("sentence")
eaf.add_annotation("sentence", 0, 5000, "sentence")
eaf.add_tier("sign", ling="part", parent="sentence")
eaf.add_ref_annotation("sign", "sentence", 100, "first")
(first,) = eaf.tiers["sign"][1]
eaf.add_ref_annotation("sign", "sentence", 100, "second", prev=first)
eaf.to_file("made.eaf")
assert f'PREVIOUS_ANNOTATION="{first}"' in Path("made.eaf").read_text(), "the order is not in the file"
found = Eaf("made.eaf").get_annotation_data_for_tier("sign")
print("a sentence of 5 s in two parts:", found)
assert found == [(0, 5000, "first", "sentence"), (0, 5000, "second", "sentence")], "no longer so"
END

#!/usr/bin/env bash
# pympi: a reference tier below a tier of kind Included_In cannot be read, in a file that pympi itself has written.
#
# Versions:  pympi-ling 1.71, Python 3.11
# Expected:  glosses with times of their own lie within sentences (Included_In), and a tier is about the glosses
#            (Symbolic_Association): its annotations have the times of the glosses that they refer to.
# Seen:      `get_annotation_data_for_tier` raises KeyError with the name of the gloss: times are looked for in the
#            topmost tier only, not in the tier that is referred to. Without the sentences the same tier is read.
# Matters:   corpora are built like this, and ELAN shows such a file without complaint; the error names an annotation
#            that is there, so the file looks damaged although it is sound.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  pympi-ling==1.71 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
venv/bin/python - << 'END'
from pympi.Elan import Eaf


def read_back(with_sentences: bool) -> list[tuple]:
    """Write a tier about glosses, and return its annotations as they are read from the file."""
    eaf = Eaf(author="finding")
    eaf.add_linguistic_type("inside", "Included_In")
    eaf.add_linguistic_type("about", "Symbolic_Association", timealignable=False)
    eaf.add_tier("sentence")
    eaf.add_annotation("sentence", 0, 5000, "sentence")
    if with_sentences:
        eaf.add_tier("gloss", ling="inside", parent="sentence")
    else:
        eaf.add_tier("gloss")
    eaf.add_annotation("gloss", 700, 900, "gloss")
    eaf.add_tier("signing", ling="about", parent="gloss")
    eaf.add_ref_annotation("signing", "gloss", 800, "yes")
    eaf.to_file("made.eaf")
    eaf = Eaf("made.eaf")
    assert eaf.get_annotation_data_for_tier("gloss") == [(700, 900, "gloss")], "glosses are read otherwise"
    return eaf.get_annotation_data_for_tier("signing")


alone = read_back(with_sentences=False)
print("glosses without sentences:", alone)
assert alone == [(700, 900, "yes", "gloss")], "otherwise without sentences"
try:
    print("glosses within sentences:", read_back(with_sentences=True))
except KeyError as error:
    print("glosses within sentences: KeyError", error)
else:
    raise SystemExit("no longer so")
END

#!/usr/bin/env bash
# pympi: annotations between two times on a tier that refers to another are all annotations of the tier.
#
# Versions:  pympi-ling 1.71, Python 3.11
# Expected:  `get_annotation_data_between_times` gives those that touch the span, as on a tier with times of its own and
#            as `get_annotation_data_at_time` does on both kinds of tiers.
# Seen:      on a reference tier it gives the whole tier, for any span, also for one in which nothing is annotated;
#            `get_ref_annotation_data_between_times` does too.
# Matters:   glosses and translations are usually such tiers. Each window of a recording gets the words of all of it, in
#            rows that look right: they have correct times, which nobody compares with the question.
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

eaf = Eaf(author="finding")
eaf.add_linguistic_type("of another", "Symbolic_Association", timealignable=False)
eaf.add_tier("sign")
eaf.add_tier("gloss", ling="of another", parent="sign")
TIMES = [(0, 1000), (1000, 2000), (5000, 6000)]
for start, end in TIMES:
    eaf.add_annotation("sign", start, end, "sign")
    eaf.add_ref_annotation("gloss", "sign", (start + end) // 2, "gloss")
eaf.to_file("made.eaf")
eaf = Eaf("made.eaf")


def times(annotations: list[tuple]) -> list[tuple[int, int]]:
    """Start and end in milliseconds of annotations."""
    return [annotation[:2] for annotation in annotations]


for span, touching in (((1200, 1800), TIMES[1:2]), ((3000, 4000), []), ((8000, 9000), [])):
    sign = times(eaf.get_annotation_data_between_times("sign", *span))
    gloss = times(eaf.get_annotation_data_between_times("gloss", *span))
    by_reference = times(eaf.get_ref_annotation_data_between_times("gloss", *span))
    at_once = times(eaf.get_annotation_data_at_time("gloss", span[0]))
    print(f"between {span[0]} and {span[1]} ms: signs {sign}, glosses {gloss}; glosses at {span[0]} ms: {at_once}")
    assert sign == at_once == touching, "otherwise on the tier with times, or at one time"
    assert gloss == by_reference == TIMES, "no longer so"
END

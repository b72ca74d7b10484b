"""Write annotations in other programs' forms: tables, subtitles, Praat, edit lists, ELAN; and cut what is signing.

    .venv/bin/python scripts/convert_annotations.py found/ --to textgrid edl
    .venv/bin/python scripts/convert_annotations.py annotations/talk.TextGrid --to eaf --tiers "signing=RH"
    .venv/bin/python scripts/convert_annotations.py annotations/ --to clips

reads .eaf, .TextGrid, .csv and .vtt files. Clips are not encoded again, so each begins at a key frame; clips.csv has
the exact times. Nothing that is there is written over. The exit code is 1 if something could not be written.
"""

import sys
from pathlib import Path

from signwild.annotation.convert import Form, find_annotations, read_source, write_form
from signwild.annotation.tier_names import read_tiers
from signwild.base.errors import InputError
from signwild.base.words import counted
from signwild.cli.program import run_function


def convert_annotations(
    converted: list[Path],
    /,
    *,
    to: list[Form],
    tiers: list[str] = (),
    configfile: Path | None = None,
    rate: int = 25,
    out: Path = Path("converted"),
) -> None:
    """Write annotations in other programs' forms, and cut what is signing out of their videos."""
    if rate < 1:
        raise InputError(f"--rate {rate}: timecodes count one frame a second or more")
    wanted, written, faults = read_tiers(tiers, "--tiers", configfile), 0, []
    for path in find_annotations(converted):
        try:
            source = read_source(path, wanted)
        except InputError as error:
            faults.append(str(error))
            continue
        for form in dict.fromkeys(to):
            try:
                faults += write_form(source, form, rate, out)
                written += 1
            except InputError as error:
                faults.append(str(error))
    for fault in faults:
        print(f"failed: {fault}")
    print(f"{counted(written, 'file')} written to {out}")
    if faults:
        sys.exit(f"error: {counted(len(faults), 'thing')} could not be written; the lines above say why")


if __name__ == "__main__":
    run_function(convert_annotations, lock="out", description=__doc__)

"""Write an .eaf template for each video, with an empty tier for each class, to annotate in ELAN."""

from pathlib import Path

from signwild.annotation.tier_names import written_tiers
from signwild.base.notes import MOST_NAMES, Note
from signwild.cli.program import run_function
from signwild.stages.dataset.elan_writer import write_templates
from signwild.video.files import NOT_VIDEOS, named_videos, other_files
from signwild.video.unknown_files import check_unknown_files


def write_elan_templates(
    videos: list[str], /, *, out: Path, tiers: list[str] = (), configfile: Path | None = None
) -> None:
    """Write an .eaf template for each video, with an empty tier for each class, to annotate in ELAN.

    ``tiers``, or ``configfile``, which is a run's configuration: the tiers of each class, by default of its own name.
    Files that exist already stay unchanged, and are listed. Raises InputError for a named file that is no video.
    """
    own = written_tiers(tiers, "--tiers", configfile)
    named = named_videos(videos)
    check_unknown_files(named)
    written, there = write_templates(named, out, own)
    if others := other_files(videos):
        print(Note(NOT_VIDEOS, others).text(MOST_NAMES))
    if there:
        print(f"{len(there):,} .eaf files are there already, and stay as they are: {', '.join(map(str, there))}")
    print(f"{len(written):,} templates are written to {out}")


if __name__ == "__main__":
    run_function(write_elan_templates)

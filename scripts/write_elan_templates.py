"""Write an .eaf template for each video, with empty tiers signing, speaking and other, to annotate in ELAN."""

from pathlib import Path

from signwild.cli.program import run_function
from signwild.stages.dataset.elan_writer import write_templates
from signwild.video.files import named_videos


def write_elan_templates(videos: list[str], /, *, out: Path) -> None:
    """Write an .eaf template for each video, with empty tiers signing, speaking and other, to annotate in ELAN.

    Files that exist already stay unchanged, and are listed.
    """
    written, there = write_templates(named_videos(videos), out)
    if there:
        print(f"{len(there):,} .eaf files are there already, and stay as they are: {', '.join(map(str, there))}")
    print(f"{len(written):,} templates are written to {out}")


if __name__ == "__main__":
    run_function(write_elan_templates)

"""Print which videos of a run are available so far, which are gone and why; this works during a download too."""

from pathlib import Path

from signwild.base.commands import run_command
from signwild.base.errors import InputError
from signwild.base.files import read_tables
from signwild.base.terminal_tables import print_tables
from signwild.cli.program import run_function
from signwild.plan.dataset import downloads_folder, is_paper_dataset
from signwild.plan.run import read_plan
from signwild.stages.dataset.prepare_dataset import shard_names
from signwild.stages.download.status import DownloadFolder
from signwild.stages.statistics.describe_attrition import count_videos, statuses_now, write_attrition


def show_attrition(configfile: Path) -> None:
    """Print which videos of a run are available so far, which are gone and why; this works during a download too.

    The table and its picture are kept beside the run.
    """
    configuration = read_plan(configfile).settings.configuration
    results, shards = Path("results") / configuration.run, shard_names(configuration.shards)
    labels = [results / f"dataset/{shard}.labels.tsv" for shard in shards]
    if not all(path.exists() for path in labels):
        raise InputError(
            f"{results}: this run has not listed its videos yet, so there is nothing to count; start "
            f"`{run_command(configfile)}` first, which does that in its first step, or "
            "name another run: `make attrition CONFIG=FILE`"
        )
    folder = downloads_folder(configuration)
    downloads = DownloadFolder(folder) if folder else None
    table = count_videos(statuses_now(results, shards, downloads), read_tables(labels))
    stem = results / "attrition_now/attrition"
    write_attrition(table, is_paper_dataset(configuration), stem, stem.with_suffix(".png"))
    print_tables([stem.with_suffix(".md")])
    if downloads and (note := downloads.paused()):
        print(f"Downloads are paused until {note.until}: {note.reason}")
    print(f"Files:   {stem}.csv, .md, .tex and .png")


if __name__ == "__main__":
    run_function(show_attrition)

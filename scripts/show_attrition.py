"""Print what is had of a run's videos by now, what is gone and why; also in the middle of a download."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from cli import program, run
from signwild.attrition import CAPTION, attrition_notes, count_videos, shown_attrition, statuses_now
from signwild.attrition_figure import draw_attrition
from signwild.dataset import shard_names
from signwild.dataset_planning import downloads_folder, is_paper_dataset
from signwild.download_status import DownloadFolder
from signwild.errors import InputError
from signwild.files import read_tables
from signwild.plan import read_plan
from signwild.table_layout import markdown_table, write_table_forms

WIDTH_OF_A_LOG = 120


def work(args: argparse.Namespace) -> None:
    """Print the table; keep it and its picture beside the run."""
    configuration = read_plan(args.configfile).settings.configuration
    results, shards = Path("results") / configuration.run, shard_names(configuration.shards)
    labels = [results / f"dataset/{shard}.labels.tsv" for shard in shards]
    gone = next((path for path in labels if not path.exists()), None)
    if gone:
        raise InputError(f"{gone}: is not there yet; start the run with {args.configfile} first, it lists the videos")
    folder = downloads_folder(configuration)
    downloads = DownloadFolder(folder) if folder else None
    table = count_videos(statuses_now(results, shards, downloads), read_tables(labels))
    of_paper = is_paper_dataset(configuration)
    shown, notes = shown_attrition(table), attrition_notes(table, of_paper)
    stem = results / "attrition_now/attrition"
    write_table_forms(table, shown, CAPTION, notes, stem)
    draw_attrition(table, of_paper, stem.with_suffix(".png"))
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_LOG)
    console.print(Markdown(markdown_table(shown, CAPTION, notes)), end="\n\n")
    if downloads and (note := downloads.paused()):
        print(f"Downloads rest until {note.until}: {note.reason}")
    print(f"Files:   {stem}.csv, .md, .tex and .png")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    run(parser, work)

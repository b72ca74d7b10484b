"""Print what a run came to: its tables, its videos, and where everything is."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from cli import program, run
from signwild.errors import InputError
from signwild.files import read_tables
from signwild.settings import read_yaml

WIDTH_OF_A_LOG = 160


def work(args: argparse.Namespace) -> None:
    """Print the summary, as wide as the terminal."""
    results = Path("results") / str(read_yaml(args.configfile).get("run"))
    tables, manifests = sorted(results.glob("tables/*.md")), sorted(results.glob("resample/*.tsv"))
    if not tables or not manifests:
        raise InputError(f"{results}: holds no tables yet; run the workflow with {args.configfile} first")
    console = Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_LOG)
    for path in tables:
        console.print(Markdown(path.read_text(encoding="utf-8")), end="\n\n")
    videos = read_tables(manifests)
    failed = videos[videos["status"] != "ok"]
    print(f"Videos:  {len(videos) - len(failed)} used, {len(failed)} failed")
    for video in failed.itertuples():
        print(f"         {video.video_id}: {video.status}, {video.reason}")
    print(f"Tables:  {results}/tables (CSV, Markdown, LaTeX)")
    print(f"Figures: {results}/figures (confusion matrices, training curves)")
    print("MLflow:  `make ui`, then the address that it prints")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    run(parser, work)

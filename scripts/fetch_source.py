"""Fetch the authors' list of videos and their labels, and verify each file by its git blob hash."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.configuration.sections.dataset import Source
from signwild.stages.dataset.authors_files import fetch_source_files, source_files


def work(args: argparse.Namespace) -> None:
    """Fetch what is missing, and write the receipt."""
    files = source_files(args.folder, args.parameters.list_blob, args.parameters.labels_blob)
    fetch_source_files(files, args.parameters.url, args.receipt)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="folder of the data set")
    parser.add_argument(
        "--parameters", type=Source.model_validate_json, required=True, help="JSON: section `dataset.source`"
    )
    parser.add_argument("--receipt", type=Path, required=True, help="table to write: the files and git's names of them")
    run(parser, work, output="receipt")

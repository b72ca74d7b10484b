"""Search YouTube for candidate videos of the data set, and write a table for vetting."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import WildDataset
from signwild.plan.run import read_plan
from signwild.stages.download.candidates import SEARCH, file_name, search_candidates


def work(args: argparse.Namespace) -> None:
    """Search, write the table, and print how many candidates are new."""
    dataset = read_plan(args.configfile).settings.configuration.dataset
    if not isinstance(dataset, WildDataset):
        raise InputError(f"{args.configfile}: dataset.kind: candidates are searched for signing-in-the-wild alone")
    output = Path(dataset.folder) / "candidates" / f"{file_name(args.query)}.tsv"
    new = search_candidates(args.query, args.count, SEARCH, dataset.youtube, Path(dataset.folder), output)
    print(f"{output}: {new} candidates that are not in the data set; look at each before you label it")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="a configuration of this data set")
    parser.add_argument("--query", required=True, help="what to search for")
    parser.add_argument("--count", type=int, required=True, help="candidates at most")
    run(parser, work)

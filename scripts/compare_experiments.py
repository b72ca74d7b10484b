"""Write one table of our results beside the paper's, as CSV, Markdown and LaTeX, and draw it."""

import argparse
from pathlib import Path
from typing import get_args

from cli import program, run
from signwild.configuration.sections.segments import GroupBy
from signwild.stages.tables.compare_experiments import Comparison, compare, read_forward_times
from signwild.stages.tables.paper_numbers import attrition, read_paper_results


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = program(__doc__)
    options.add_argument("--table", required=True, help="name in the paper's results, such as table_1")
    options.add_argument(
        "--definition",
        required=True,
        type=Comparison.model_validate_json,
        help="JSON: caption, columns and rows ({experiment, label, folder}: the folder, under the run's, that holds "
        "seed_1, ...), and perhaps unit (segment or video), reference (experiment of the row that the others are set "
        "against) and notes (sentences to stand under the table)",
    )
    options.add_argument("--paper", required=True, type=Path, help="YAML file of the paper's numbers")
    options.add_argument("--results", required=True, type=Path, help="the run's folder")
    options.add_argument("--seeds", required=True, type=int, nargs="+")
    options.add_argument("--group-by", choices=get_args(GroupBy), required=True, help="what is never in two folds")
    options.add_argument(
        "--not-comparable", action="append", default=[], metavar="REASON", help="why no number is the paper's"
    )
    options.add_argument(
        "--paper-dataset",
        type=Path,
        help="its statistics, where the data set is the paper's: are enough videos left?",
    )
    options.add_argument("--forward-times", type=Path, help="JSON: stream -> motion_ms, network_ms")
    options.add_argument("--output-stem", required=True, type=Path, help="path of the table without its suffix")
    options.add_argument("--figure", required=True, type=Path, help="PNG file of the intervals")
    return options


def work(arguments: argparse.Namespace) -> None:
    """Write the table."""
    compare(
        arguments.table,
        arguments.definition,
        arguments.results,
        arguments.seeds,
        paper=read_paper_results(arguments.paper),
        group_by=arguments.group_by,
        not_comparable=arguments.not_comparable + attrition(arguments.paper_dataset),
        output_stem=arguments.output_stem,
        figure=arguments.figure,
        forward_times=read_forward_times(arguments.forward_times) if arguments.forward_times else None,
    )


if __name__ == "__main__":
    run(parser(), work, output="output_stem")

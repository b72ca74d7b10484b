"""Write the report of a finished run: one self-contained page, a model card and a data card."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.stages.report.definition import ReportDefinition
from signwild.stages.report.write_report import write_report


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = program(__doc__)
    options.add_argument(
        "--definition",
        required=True,
        type=ReportDefinition.model_validate_json,
        help="JSON: the run and the names of its parts, see signwild.stages.report.definition",
    )
    options.add_argument("--results", required=True, type=Path, help="the run's folder")
    options.add_argument("--configfile", help="configuration that was given, for the commands; none is the demo's")
    options.add_argument("--output-dir", required=True, type=Path, help="folder of index.html and the two cards")
    return options


def work(arguments: argparse.Namespace) -> None:
    """Write the report."""
    write_report(arguments.definition, arguments.results, arguments.configfile, arguments.output_dir)


if __name__ == "__main__":
    run(parser(), work, output="output_dir")

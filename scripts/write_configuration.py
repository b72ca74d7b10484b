"""Write a configuration that differs from another in some values.

    python scripts/write_configuration.py config/starter.yaml --set segments.group_by=person --output mine.yaml

To change a value that both share, edit the first and write the other again. The result is checked like any other.
"""

import argparse
from pathlib import Path

from cli import program, run
from signwild.configuration.settings import load_settings, read_yaml
from signwild.plan.run import SHIPPED_EXPERIMENTS
from signwild.upkeep.derived.values import read_change, split_change, with_changes, write_configuration


def work(args: argparse.Namespace) -> None:
    """Write the configuration."""
    changes = dict(read_change(text) for text in args.set) | dict(split_change(text) for text in args.set_text)
    content = with_changes(read_yaml(args.base), changes)
    load_settings(content, str(args.output), SHIPPED_EXPERIMENTS)
    write_configuration(content, str(args.base), args.output)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("base", type=Path, help="the configuration that most values are taken from")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="another value, in YAML; may be repeated"
    )
    parser.add_argument(
        "--set-text",
        action="append",
        default=[],
        metavar="KEY=TEXT",
        help="another text as it stands, such as a path",
    )
    parser.add_argument("--output", type=Path, required=True, help="configuration to write")
    run(parser, work)

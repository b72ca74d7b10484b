"""Check a configuration, and that what it names is there, before any work."""

from pathlib import Path

from cli import program, run
from signwild.plan import read_plan

if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    run(parser, lambda args: read_plan(args.configfile).check_files(str(args.configfile)))

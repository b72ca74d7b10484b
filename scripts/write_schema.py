"""Write the JSON schema of a run's configuration."""

from pathlib import Path

from cli import program, run
from signwild.base.files import write_text
from signwild.configuration.schema import schema_text

if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--output", type=Path, default=Path("config/schema.json"), help="JSON file to write")
    run(parser, lambda args: write_text(args.output, schema_text()))

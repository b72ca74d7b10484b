"""Write the JSON schema of a run's configuration."""

from pathlib import Path

from signwild.base.files import write_text
from signwild.cli.program import run_function
from signwild.configuration.schema import schema_text


def write_schema(output: Path = Path("config/schema.json")) -> None:
    """Write the JSON schema of a run's configuration."""
    write_text(output, schema_text())


if __name__ == "__main__":
    run_function(write_schema)

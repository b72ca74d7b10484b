"""Merging of the shards' manifests of one stream or descriptor."""

from pathlib import Path

from signwild.base.files import read_tables, write_table
from signwild.base.shards import ShardPaths
from signwild.cli.program import run_function


def gather_features(manifests: ShardPaths, output: Path) -> None:
    """Merge the shards' manifests of one stream or descriptor, so later stages read one file instead of thousands."""
    write_table(output, read_tables(manifests))


if __name__ == "__main__":
    run_function(gather_features, lock="output")

"""Merge the shards' manifests of one stream or descriptor, so later stages read one file instead of thousands."""

from pathlib import Path

from cli import program, run
from signwild.base.files import read_tables, write_table
from signwild.base.shards import shard_paths

if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--manifests", type=shard_paths, required=True, help="the shards' manifests")
    parser.add_argument("--output", type=Path, required=True, help="table to write")
    run(parser, lambda args: write_table(args.output, read_tables(args.manifests)), output="output")

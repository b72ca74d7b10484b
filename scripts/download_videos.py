"""Give every video of a shard its file, or a status with a reason."""

from pathlib import Path

from cli import program, run
from signwild.download import locate_videos

if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--dataset", type=Path, required=True, help="the shard's table of videos")
    parser.add_argument("--manifest", type=Path, required=True, help="table to write")
    run(parser, lambda args: locate_videos(args.dataset, args.manifest), output="manifest")

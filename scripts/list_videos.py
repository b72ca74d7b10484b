"""List the available videos of a data set with their sha256, as its manifest."""

from pathlib import Path

from cli import program, run
from signwild.base.shards import shard_paths
from signwild.stages.download.list_videos import list_videos

if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--downloads", type=shard_paths, required=True, help="the shards' download manifests")
    parser.add_argument("--published", type=Path, help="published manifest that the run is restricted to")
    parser.add_argument("--manifest", type=Path, required=True, help="table to write")
    parser.add_argument("--results", type=Path, required=True, help="folder of all runs and of the store")
    run(
        parser, lambda args: list_videos(args.downloads, args.published, args.results, args.manifest), output="manifest"
    )

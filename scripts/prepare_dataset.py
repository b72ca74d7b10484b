"""List a data set's videos and labels, one small table per shard."""

from pathlib import Path

from cli import program, run
from signwild.dataset import prepare_dataset

if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--videos-dir", type=Path, required=True, help="folder of the videos")
    parser.add_argument("--labels", type=Path, required=True, help="labels.csv, or the authors' groundtruth.txt")
    parser.add_argument("--shards", type=int, required=True, help="number of shards")
    parser.add_argument("--folds", type=int, required=True, help="number of folds that every class must fill")
    parser.add_argument("--hash-cache", type=Path, required=True, help="table that remembers the files' sha256")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of the tables")
    run(
        parser,
        lambda args: prepare_dataset(
            args.videos_dir, args.labels, args.shards, args.folds, args.output_dir, args.hash_cache
        ),
        output="output_dir",
    )

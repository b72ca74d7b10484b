"""List a data set's videos and labels, one small table per shard."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.dataset import prepare_folder, prepare_wild
from signwild.files import read_table


def work(args: argparse.Namespace) -> None:
    """Write the tables of a folder of videos, or of the authors' list."""
    shared = {
        "labels": args.labels,
        "videos_dir": args.videos_dir,
        "excluded": set(read_table(args.excluded)["video_id"]),
        "shards": args.shards,
        "folds": args.folds,
        "output_dir": args.output_dir,
        "hash_cache": args.hash_cache,
    }
    if args.video_list:
        of_wild = {"video_list": args.video_list, "manifest": args.manifest}
        prepare_wild(**shared, **of_wild, max_malformed_share=args.max_malformed_share)
    else:
        prepare_folder(**shared)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--videos-dir", type=Path, help="folder of the videos; of the authors', those that are had")
    parser.add_argument("--labels", type=Path, required=True, help="labels.csv, or the authors' groundtruth.txt")
    parser.add_argument("--excluded", type=Path, required=True, help="table of the videos to leave out")
    parser.add_argument("--video-list", type=Path, help="the authors' list of videos: what is not had is to be fetched")
    parser.add_argument("--manifest", type=Path, help="published manifest of videos that the run is restricted to")
    parser.add_argument("--max-malformed-share", type=float, help="faulty rows of the authors' labels that are borne")
    parser.add_argument("--shards", type=int, required=True, help="number of shards")
    parser.add_argument("--folds", type=int, required=True, help="number of folds that every class must fill")
    parser.add_argument("--hash-cache", type=Path, required=True, help="table that remembers the files' sha256")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of the tables")
    run(parser, work, output="output_dir")

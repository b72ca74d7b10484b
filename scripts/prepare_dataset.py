"""List a data set's videos and labels, one small table per shard."""

import argparse
from pathlib import Path
from typing import get_args

from cli import program, run
from signwild.base.files import read_table
from signwild.configuration.sections.dataset import Tiers, WildDataset
from signwild.configuration.sections.segments import GroupBy
from signwild.stages.dataset.authors_files import source_files
from signwild.stages.dataset.prepare_dataset import prepare_folder, prepare_wild


def work(args: argparse.Namespace) -> None:
    """Write the tables of a folder of videos, or of the authors' list."""
    shared = {
        "videos_dir": args.videos_dir,
        "excluded": set(read_table(args.excluded)["video_id"]),
        "shards": args.shards,
        "folds": args.folds,
        "group_by": args.group_by,
        "output_dir": args.output_dir,
        "hash_cache": args.hash_cache,
    }
    if args.wild:
        source = source_files(Path(args.wild.folder), args.wild.source.list_blob, args.wild.source.labels_blob)
        manifest = Path(args.wild.manifest) if args.wild.manifest else None
        prepare_wild(source, manifest=manifest, max_malformed_share=args.wild.max_malformed_share, **shared)
    else:
        prepare_folder(labels=args.labels, tiers=args.tiers, **shared)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--videos-dir", type=Path, help="folder of the videos; of the authors', those that are had")
    parser.add_argument(
        "--labels", type=Path, help="labels.csv, a file in the authors' form, an .eaf file, or a folder of .eaf files"
    )
    parser.add_argument(
        "--tiers", type=Tiers.model_validate_json, default=Tiers(), help="JSON: the tiers of each class in .eaf files"
    )
    parser.add_argument(
        "--wild", type=WildDataset.model_validate_json, help="JSON: the authors' data set, not a folder"
    )
    parser.add_argument("--excluded", type=Path, required=True, help="table of the videos to leave out")
    parser.add_argument("--shards", type=int, required=True, help="number of shards")
    parser.add_argument("--folds", type=int, required=True, help="number of folds that every class must fill")
    parser.add_argument("--group-by", choices=get_args(GroupBy), required=True, help="what is never in two folds")
    parser.add_argument("--hash-cache", type=Path, required=True, help="table that remembers the files' sha256")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of the tables")
    run(parser, work, output="output_dir")

"""Run the workflow for a configuration, as make's targets do.

It is checked first; a run that was killed is continued. One run, or set-up, works in a folder at a time.
"""

import argparse
from pathlib import Path

from cli import program, run
from signwild.base.errors import InputError
from signwild.exported.folder import STARTER
from signwild.upkeep.launch import runs
from signwild.upkeep.launch.folder_lock import folder_lock
from signwild.upkeep.launch.snakemake_runs import Where

TARGETS = {
    "run": "run everything, and print the tables",
    "export": "put the run's detectors in one folder",
    "adapt": "fine-tune the detector --model on the configuration's labelled videos",
    "starter": "train the shipped detector again, on the videos of --clips",
    "retry-downloads": "request videos again that failed for a temporary reason",
}


def work(args: argparse.Namespace) -> None:
    """Start what was named."""
    if args.target == "starter":
        if not str(args.clips or "").strip():
            raise InputError("no CLIPS: make starter CLIPS=folder, with videos and their labels.csv")
    elif not str(args.configfile or "").strip():
        raise InputError(f"no CONFIG: make {args.target} CONFIG=config/mine.yaml")
    where = Where(args.cores, args.profile)
    with folder_lock():
        match args.target:
            case "run":
                runs.run_workflow(Path(args.configfile), where)
            case "export":
                runs.export_detector(Path(args.configfile), where)
            case "adapt":
                runs.adapt_detector(Path(args.configfile), args.model, where)
            case "starter":
                runs.train_starter(Path(args.clips), where)
            case "retry-downloads":
                runs.retry_downloads(Path(args.configfile), args.status, where)


if __name__ == "__main__":
    parser = program(__doc__)
    described = "; ".join(f"{name}: {what}" for name, what in TARGETS.items())
    parser.add_argument("target", choices=TARGETS, help=described)
    parser.add_argument("--configfile", help="configuration of the run")
    parser.add_argument("--cores", type=int, default=1, help="processor cores that a run on this machine may use")
    parser.add_argument("--profile", default="", help="folder in profiles/ of the cluster to run on")
    parser.add_argument("--model", type=Path, default=STARTER, help="folder of the detector to adapt")
    parser.add_argument("--clips", help="folder with videos and their labels.csv")
    parser.add_argument("--status", nargs="*", default=[], help="only downloads that failed with one of these")
    run(parser, work)

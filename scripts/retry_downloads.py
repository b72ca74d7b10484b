"""Forget downloads that failed for a temporary reason, so the next start requests these videos again."""

import argparse
from pathlib import Path

from cli import program, run
from signwild.base.errors import InputError
from signwild.plan.dataset import downloads_folder
from signwild.plan.run import read_plan
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.retry import GONE, forget_failures
from signwild.stages.download.status import DownloadFolder


def work(args: argparse.Namespace) -> None:
    """Forget the failures, and print how many there were."""
    configuration = read_plan(args.configfile).settings.configuration
    folder = downloads_folder(configuration)
    if folder is None:
        raise InputError(
            f"{args.configfile}: dataset.kind: nothing is downloaded for this run, so nothing can be retried"
        )
    if not configuration.dataset.download:
        raise InputError(f"{args.configfile}: dataset.download is false, so nothing would be asked for; set it to true")
    unknown = set(args.status) - {*FAILURES, GONE}
    if unknown:
        raise InputError(f"no status {', '.join(sorted(unknown))}; known: {', '.join(FAILURES)}, {GONE}")
    forgotten = forget_failures(DownloadFolder(folder), Path("results"), args.status)
    counts = forgotten.value_counts(sort=False)
    words = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    print(f"{len(forgotten):,} videos will be asked for again{f' ({words})' if words else ''}.")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help="the run's configuration")
    parser.add_argument("--status", nargs="*", default=[], help="statuses to forget; without any, all that pass")
    run(parser, work)

"""Forget downloads that failed for a temporary reason, so the next start requests these videos again."""

from collections.abc import Sequence
from pathlib import Path

from signwild.base.errors import InputError
from signwild.cli.program import run_function
from signwild.plan.dataset import downloads_folder
from signwild.plan.run import read_plan
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.retry import GONE, forget_failures
from signwild.stages.download.status import DownloadFolder


def retry_downloads(configfile: Path, status: Sequence[str] = ()) -> None:
    """Forget downloads that failed for a temporary reason, so the next start requests these videos again."""
    configuration = read_plan(configfile).settings.configuration
    folder = downloads_folder(configuration)
    if folder is None:
        raise InputError(f"{configfile}: dataset.kind: nothing is downloaded for this run, so nothing can be retried")
    if not configuration.dataset.download:
        raise InputError(f"{configfile}: dataset.download is false, so nothing would be asked for; set it to true")
    unknown = set(status) - {*FAILURES, GONE}
    if unknown:
        raise InputError(f"no status {', '.join(sorted(unknown))}; known: {', '.join(FAILURES)}, {GONE}")
    forgotten = forget_failures(DownloadFolder(folder), Path("results"), status)
    counts = forgotten.value_counts(sort=False)
    words = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    print(f"{len(forgotten):,} videos will be asked for again{f' ({words})' if words else ''}.")


if __name__ == "__main__":
    run_function(retry_downloads)

"""Downloads that failed for a temporary reason: forgotten, so that the next start requests these videos again."""

from pathlib import Path

from signwild.base.errors import InputError
from signwild.plan.dataset import downloads_folder
from signwild.plan.run import Plan
from signwild.stages.download.failures import FAILURES
from signwild.stages.download.retry import GONE, forget_failures
from signwild.stages.download.status import DownloadFolder


def folder_of_downloads(plan: Plan, configfile: Path, statuses: list[str]) -> Path:
    """Return the folder of a run's downloads; raises InputError if nothing is downloaded, or a status is unknown."""
    configuration = plan.settings.configuration
    folder = downloads_folder(configuration)
    if folder is None:
        raise InputError(f"{configfile}: dataset.kind: nothing is downloaded for this run, so nothing can be retried")
    if not configuration.dataset.download:
        raise InputError(f"{configfile}: dataset.download is false, so nothing would be requested; set it to true")
    unknown = set(statuses) - {*FAILURES, GONE}
    if unknown:
        raise InputError(f"no status {', '.join(sorted(unknown))}; known: {', '.join(FAILURES)}, {GONE}")
    return folder


def forget_failed_downloads(folder: Path, statuses: list[str]) -> None:
    """Forget failed downloads, and print how many.

    ``folder``: of the downloads. ``statuses``: only downloads that failed with one of these; empty for all that can
    succeed later.
    """
    forgotten = forget_failures(DownloadFolder(folder), Path("results"), statuses)
    counts = forgotten.value_counts(sort=False)
    words = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    print(f"{len(forgotten):,} videos will be requested again{f' ({words})' if words else ''}.")

"""Starts of make's targets that run the workflow: each checks its configuration, and continues a run that was killed.

Paths are relative to the working folder, whose lock the caller holds (``folder_lock``).
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signwild.base.digests import read_all_code
from signwild.base.notes import MOST_NAMES
from signwild.configuration.settings import keep_resolved
from signwild.plan.checked import read_checked_plan
from signwild.plan.dataset import check_labels
from signwild.plan.detection import exported_detectors
from signwild.plan.run import Plan
from signwild.stages.detection.beside import check_run
from signwild.upkeep.derived.adaptation_files import ADAPTATIONS, write_adaptation
from signwild.upkeep.derived.shipping import ship_detector
from signwild.upkeep.derived.starter_files import STARTER, write_starter
from signwild.upkeep.launch.earlier_layout import earlier_layout_note
from signwild.upkeep.launch.failed_downloads import folder_of_downloads, forget_failed_downloads
from signwild.upkeep.launch.folder_lock import Note
from signwild.upkeep.launch.killed_run import find_killed_run, noted_run
from signwild.upkeep.launch.slurm_jobs import cancel_jobs_of
from signwild.upkeep.launch.slurm_settings import status_check_note
from signwild.upkeep.launch.snakemake_runs import QUIET, Where, run_snakemake
from signwild.upkeep.launch.summaries import print_adaptation, print_detector, print_run
from signwild.upkeep.launch.unrecorded import remove_unrecorded

RESULTS = Path("results")


@contextmanager
def begun_run(configfile: Path, where: Where) -> Iterator[Plan]:
    """Check a configuration, continue a run that was killed, and keep a note until the block ends; yield the plan."""
    plan = read_checked_plan(configfile)
    for note in check_labels(plan.settings.configuration):
        print(note.text(most=MOST_NAMES), flush=True)
    read_all_code()
    _continue_killed_run(configfile)
    if note := earlier_layout_note(RESULTS):
        print(note)
    if where.profile and (note := status_check_note(where.profile_file)):
        print(note)
    with noted_run(where.profile):
        # Snakemake keeps it only when there is something to do.
        keep_resolved(plan.settings, RESULTS)
        yield plan


def _find_killed_run(configfile: Path) -> Note | None:
    return find_killed_run(f".venv/bin/python -m snakemake --configfile {shlex.quote(str(configfile))} --unlock")


def _continue_killed_run(configfile: Path) -> None:
    killed = _find_killed_run(configfile)
    if killed is None:
        return
    print("The last run was killed: continuing from what it has finished.")
    if killed.profile:
        for job in cancel_jobs_of(Path.cwd()):
            print(f"Cancelled its job {job}.")
    run_snakemake(configfile, "--cores", "1", "--unlock", "--quiet", "all")
    if killed.profile and (removed := remove_unrecorded(configfile)):
        print(f"Files that its jobs finished without it, and that are made again from the store: {len(removed)}.")


def run_workflow(configfile: Path, where: Where) -> None:
    """Run the whole workflow for a configuration, and print its results."""
    with begun_run(configfile, where) as plan:
        print_run(plan, configfile, is_new=_run_everything(configfile, where))


def _run_everything(configfile: Path, where: Where) -> bool:
    """Run the workflow, and return whether there was anything to do."""
    # The data set first: what follows runs again only if its content has changed.
    has_worked = run_snakemake(configfile, *where.options, *QUIET, "dataset")
    return run_snakemake(configfile, *where.options) or has_worked


def export_detector(configfile: Path, where: Where) -> None:
    """Put the detectors of a run in one folder, making first what they need; print how to use them."""
    with begun_run(configfile, where) as plan:
        check_exported(plan)
        run_snakemake(configfile, *where.options, *QUIET, "dataset")
        run_snakemake(configfile, *where.options, *QUIET, "detector")
        print_detector(plan)


def check_exported(plan: Plan) -> None:
    """Raise InputError if a run has no detector, or not the scores of another run that its card is to show."""
    exported_detectors(plan)
    if other := plan.settings.configuration.detection.scores_beside:
        check_run(RESULTS / other)


def adapt_detector(configfile: Path, model: Path, where: Where) -> None:
    """Fine-tune a detector on the labelled videos of a configuration, and print what that gained.

    ``model``: the detector's folder. The run's configuration is written to results/adaptations.
    """
    _find_killed_run(configfile)  # a run that goes on elsewhere reads the files that are written here
    adaptation = write_adaptation(configfile, model, ADAPTATIONS / configfile.stem)
    with begun_run(adaptation, where) as plan:
        print_run(plan, adaptation, is_new=_run_everything(adaptation, where))
        run_snakemake(adaptation, *where.options, *QUIET, "detector")
        print_adaptation(plan)


def train_starter(clips: Path, where: Where) -> None:
    """Train the shipped detector again on a folder of videos with labels.csv, and put it into detectors/starter."""
    _find_killed_run(STARTER)
    starter, by_person = write_starter(clips)
    # The main scores are those of folds by source; scores by person are of a run that is otherwise the same.
    run_workflow(by_person, where)
    with begun_run(starter, where) as plan:
        _run_everything(starter, where)
        run_snakemake(starter, *where.options, *QUIET, "detector")
    ship_detector(RESULTS / plan.run / "detector", Path("detectors/starter"))


def retry_downloads(configfile: Path, statuses: list[str], where: Where) -> None:
    """Request videos again whose downloads failed for a temporary reason.

    ``statuses``: only downloads that failed with one of these; empty for all that can succeed later.
    """
    folder = folder_of_downloads(read_checked_plan(configfile), configfile, statuses)
    with begun_run(configfile, where):
        forget_failed_downloads(folder, statuses)
        run_snakemake(configfile, *where.options, *QUIET, "downloads")
        print("Start the run again to work on what came.")

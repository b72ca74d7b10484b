"""Inputs of trainings besides segments and features, from the plan of the run."""

from signwild.exported.folder import CHECKSUMS
from signwild.plan.run import Plan


def all_starts(plan: Plan) -> list[str]:
    """Return the checksum files of the detectors that the run's trainings start from, sorted."""
    folders = {experiment.training.start_from for experiment in plan.settings.trained.values()}
    return sorted(f"{folder}/{CHECKSUMS}" for folder in folders if folder)


def start_files(plan: Plan, name: str) -> list[str]:
    """Return the files of a detector that an experiment starts from, if any: its checksums, and the run's weights."""
    start = plan.settings.trained[name].training.start_from
    return [f"{start}/{CHECKSUMS}", _receipt(plan)] if start else []


def start_option(plan: Plan, name: str) -> str:
    """Return the program's option for the weights that such a detector must have been made with."""
    return f"--prepared-weights {_receipt(plan)}" if plan.settings.trained[name].training.start_from else ""


def _receipt(plan: Plan) -> str:
    return f"results/{plan.run}/weights.json"

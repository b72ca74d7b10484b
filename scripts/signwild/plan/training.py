"""Inputs of trainings and classifiers besides features, and which trainings wait, from the plan of the run."""

import json
import shlex
from collections.abc import Iterable
from pathlib import Path

from signwild.base.files import write_text
from signwild.configuration.sections.classifier import PublishedClassifier
from signwild.exported.folder import CHECKSUMS
from signwild.plan.run import Plan


def segments_file(plan: Plan, name: str) -> str:
    """Return the segments that an experiment reads: with the run's folds, or with folds by video."""
    file = "by_video" if plan.settings.protocol(name) == "by_video" else "segments"
    return f"results/{plan.run}/segments/{file}.parquet"


def dealt_files(plan: Plan) -> list[str]:
    """Return the segments with folds by video, if any experiment reads them."""
    return sorted({segments_file(plan, name) for name in plan.settings.reading} - {_segments(plan)})


def all_starts(plan: Plan) -> list[str]:
    """Return the checksum files of the detectors that the run's trainings start from, sorted."""
    folders = {experiment.training.start_from for experiment in plan.settings.trained.values()}
    return sorted(f"{folder}/{CHECKSUMS}" for folder in folders if folder)


def start_files(plan: Plan, name: str) -> list[str]:
    """Return the files of a detector that an experiment starts from, if any: its checksums, and the run's weights."""
    entry = plan.settings.trained[name]
    start = entry.training.start_from
    return [f"{start}/{CHECKSUMS}", plan.receipt(entry.backbone)] if start else []


def start_option(plan: Plan, name: str) -> str:
    """Return the program's option for the weights that such a detector must have been made with."""
    entry = plan.settings.trained[name]
    return f"--prepared-weights {plan.receipt(entry.backbone)}" if entry.training.start_from else ""


def encoder_option(plan: Plan, name: str) -> str:
    """Return the program's option for what an experiment's classifier learns in each fold, quoted; or nothing."""
    encoder = plan.settings.encoder(name)
    return shlex.join(["--encoder", encoder.model_dump_json()]) if encoder else ""


def published_file(plan: Plan, name: str) -> list[str]:
    """Return the file of the published detector that an experiment asks, if any."""
    classifier = plan.settings.classified[name].classifier
    return [classifier.file] if isinstance(classifier, PublishedClassifier) else []


def _segments(plan: Plan) -> str:
    return f"results/{plan.run}/segments/segments.parquet"


def keep_waiting(plan: Plan, jobs: Iterable[tuple[str, dict[str, str]]]) -> None:
    """Write the list of a run's trainings that are still to be done, for ``stages.training.waiting``.

    ``jobs``: rule and wildcards of the jobs that are to run. The list decides who trains what, not what is trained:
    no rule declares it.
    """
    entries = []
    for rule, wildcards in jobs:
        if rule in ("train_experiment", "train_final"):
            name, seed = wildcards["experiment"], wildcards.get("seed", plan.seeds[0])
            entries.append(
                {
                    "experiment": plan.settings.trained[name].model_dump(mode="json"),
                    "features": plan.manifest(name),
                    "segments": segments_file(plan, name),
                    "seed": int(seed),
                    "is_final": rule == "train_final",
                }
            )
    if entries:
        entries.sort(key=json.dumps)
        write_text(Path(f"results/{plan.run}/training/waiting.json"), json.dumps(entries, indent=1))

"""Experiments that are slid over whole videos and evaluated as detectors, from the plan of the run."""

import json
from collections.abc import Iterable
from pathlib import Path

from signwild.base.errors import InputError
from signwild.configuration.sections.detection import Detector, Exported
from signwild.configuration.sections.features import BackboneName
from signwild.configuration.sections.training import StopOn
from signwild.exported.folder import CHECKSUMS, FILES
from signwild.plan.run import Plan

DETECTOR_FILES = (*FILES, CHECKSUMS)


def detectors(plan: Plan) -> list[Detector]:
    """Return the detectors: those of ``detection.experiments``, or the shown one, all fusions, and what they fuse."""
    settings = plan.settings
    names = settings.configuration.detection.experiments
    if names is None:
        fusions = [name for name in settings.detectable if name in settings.fused]
        shown = [name for name in [plan.shown_experiment()] if name in settings.detectable]
        names = [*shown, *fusions, *(member for name in fusions for member in settings.members(name))]
    # Experiments that are trained once are one detector, under the first of their names.
    by_training: dict[str, str] = {}
    for name in names:
        by_training.setdefault(settings.trained_as(name), name)
    return [
        Detector(name=name, members=[settings.trained_as(own) for own in settings.members(name)], rule=plan.rule(name))
        for name in by_training.values()
    ]


def slid_experiments(plan: Plan) -> list[str]:
    """Return the trained experiments that the detectors and the shown experiment are based on."""
    shown = [plan.settings.trained_as(name) for name in plan.shown_members()]
    return sorted({*detector_members(plan), *shown})


def windows_files(plan: Plan, names: list[str]) -> list[str]:
    """Return the tables of windows of trained experiments."""
    return [f"results/{plan.run}/detection/windows/{plan.settings.trained_as(name)}.parquet" for name in names]


def final_record(plan: Plan, name: str) -> str:
    """Return the record of a trained experiment's network that is trained on all folds."""
    return f"{Path(plan.result_folder(name, plan.seeds[0])).parent}/final/record.json"


def final_members(plan: Plan) -> list[str]:
    """Return the trained experiments whose network in the run's detectors is trained on all folds."""
    return detector_members(plan) if plan.settings.configuration.detection.networks == "all" else []


def final_records(plan: Plan) -> list[str]:
    """Return the records of all networks of a run that are trained on all folds."""
    return [final_record(plan, name) for name in final_members(plan)]


def describe_members(plan: Plan, names: list[str]) -> str:
    """Return trained experiments for programs, as JSON by name: see signwild.stages.detection.members."""
    return json.dumps(
        {
            name: {
                "experiment": plan.settings.trained[name].model_dump(mode="json"),
                "results": plan.result_folder(name, plan.seeds[0]),
                "manifest": plan.manifest(name),
            }
            for name in names
        }
    )


def describe_shipped(plan: Plan) -> str:
    """Return the trained experiments of the run's detectors, likewise, with the networks that are exported."""
    members = json.loads(describe_members(plan, detector_members(plan)))
    for name in final_members(plan):
        members[name]["final"] = final_record(plan, name)
    return json.dumps(members)


def describe_detectors(plan: Plan) -> str:
    """Return the run's detectors, as JSON."""
    return json.dumps([detector.model_dump() for detector in detectors(plan)])


def detection_tables(plan: Plan) -> list[str]:
    """Return the tables that evaluate the run's detectors, if it has any."""
    forms = ("csv", "md", "tex") if detectors(plan) else ()
    return [f"results/{plan.run}/tables/detection.{form}" for form in forms]


def detection_results(plan: Plan) -> list[str]:
    """Return all files of the stage: windows and, if the run has detectors, their tables, decisions and networks."""
    decisions = [f"results/{plan.run}/detection/decisions.json"] if detectors(plan) else []
    return [*windows_files(plan, slid_experiments(plan)), *detection_tables(plan), *decisions, *final_records(plan)]


def read_backbones(plan: Plan) -> list[BackboneName]:
    """Return the networks whose layers the members of the run's detectors read, sorted."""
    return sorted({plan.settings.trained[name].backbone for name in detector_members(plan)})


def detector_members(plan: Plan) -> list[str]:
    """Return the trained experiments that the run's detectors are based on."""
    return sorted({name for detector in detectors(plan) for name in detector.members})


def trainings_stop(plan: Plan, names: Iterable[str]) -> list[StopOn]:
    """Return which segments decide when the trainings of experiments stop; those without epochs are left out."""
    trainings = [plan.settings.trained[name].training for name in names]
    return sorted({training.stop_on for training in trainings if training.epochs})


def exported_detectors(plan: Plan) -> Exported:
    """Return the description of the run's detectors; raises InputError if it has none."""
    configuration, found = plan.settings.configuration, detectors(plan)
    if not found:
        raise InputError(
            f"run {plan.run}: trains no network on a stream, so it has no detector; add such an experiment to `tables`"
        )
    read = {plan.settings.trained[name].stream for name in detector_members(plan)}
    return Exported(
        run=plan.run,
        length=configuration.segments.length,
        resample=configuration.resample,
        features=configuration.features,
        weights=configuration.weights,
        backbones={name: configuration.weights_of(name) for name in read_backbones(plan) if name != "vgg16"},
        streams={name: stream for name, stream in plan.settings.streams.items() if name in read},
        detectors=found,
        not_comparable=plan.not_comparable(),
    )


def scores_beside(plan: Plan) -> list[str]:
    """Return the other run's table of scores that the exported card shows too, if one is named and exists."""
    table = Path(f"results/{plan.settings.configuration.detection.scores_beside}/tables/detection.csv")
    return [str(table)] if table.is_file() else []


def detector_files(plan: Plan) -> list[str]:
    """Return the exported detector's files."""
    return [f"results/{plan.run}/detector/{name}" for name in DETECTOR_FILES]

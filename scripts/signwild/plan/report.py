"""Content of a report, from the plan of the run."""

from pathlib import Path

from signwild.configuration.sections.experiments.protocol import Protocol
from signwild.configuration.sections.features import BACKBONES
from signwild.plan.detection import detector_members, detectors, final_members, trainings_stop
from signwild.plan.learning_curve import curve_figures, curve_tables
from signwild.plan.run import Plan
from signwild.plan.signers import signer_figures, signer_tables
from signwild.stages.report.definition import ReportDefinition, ReportedExperiment
from signwild.stages.report.tables import BEYOND, heading_of


def picture_files(plan: Plan) -> list[str]:
    """Return all pictures that the report shows."""
    drawn = [*plan.figure_files(), *plan.illustration_files(), *plan.network_files(), *plan.interval_files()]
    return [*drawn, *signer_figures(plan), *curve_figures(plan), plan.attrition_figure()]


def report_definition(plan: Plan, shards: list[str]) -> ReportDefinition:
    """Return the run and the names of its parts. ``shards``: names of the run's shards."""
    settings = plan.settings
    return ReportDefinition(
        run=plan.run,
        dataset=settings.configuration.dataset.kind,
        weights=settings.configuration.weights.source,
        random_fc1=plan.random_fc1,
        backbones={
            BACKBONES[name].title: settings.configuration.weights_of(name).source
            for name in settings.backbones
            if name != "vgg16"
        },
        not_comparable=plan.not_comparable(),
        paper_dataset=plan.paper_dataset() is not None,
        seeds=plan.seeds,
        shards=shards,
        tables=list(settings.tables),
        claims=bool(plan.claim_files()),
        signers=bool(signer_tables(plan)),
        learning_curve=bool(curve_tables(plan)),
        points=sorted(settings.points.intersection(plan.computed())),
        detectors=[detector.name for detector in detectors(plan)],
        experiments=_experiments(plan),
        shown=plan.shown_experiment(),
        pictures=[Path(path).name for path in picture_files(plan)],
        group_by=settings.configuration.segments.group_by,
        length=settings.configuration.segments.length,
        sample_rate=settings.configuration.resample.sample_rate,
        max_seconds=settings.configuration.resample.max_seconds,
        protocols=_protocols(plan),
        stop_on=trainings_stop(plan, settings.trained),
        detectors_stop_on=trainings_stop(plan, detector_members(plan)),
        final=final_members(plan),
    )


def _experiments(plan: Plan) -> list[ReportedExperiment]:
    """Return the experiments that a run shows one by one, each with the rows of tables that show it."""
    settings = plan.settings
    labels: dict[str, dict[str, str]] = {name: {} for name in plan.drawn()}
    for name, table in settings.tables.items():
        heading = heading_of(name)
        place = table.caption if heading == BEYOND else heading
        for row, experiment in zip(table.rows, table.experiments, strict=True):
            labels[settings.trained_as(experiment)].setdefault(f"{row.label} ({place})", row.label)
    return [
        ReportedExperiment(
            name=name,
            label=next(iter(shown.values()), name),
            folder=plan.experiment_folder(name),
            rows=list(shown),
        )
        for name, shown in labels.items()
    ]


def _protocols(plan: Plan) -> list[Protocol]:
    """Return the protocols of the networks and classifiers that a run computes; fusions only combine some of these."""
    return sorted({entry.protocol for entry in plan.settings.reading.values()})

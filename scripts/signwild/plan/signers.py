"""Experiments whose accuracy is given person by person, from the plan of the run."""

import json

from signwild.plan.run import Plan


def signer_experiments(plan: Plan) -> list[str]:
    """Return the experiments that are compared person by person, by the names that they are computed as.

    The first is the shown experiment, or else the first that predicts segments. After it come those that tables
    compare it with: the references of tables in which it is a row. All predict segments, of persons that their
    networks were not trained on.
    """
    settings = plan.settings
    of_segments = [name for name in plan.computed() if _has_strangers(plan, name)]
    first = plan.shown_experiment() or next(iter(of_segments), None)
    names = [first] if first else []
    for name, table in settings.tables.items():
        rows = dict(zip(map(table.name_of, table.rows), plan.table_rows(name), strict=True))
        if table.reference and first in map(settings.trained_as, rows.values()):
            names.append(settings.trained_as(rows[table.reference]))
    return [name for name in dict.fromkeys(names) if name in of_segments]


def _has_strangers(plan: Plan, name: str) -> bool:
    """Return whether an experiment predicts segments of persons that it was not trained on."""
    return plan.settings.unit(name) == "segment" and plan.settings.protocol(name) != "by_video"


def signer_tables(plan: Plan) -> list[str]:
    """Return the table of persons and its text, if the run has any experiment of segments."""
    forms = ("csv", "md") if signer_experiments(plan) else ()
    return [f"results/{plan.run}/tables/per_signer.{form}" for form in forms]


def signer_figures(plan: Plan) -> list[str]:
    """Return the picture of persons, likewise."""
    return [f"results/{plan.run}/figures/per_signer.png"] if signer_experiments(plan) else []


def row_labels(plan: Plan) -> dict[str, str]:
    """Return the label of the first row of each experiment that tables show, by the name that it is computed as."""
    labels: dict[str, str] = {}
    for name, table in plan.settings.tables.items():
        for row, experiment in zip(table.rows, plan.table_rows(name), strict=True):
            labels.setdefault(plan.settings.trained_as(experiment), row.label)
    return labels


def describe_signers(plan: Plan) -> str:
    """Return the compared experiments for their program, as JSON, each with the label of the first row of it."""
    labels = row_labels(plan)
    return json.dumps(
        [
            {"name": name, "label": labels.get(name, name), "folder": plan.experiment_folder(name)}
            for name in signer_experiments(plan)
        ]
    )

"""The learning curve, from the plan of the run: its experiments, each with the results of every share and draw."""

import json

from signwild.configuration.sections.experiments.learning_curve import LEARNING_CURVE, on_subset
from signwild.plan.run import Plan
from signwild.plan.signers import row_labels


def curve_tables(plan: Plan) -> list[str]:
    """Return the table of the learning curve and its text, if the run draws one."""
    forms = ("csv", "md") if plan.settings.learning_curve else ()
    return [f"results/{plan.run}/tables/{LEARNING_CURVE}.{form}" for form in forms]


def curve_figures(plan: Plan) -> list[str]:
    """Return the picture of the learning curve, likewise."""
    return [f"results/{plan.run}/figures/{LEARNING_CURVE}.png"] if plan.settings.learning_curve else []


def curve_files(plan: Plan, file: str) -> list[str]:
    """Return one file of the results of every share and draw of the curve's experiments."""
    found = {point["folder"] for entry in _experiments(plan) for point in entry["points"]}
    return sorted(f"results/{plan.run}/{folder}/{file}" for folder in found)


def describe_curve(plan: Plan) -> str:
    """Return the curve's experiments for their program, as JSON: see ``stages.learning_curve.compare_shares``."""
    return json.dumps(_experiments(plan))


def _experiments(plan: Plan) -> list[dict]:
    curve, labels = plan.settings.learning_curve, row_labels(plan)
    return [
        {"name": name, "label": labels.get(plan.settings.trained_as(name), name), "points": _points(plan, name)}
        for name in (curve.experiments if curve else [])
    ]


def _points(plan: Plan, name: str) -> list[dict]:
    """Return the shares and draws of an experiment, each with the folder of its results, below the run's."""
    settings, curve = plan.settings, plan.settings.learning_curve
    return [
        {
            "share": share,
            "draw": draw,
            "folder": f"{plan.experiment_folder(on_subset(name, subset))}/seed_{settings.draw_seed(draw)}",
        }
        for share in curve.shares
        for draw, subset in enumerate(curve.points(share), start=1)
    ]

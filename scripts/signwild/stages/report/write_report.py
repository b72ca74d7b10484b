"""Writing the report: the page, and the two cards beside it."""

from pathlib import Path

from signwild.base.classes import CLASSES
from signwild.base.commands import run_command
from signwild.base.files import write_text
from signwild.base.templates import render
from signwild.base.words import number
from signwild.cli.program import run_function
from signwild.predictions.stopping_notes import stopping_sentences
from signwild.stages.dataset.groups import GROUP_IS, folds_note
from signwild.stages.detection.score_table import CAPTION as CAPTION_OF_DETECTION
from signwild.stages.detection.score_table import NOTE, lay_out
from signwild.stages.detector.decisions import describe_decision
from signwild.stages.learning_curve.compare_shares import (
    curve_caption,
    curve_lines,
    curve_notes,
    curve_titles,
    last_steps,
)
from signwild.stages.report.definition import ReportDefinition
from signwild.stages.report.pictures import (
    attrition_picture,
    curve_picture,
    experiment_pictures,
    figures,
    interval_picture,
    signer_picture,
)
from signwild.stages.report.sources import Sources, read_sources, videos_by_class
from signwild.stages.report.summary import in_short, interval, mistakes
from signwild.stages.report.system import describe_system
from signwild.stages.report.tables import grouped
from signwild.stages.signers.compare_signers import SPREAD_TITLES, signer_caption, signer_notes, spread_lines
from signwild.stages.statistics.describe_attrition import CAPTION
from signwild.stages.tables.check_claims import CLAIM_NOTE, CLAIM_TITLES, claim_lines
from signwild.stages.tables.layout import COLUMNS
from signwild.stages.tables.paper_numbers import attrition

CITATION = {
    "authors": "M. Borg and K. P. Camilleri",
    "title": "Sign Language Detection “in the Wild” with Recurrent Neural Networks",
    "venue": "IEEE International Conference on Acoustics, Speech and Signal Processing (ICASSP)",
    "year": "2019",
    "doi": "10.1109/ICASSP.2019.8683257",
}


def write_report(definition: ReportDefinition, run_folder: Path, configfile: str | None, output_dir: Path) -> None:
    """Write the report of a finished run: index.html, one self-contained page, model_card.md and data_card.md.

    ``run_folder``: the run's folder. ``configfile``: the given configuration, or None for the demo's.
    Raises InputError if files of the run are missing.
    """
    lost = attrition(run_folder / "tables/dataset.csv" if definition.paper_dataset else None)
    definition = definition.model_copy(update={"not_comparable": definition.not_comparable + lost})
    sources, system = read_sources(definition, run_folder), describe_system()
    shared = {
        "run": definition,
        "sources": sources,
        "system": system,
        "folds_note": folds_note(definition.group_by),
        "group_is": GROUP_IS[definition.group_by],
        "by_class": videos_by_class(sources.videos),
        "mistakes": mistakes(sources.confusion) if sources.confusion is not None else [],
        "command": run_command(configfile),
        "citation": CITATION,
    }
    write_text(output_dir / "model_card.md", render("model_card.md.j2", **shared, **_card(sources)))
    write_text(output_dir / "data_card.md", render("data_card.md.j2", **shared))
    write_text(output_dir / "index.html", render("page.html.j2", **shared, **_page(sources)))


def _card(sources: Sources) -> dict[str, object]:
    """Return what only the model card has, beyond what it shares with the page and the other card."""
    return {"scores": _scores(sources), "stopping": stopping_sentences(sources.definition.stop_on)}


def _page(sources: Sources) -> dict[str, object]:
    """Return what only the page has, beyond what it shares with the cards."""
    definition, folder = sources.definition, sources.results / "figures"
    names = definition.pictures
    titles, rows = sources.dataset_table
    labels = {table.name: table.labels for table in sources.tables}
    return {
        "facts": in_short(sources),
        "claims": claim_lines(sources.claims, labels) if sources.claims is not None else [],
        "detection": lay_out(sources.detection) if sources.detection is not None else None,
        "detection_caption": CAPTION_OF_DETECTION,
        "detection_note": " ".join([NOTE, *stopping_sentences(definition.detectors_stop_on)]),
        "decisions": {name: describe_decision(decision) for name, decision in sources.decisions.items()},
        **_signers(sources),
        **_curve(sources),
        "claim_titles": CLAIM_TITLES,
        "claim_note": CLAIM_NOTE,
        "tables": grouped(sources.tables),
        "intervals": {table.name: interval_picture(folder, names, table.name, table.title) for table in sources.tables},
        "attrition": attrition_picture(folder),
        "attrition_caption": CAPTION,
        "figures": figures(folder, names, definition.shown),
        "experiments": [
            (entry, sources.records[entry.name], experiment_pictures(folder, names, entry.name))
            for entry in definition.experiments
        ],
        "dataset_titles": titles,
        "dataset_rows": rows,
        "balance": [(fold, own.set_index("label")) for fold, own in sources.balance.groupby("fold")],
        "classes": CLASSES,
        "causes": sources.failed["status"].value_counts(sort=False).sort_index(),
    }


def _signers(sources: Sources) -> dict[str, object]:
    """Return what the page shows of single persons, if experiments were compared by them."""
    table, by = sources.signers, sources.definition.group_by
    if table is None:
        return {"signers": []}
    return {
        "signers": spread_lines(table, by),
        "signer_titles": SPREAD_TITLES,
        "signer_caption": signer_caption(by),
        "signer_notes": signer_notes(table, by),
        "signer_picture": signer_picture(sources.results / "figures", by),
    }


def _curve(sources: Sources) -> dict[str, object]:
    """Return what the page shows of the learning curve, if the run has one."""
    table, by = sources.curve, sources.definition.group_by
    if table is None:
        return {"curve": []}
    return {
        "curve": curve_lines(table),
        "curve_titles": curve_titles(by),
        "curve_caption": curve_caption(by),
        "curve_steps": last_steps(table, by),
        "curve_notes": curve_notes(table, by),
        "curve_picture": curve_picture(sources.results / "figures", by),
    }


def _scores(sources: Sources) -> list[dict[str, str]]:
    """Return each metric of each row of each table as text: table, row, metric, value, interval."""
    return [
        {
            "table": table.title,
            "row": row["label"],
            "metric": COLUMNS[name].title,
            "value": number(row[f"{name}_ours"] * COLUMNS[name].scale, COLUMNS[name].places),
            "interval": interval(row, name, COLUMNS[name].scale, COLUMNS[name].places),
        }
        for table in sources.tables
        for _, row in table.numbers.iterrows()
        for name in table.columns
        if COLUMNS[name].metric
    ]


if __name__ == "__main__":
    run_function(write_report, lock="output_dir")

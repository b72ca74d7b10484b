"""The sources of a report: all results of a finished run, read and checked."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import read_table, read_tables
from signwild.configuration.sections.detection import Decision
from signwild.predictions.metrics import confusion
from signwild.predictions.records import read_predictions, read_record, unit_of
from signwild.stages.detection.score_table import read_scores
from signwild.stages.detector.decisions import read_decisions
from signwild.stages.learning_curve.compare_shares import read_curve
from signwild.stages.report.definition import ReportDefinition, ReportedExperiment
from signwild.stages.report.tables import ReportedTable, read_dataset_table, read_reported
from signwild.stages.report.times import read_times
from signwild.stages.signers.compare_signers import read_signers
from signwild.stages.tables.check_claims import read_claims

NO_CLASS = "no label"
"""Replaces the classes of an unlabelled video."""


@dataclass(frozen=True)
class Sources:
    """A finished run.

    ``videos``: video_id, status, reason, classes (a tuple, by its labels), one row per video.
    ``segments``: video_id, group, label, fold. ``folds``: video_id, group, fold. ``balance``: fold, label, segments,
    videos, groups. ``dataset_table``: titles and cells of section 3's statistics. ``claims``: the comparisons that the
    paper's statements make, see ``read_claims``, if there are any. ``signers``: the accuracy of each person, see
    ``compare_signers``, and ``curve``: the accuracy by share of the training persons, see ``compare_shares``, likewise.
    ``records``: the run record of the first seed of each experiment. ``confusion``:
    counts of the shown experiment, truth in rows, in the unit ``confusion_unit``.
    ``detection``: scores of detectors, see ``read_scores``, and ``decisions``: what was learned for each, if there are
    any. ``attrition``: see ``describe_attrition.count_videos``. ``times``: see ``read_times``.
    ``configuration``: the resolved configuration.
    """

    definition: ReportDefinition
    results: Path
    videos: pd.DataFrame
    segments: pd.DataFrame
    folds: pd.DataFrame
    balance: pd.DataFrame
    dataset_table: tuple[list[str], list[list[str]]]
    attrition: pd.DataFrame
    tables: list[ReportedTable]
    claims: pd.DataFrame | None
    signers: pd.DataFrame | None
    curve: pd.DataFrame | None
    detection: pd.DataFrame | None
    decisions: dict[str, Decision]
    records: dict[str, dict]
    confusion: pd.DataFrame | None
    confusion_unit: str
    times: pd.DataFrame
    configuration: str

    @property
    def failed(self) -> pd.DataFrame:
        """Videos that could not be used."""
        return self.videos[self.videos["status"] != "ok"]

    @property
    def used(self) -> pd.DataFrame:
        """Videos that were used."""
        return self.videos[self.videos["status"] == "ok"]


def read_sources(definition: ReportDefinition, results: Path) -> Sources:
    """Read the content of the run's folder ``results``; raises InputError for missing or malformed files."""
    configuration = results / "run_config.yaml"
    records = {
        experiment.name: read_record(_folders(definition, results, experiment)[0] / "record.json")
        for experiment in definition.experiments
    }
    shown = next((entry for entry in definition.experiments if entry.name == definition.shown), None)
    unit = unit_of(records[shown.name]) if shown else "segment"
    counts = {"segments": int, "videos": int, "groups": int}
    return Sources(
        definition=definition,
        results=results,
        videos=_read_videos(definition, results),
        segments=pd.read_parquet(_existing(results / "segments/segments.parquet")),
        folds=read_table(_existing(results / "segments/folds.tsv")),
        balance=read_table(_existing(results / "segments/balance.tsv"), counts),
        dataset_table=read_dataset_table(results / "tables/dataset.csv"),
        attrition=pd.read_csv(_existing(results / "tables/attrition.csv"), keep_default_na=False),
        tables=[read_reported(results / "tables", name) for name in definition.tables],
        claims=read_claims(results / "tables/claims.csv") if definition.claims else None,
        signers=read_signers(results / "tables/per_signer.csv") if definition.signers else None,
        curve=read_curve(results / "tables/learning_curve.csv") if definition.learning_curve else None,
        detection=read_scores(results / "tables/detection.csv") if definition.detectors else None,
        decisions=read_decisions(results / "detection/decisions.json") if definition.detectors else {},
        records=records,
        confusion=_confusion(_folders(definition, results, shown), unit) if shown else None,
        confusion_unit=unit,
        times=read_times(results, [*records, *definition.points], definition.seeds, definition.final),
        configuration=_existing(configuration).read_text(encoding="utf-8"),
    )


def videos_by_class(videos: pd.DataFrame) -> pd.DataFrame:
    """Count the videos of each class: class, videos, used, unused. A video counts in every class that it contains."""
    rows = videos.explode("classes")
    used = rows["status"] == "ok"
    counts = pd.DataFrame({"videos": 1, "used": used.astype(int), "unused": (~used).astype(int)})
    counts = counts.groupby(rows["classes"].to_numpy()).sum()
    order = [*CLASSES, *(name for name in counts.index if name not in CLASSES)]
    return counts.reindex(order, fill_value=0).rename_axis("class").reset_index()


def _read_videos(definition: ReportDefinition, results: Path) -> pd.DataFrame:
    manifests = [_existing(results / f"resample/{shard}.tsv") for shard in definition.shards]
    labels = [_existing(results / f"dataset/{shard}.labels.tsv") for shard in definition.shards]
    classes = read_tables(labels).groupby("video_id")["label"].agg(set).to_dict()
    videos = read_tables(manifests)[["video_id", "status", "reason"]].sort_values("video_id", ignore_index=True)
    held = [tuple(name for name in CLASSES if name in classes.get(video, ())) for video in videos["video_id"]]
    return videos.assign(classes=pd.Series([own or (NO_CLASS,) for own in held], dtype=object))


def _folders(definition: ReportDefinition, results: Path, experiment: ReportedExperiment) -> list[Path]:
    return [results / experiment.folder / f"seed_{seed}" for seed in definition.seeds]


def _confusion(folders: list[Path], unit: str) -> pd.DataFrame:
    """Return the counts over all seeds and folds."""
    return confusion(pd.concat([read_predictions(folder / "predictions.parquet") for folder in folders]), unit)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; start the workflow again")
    return path

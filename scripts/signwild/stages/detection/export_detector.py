"""Exporting a detector: everything needed to use a finished run's networks, in one folder."""

import io
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.digests import file_sha256
from signwild.base.files import read_table, read_tables, write_text, written_whole
from signwild.base.shards import ShardPaths
from signwild.base.store import store_path
from signwild.base.templates import render, wrap_prose
from signwild.cli.program import run_function
from signwild.configuration.sections.detection import Decision, Exported
from signwild.configuration.sections.features import BACKBONES, BackboneName
from signwild.exported import model
from signwild.exported.folder import CHECKSUMS, FILES, NETWORKS
from signwild.exported.network_files import copy_network
from signwild.exported.training_videos import training_videos
from signwild.stages.dataset.groups import folds_note
from signwild.stages.detection.beside import Scores, read_run_scores, read_scores_beside
from signwild.stages.detection.members import Member
from signwild.stages.detection.score_table import METRICS
from signwild.stages.detector.decisions import describe_decision, read_decisions
from signwild.stages.detector.weights import describe_weights
from signwild.stages.weights.receipt import PreparedWeights
from signwild.stages.weights.receipts import read_receipts


def export_detector(
    contents: Exported,
    members: dict[str, Member],
    prepared_weights: Sequence[Path],
    decisions_file: Path,
    run_folder: Path,
    resampled: ShardPaths,
    store: Path,
    output_dir: Path,
    scores_beside: str | None = None,
    about: Path | None = None,
) -> None:
    """Export the detectors of a finished run to one folder with everything that detect_signing.py needs.

    ``contents``: the detectors and the run's settings. ``members``: their trained experiments, by name.
    ``prepared_weights``: the receipts of the weights of what they read. ``scores_beside``: another run, whose scores
    the card shows beside this run's. ``about``: a Markdown file that the card includes. The rest is described by
    ``write_detector``.
    """
    scores = [read_run_scores(run_folder.name, run_folder / "tables/detection.csv")]
    if scores_beside:
        rests_on = {name for detector in contents.detectors for name in (detector.name, *detector.members)}
        scores.append(read_scores_beside(run_folder, run_folder.with_name(scores_beside), sorted(rests_on)))
    write_detector(
        contents,
        members,
        weights=read_receipts(prepared_weights),
        decisions_file=decisions_file,
        scores=scores,
        samples=resampled,
        segments_file=run_folder / "segments/segments.parquet",
        dataset=run_folder / "tables/dataset.csv",
        store=store,
        about=about.read_text(encoding="utf-8") if about else "",
        folder=output_dir,
    )


def write_detector(
    exported: Exported,
    members: dict[str, Member],
    weights: dict[BackboneName, PreparedWeights],
    decisions_file: Path,
    scores: list[Scores],
    samples: list[Path],
    segments_file: Path,
    dataset: Path,
    store: Path,
    about: str,
    folder: Path,
) -> None:
    """Write a detector's folder (see ``exported.model``), its checksums last.

    ``decisions_file``: the file that ``evaluate_detection`` wrote. ``scores``: those of this run, then those of another
    run that the card shows beside them. ``samples``: the shards' resample manifests, with which the costs of decoding
    are found in the store. ``segments_file``: the run's segments. ``dataset``: the run's table of its data set.
    ``about``: Markdown that the card includes.
    """
    videos = read_tables(samples)
    decoding = _mean_ms(videos.query("status == 'ok'"), "resample", store, ["seconds"])
    used = pd.read_parquet(segments_file, columns=["video_id"])["video_id"]
    starts = sorted({start for member in members.values() if (start := member.experiment.training.start_from)})
    description = model.DetectorModel(
        run=exported.run,
        classes=CLASSES,
        length=exported.length,
        resample=exported.resample,
        features=exported.features,
        streams=exported.streams,
        weights=describe_weights(exported.weights, weights["vgg16"]) if "vgg16" in weights else None,
        backbones={name: describe_weights(own, weights[name]) for name, own in exported.backbones.items()},
        members={name: _describe_member(member) for name, member in members.items()},
        variants=_describe_variants(exported, members, read_decisions(decisions_file), scores, decoding, store),
        scores_of={own.group_by: own.run for own in scores},
        not_comparable=exported.not_comparable,
        training_videos=training_videos(videos, used, map(Path, starts)),
    )
    write_networks(members, store, folder / NETWORKS)
    write_text(folder / "detector.json", json.dumps(description.model_dump(mode="json"), indent=2) + "\n")
    _write_card(description, pd.read_csv(dataset), about, folder / "model_card.md")
    lines = [f"{file_sha256(folder / name)}  {name}" for name in FILES]
    write_text(folder / CHECKSUMS, "\n".join(lines) + "\n")


def _describe_variants(
    exported: Exported,
    members: dict[str, Member],
    decisions: dict[str, Decision],
    scores: list[Scores],
    decoding: float,
    store: Path,
) -> list[model.Variant]:
    """Return a run's detectors with what was learned and measured for each; ``decoding``: milliseconds per sample."""
    streams = {name: _stream_cost(name, members, store) for name in exported.streams}
    variants = []
    for detector in exported.detectors:
        read = sorted({members[name].experiment.stream for name in detector.members})
        costs = [decoding, *(streams[name][0] for name in read)]
        variants.append(
            model.Variant(
                **detector.model_dump(),
                decision=decisions[detector.name],
                scores={own.group_by: _scores_of(detector.name, own.table) for own in scores},
                ms_per_sample=None if any(np.isnan(costs)) else round(sum(costs), 2),
                device=" and ".join(sorted({streams[name][1] for name in read})),
            )
        )
    return variants


def write_networks(members: dict[str, Member], store: Path, path: Path) -> None:
    """Write the networks of a detector's members; the same networks always give the same bytes.

    A detector is identified by its files' bytes. HDF5's newer formats, used for the store, record times of groups.
    """
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, member in members.items():
            for network, key in member.shipped.items():
                group = file.create_group(f"{name}/{network}")
                group.attrs["key"] = key
                with h5py.File(store_path(store, "training", key)) as trained:
                    copy_network(trained["variables"], group)
    with written_whole(path) as temporary:
        temporary.write_bytes(content.getvalue())


def _write_card(description: model.DetectorModel, dataset: pd.DataFrame, about: str, path: Path) -> None:
    """Write the model card; ``dataset``: a row for each class, and a last one for all."""
    words = {
        "detector": description,
        "decisions": {variant.name: describe_decision(variant.decision) for variant in description.variants},
        "metrics": METRICS,
        "backbones": BACKBONES,
        "about": about.strip(),
        "trained_on": dataset.to_dict("records"),
        "folds_notes": {group_by: folds_note(group_by) for group_by in description.scores_of},
        "versions": {name: version(name) for name in ("keras", "numpy", "av")},
    }
    write_text(path, wrap_prose(render("detector_card.md.j2", **words)))


def _describe_member(member: Member) -> model.Member:
    entry = member.experiment
    return model.Member(
        stream=entry.stream,
        backbone=entry.backbone,
        layer=entry.layer,
        network=entry.network,
        networks=list(member.shipped),
    )


def _scores_of(detector: str, table: pd.DataFrame) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Return value and interval of each metric of one detector."""
    own = table[table["experiment"] == detector].set_index("metric")
    return {name: _score(own.loc[name]) for name in METRICS}


def _score(row: pd.Series) -> tuple[float | None, float | None, float | None]:
    return tuple(None if pd.isna(row[part]) else float(row[part]) for part in ("value", "low", "high"))


def _stream_cost(stream: str, members: dict[str, Member], store: Path) -> tuple[float, str]:
    """Return the milliseconds per sample of a stream and the networks' passes, over all layers, and the device."""
    manifest = next(member.manifest for member in members.values() if member.experiment.stream == stream)
    layers = [own for _, own in read_table(manifest).groupby("layer")]
    with h5py.File(store_path(store, "features", layers[0]["key"].iloc[0])) as file:
        device = str(file.attrs["device"])
    return sum(_mean_ms(own, "features", store, ["seconds", "stream_seconds"]) for own in layers), device


def _mean_ms(files: pd.DataFrame, stage: str, store: Path, attributes: list[str]) -> float:
    """Return the milliseconds per sample that the store's files took; ``files``: key and rows."""
    seconds = 0.0
    for key in files["key"]:
        with h5py.File(store_path(store, stage, key)) as file:
            seconds += sum(float(file.attrs[name]) for name in attributes)
    samples = files["rows"].astype(int).sum()
    return 1000 * seconds / samples if samples else float("nan")


if __name__ == "__main__":
    run_function(export_detector, lock="output_dir")

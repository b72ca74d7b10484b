"""Checks of a run's manifests: one row per video in every stage, keys that the present code gives, and their files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from signwild.base.files import read_tables
from signwild.base.store import store_path
from signwild.configuration.sections.features import parts_of
from signwild.keys.descriptors import descriptor_key
from signwild.keys.faces import faces_key
from signwild.keys.features import feature_key
from signwild.keys.samples import sample_key
from signwild.stages.alignment.align_labels import ALIGNMENT_COLUMNS
from signwild.stages.dataset.prepare_dataset import VIDEO_COLUMNS, shard_of
from signwild.stages.descriptors import compute_descriptor
from signwild.stages.download.status import DOWNLOAD_COLUMNS
from signwild.stages.faces import detect_faces
from signwild.stages.features import extract_features
from signwild.stages.resample import resample_videos
from signwild.stages.resample.missing import wanted_rows
from signwild.stages.weights.receipt import read_receipt
from signwild.upkeep.verification.inspection import UNREADABLE, Inspection
from signwild.upkeep.verification.store_files import StoreFile, features_problem, looks_problem, samples_problem

LABEL_COLUMNS = ["video_id", "unit", "start", "end", "label"]
STAGES = {
    "dataset": VIDEO_COLUMNS,
    "download": DOWNLOAD_COLUMNS,
    "alignment": [*DOWNLOAD_COLUMNS, *ALIGNMENT_COLUMNS],
    "resample": resample_videos.MANIFEST_COLUMNS,
}
"""Stages whose tables have a row for every video, in order, with their columns."""

OUTDATED = "has keys that do not follow from the present code, configuration and source bytes"


@dataclass
class Videos:
    """Content of a run's manifests, over all shards.

    ``listed``: the data set's rows. ``usable``: resample rows of usable videos, with ``shard``. ``spans``: labels on
    the files' frames. ``keys``: the key of each video, by folder of features (below the run's) and layer.
    ``read``: the shards whose tables of videos could all be read.
    """

    listed: pd.DataFrame
    usable: pd.DataFrame
    spans: pd.DataFrame
    read: set[str]
    keys: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def of_shard(self, shard: str) -> pd.DataFrame | None:
        """Return the rows of a shard's usable videos, or None if they are not known."""
        return self.usable[self.usable["shard"] == shard] if shard in self.read else None


def read_videos(look: Inspection) -> Videos:
    """Check the tables that have a row for every video, shard by shard, and combine them."""
    listed, usable, spans, known = [], [], [], set()
    for shard in look.shards:
        tables = {
            stage: look.read_table(look.folder / stage / f"{shard}.tsv", columns, look.video_chain(stage, shard))
            for stage, columns in STAGES.items()
        }
        given, labels = (look.folder / f"{stage}/{shard}.labels.tsv" for stage in ("dataset", "alignment"))
        look.read_table(given, LABEL_COLUMNS, (given,))
        tables["labels"] = look.read_table(labels, LABEL_COLUMNS, (labels, *look.video_chain("alignment", shard)))
        if any(table is None for table in tables.values()):
            continue
        known.add(shard)
        _check_rows(look, shard, tables)
        _check_sample_keys(look, shard, tables)
        _note_sources(look, tables["download"])
        listed.append(tables["dataset"])
        usable.append(tables["resample"].query("status == 'ok'").assign(shard=shard))
        spans.append(tables["labels"])
    if not listed:
        empty = (VIDEO_COLUMNS, [*resample_videos.MANIFEST_COLUMNS, "shard"], LABEL_COLUMNS)
        return Videos(*(pd.DataFrame(columns=columns) for columns in empty), known)
    return Videos(*(pd.concat(parts, ignore_index=True) for parts in (listed, usable, spans)), known)


def _check_rows(look: Inspection, shard: str, tables: dict[str, pd.DataFrame]) -> None:
    """Check that each stage has one row per video of a shard, and uses only videos that the one before could use."""
    listed = sorted(tables["dataset"]["video_id"])
    path = look.folder / f"dataset/{shard}.tsv"
    if any(shard_of(name, len(look.shards)) != shard for name in listed):
        look.report(path, "has videos of another shard", look.video_chain("dataset", shard), "not up to date")
    before = tables["dataset"].assign(status="ok")
    for stage in list(STAGES)[1:]:
        table, path = tables[stage], look.folder / stage / f"{shard}.tsv"
        # It is not known which of the tables is wrong, so all are made again.
        remove = look.shard_chain(shard)
        if sorted(table["video_id"]) != listed:
            look.report(path, "does not have one row for each video of the data set's table", remove)
        both = table.merge(before, on="video_id", suffixes=("", "_before"))
        used = both[both["status"] == "ok"]
        if (used["status_before"] != "ok").any():
            look.report(path, "uses a video that the previous stage could not use", remove)
        known = used["sha256_before"] != ""
        if any((used[part] != used[f"{part}_before"])[known].any() for part in ("sha256", "bytes") if part in table):
            look.report(path, "refers to other bytes of a video than the previous stage", remove)
        before = table


def _check_sample_keys(look: Inspection, shard: str, tables: dict[str, pd.DataFrame]) -> None:
    parameters = look.plan.settings.configuration.resample
    used = tables["resample"].query("status == 'ok'")
    if any(row.key != sample_key(row.sha256, parameters) for row in used.itertuples()):
        path = look.folder / f"resample/{shard}.tsv"
        look.report(path, OUTDATED, look.video_chain("resample", shard), "not up to date")


def _note_sources(look: Inspection, downloads: pd.DataFrame) -> None:
    for video in downloads.query("status == 'ok'").itertuples():
        path = Path(video.file)
        if not path.exists():
            look.gone[video.video_id] = path
            look.report(path, "is gone: what was made from it is kept, but cannot be made again", kind="note")
        elif str(path.stat().st_size) != video.bytes:
            look.report(path, "has another size than when it was listed", kind="note")


def sample_files(look: Inspection, videos: Videos) -> Iterator[StoreFile]:
    """Yield the store's files with the videos' samples."""
    for video in videos.usable.itertuples():
        rows = _number(video.rows)
        path = store_path(look.store, "resample", video.key)
        chain = look.video_chain("resample", video.shard)
        needs = look.gone.get(video.video_id)
        yield StoreFile(path, {video.sha256}, chain, partial(samples_problem, rows=rows), needs=needs)


def feature_files(look: Inspection, videos: Videos) -> Iterator[StoreFile]:
    """Yield the store's files with the streams' features, and check the manifests that name them."""
    weights = {}
    for name in look.plan.settings.backbones:
        path = look.folder / f"weights/{name}.json"
        try:
            weights[name] = read_receipt(path).identity
        except UNREADABLE:
            look.report(path, "is missing or cannot be read", (path,))
            return
    spans = dict(list(videos.spans.groupby("video_id")))
    for stream in look.plan.settings.streams:
        request, folder = look.plan.request(stream), f"features/{stream}"
        for shard in look.shards:
            own = videos.of_shard(shard)
            chain = look.features_chain(folder, shard)
            table = _read_manifest(look, chain, extract_features.MANIFEST_COLUMNS, own, request.layers)
            for row, video in _with_videos(table, own):
                samples = look.samples(video.key)
                if samples is None:
                    # The rows that it should have are not known, but it can be checked whether it is complete.
                    yield _features(look, chain, row, video.key, None)
                    continue
                rows = wanted_rows(samples, spans.get(row.video_id, videos.spans[:0]), request)
                key = feature_key(video.key, request, row.layer, weights[parts_of(row.layer)[0]], rows)
                _check_row(look, chain, row, key, len(rows))
                videos.keys.setdefault((folder, row.layer), {})[row.video_id] = row.key
                if len(rows):
                    yield _features(look, chain, row, video.key, samples["frame"].to_numpy()[rows])


def check_gathered(look: Inspection) -> None:
    """Check that the table of all shards of a stream, or a descriptor, agrees with the shards' manifests."""
    blamed = {finding.path for finding in look.findings}
    for stage, names in (("features", look.plan.settings.streams), ("descriptors", look.plan.settings.descriptors)):
        for name in names:
            _, path, *after = look.features_chain(f"{stage}/{name}", look.shards[0])
            table = look.read_table(path, extract_features.MANIFEST_COLUMNS, (path, *after))
            shards = [look.folder / stage / name / f"{shard}.tsv" for shard in look.shards]
            if table is None or not blamed.isdisjoint(shards):
                continue
            if not table.equals(read_tables(shards)):
                look.report(path, "does not match the shards' manifests", (path, *after))


def face_files(look: Inspection, videos: Videos) -> Iterator[StoreFile]:
    """Yield the store's files with the faces, and check the manifests that name them."""
    for name, parameters in look.plan.settings.faces.items():
        for shard in look.shards:
            own = videos.of_shard(shard)
            chain = look.faces_chain(name, shard)
            table = _read_manifest(look, chain, detect_faces.MANIFEST_COLUMNS, own, None)
            for row, video in _with_videos(table, own):
                looks = -(-_number(video.rows) // parameters.every)
                _check_row(look, chain, row, faces_key(video.key, parameters), looks)
                videos.keys.setdefault((f"faces/{name}", ""), {})[row.video_id] = row.key
                path = store_path(look.store, "faces", row.key)
                problem = partial(looks_problem, looks=looks)
                yield StoreFile(path, {video.key}, chain, problem, needs=look.gone.get(row.video_id))


def descriptor_files(look: Inspection, videos: Videos) -> Iterator[StoreFile]:
    """Yield the store's files with the descriptors, and check the manifests that name them. Comes after the faces."""
    configuration = look.plan.settings.configuration
    given = configuration.segments.length, configuration.resample.max_motion_rate
    for name, parameters in look.plan.settings.descriptors.items():
        of_faces = videos.keys.get((f"faces/{parameters.faces}", ""), {})
        for shard in look.shards:
            own = videos.of_shard(shard)
            chain = look.features_chain(f"descriptors/{name}", shard)
            table = _read_manifest(look, chain, compute_descriptor.MANIFEST_COLUMNS, own, ["descriptor"])
            for row, video in _with_videos(table, own):
                if parameters.faces is None or row.video_id in of_faces:
                    key = descriptor_key(video.key, of_faces.get(row.video_id), parameters, *given)
                    _check_row(look, chain, row, key, _number(video.rows))
                videos.keys.setdefault((f"descriptors/{name}", "descriptor"), {})[row.video_id] = row.key
                samples = look.samples(video.key)
                frames = None if samples is None else samples["frame"].to_numpy()
                yield _features(look, chain, row, video.key, frames)


def _features(
    look: Inspection, chain: tuple[Path, ...], row: tuple, sample_key: str, frames: np.ndarray | None
) -> StoreFile:
    path = store_path(look.store, "features", row.key)
    problem = partial(features_problem, frames=frames)
    return StoreFile(path, {sample_key}, chain, problem, needs=look.gone.get(row.video_id))


def _read_manifest(
    look: Inspection, chain: tuple[Path, ...], columns: list[str], usable: pd.DataFrame | None, layers: list[str] | None
) -> pd.DataFrame | None:
    """Return a manifest, the first of its chain; it must have one row for each usable video and layer."""
    table = look.read_table(chain[0], columns, chain)
    if table is None or usable is None:
        return None
    wanted = [(name, layer) for name in usable["video_id"] for layer in layers or [""]]
    rows = zip(table["video_id"], table["layer"] if layers else [""] * len(table), strict=True)
    if sorted(rows) != sorted(wanted):
        look.report(chain[0], "does not have one row for each usable video of its shard, and layer", chain)
    return table


def _with_videos(table: pd.DataFrame | None, usable: pd.DataFrame | None) -> Iterator[tuple]:
    """Yield the rows of a manifest, each with the video's row in the manifest of resample."""
    if table is not None:
        own = {video.video_id: video for video in usable.itertuples()}
        yield from ((row, own[row.video_id]) for row in table.itertuples() if row.video_id in own)


def _check_row(look: Inspection, chain: tuple[Path, ...], row: tuple, key: str, rows: int) -> None:
    if row.key != key:
        look.report(chain[0], OUTDATED, chain, "not up to date")
    if row.rows != str(rows):
        look.report(chain[0], "states another number of rows than there are samples", chain)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else -1

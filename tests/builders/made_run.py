"""A small finished run as its programs leave it; only VGG-16, the detectors and Keras are replaced by stand-ins."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from signwild.base.classes import CLASSES
from signwild.base.digests import file_sha256
from signwild.base.files import read_tables, write_table, write_text
from signwild.base.store import new_store_file, store_path
from signwild.configuration.settings import resolved_yaml
from signwild.keys.features import feature_key
from signwild.keys.samples import sample_key
from signwild.plan.detection import detection_results, final_members, final_record
from signwild.plan.learning_curve import curve_figures, curve_tables
from signwild.plan.run import Plan, read_plan
from signwild.plan.signers import signer_figures, signer_tables
from signwild.plan.training import dealt_files, segments_file
from signwild.predictions import records
from signwild.stages.alignment.align_labels import ALIGNMENT_COLUMNS
from signwild.stages.classification import classify_segments
from signwild.stages.dataset.prepare_dataset import VIDEO_COLUMNS, shard_names, shard_of
from signwild.stages.descriptors import compute_descriptor
from signwild.stages.download.status import DOWNLOAD_COLUMNS
from signwild.stages.faces import detect_faces
from signwild.stages.features import extract_features
from signwild.stages.features.extractor import write_features
from signwild.stages.resample import resample_videos
from signwild.stages.segments import cut_segments, deal_videos
from signwild.stages.training import fuse_experiments, stored_networks, train_experiment
from signwild.stages.training.split import TrainingSplit
from signwild.stages.training.steps import TrainingSteps
from signwild.stages.training.train_final import train_final

SAMPLES, WIDTH, WEIGHTS = 14, 8, "random-0-caffe"
VIDEOS = [f"video {number}" for number in range(6)]
BROKEN = "broken"

CONFIG = {
    "run": "made",
    "dataset": {"kind": "folder", "videos_dir": "videos", "labels": "labels.csv"},
    "shards": 2,
    "weights": {"source": "random"},
    "segments": {"folds": 2, "length": 4, "stride": 4},
    "training": {"epochs": 2},
    "experiments_file": "experiments.yaml",
}
EXPERIMENTS = {
    "experiments": {
        "rgb": {"stream": "rgb"},
        "rgb_two_folds": {"stream": "rgb", "protocol": "two_folds"},
        "flow": {"stream": "flow"},
        "rgb_flow": {"fuse": ["rgb", "flow"]},
        "baseline": {"descriptor": "profiles", "classifier": {"kind": "neighbours"}},
        "baseline_videos": {"descriptor": "profiles", "classifier": {"kind": "neighbours"}, "unit": "video"},
    },
    "tables": {
        name: {"caption": name, "columns": ["precision"], "rows": [{"label": row, "experiment": row} for row in rows]}
        for name, rows in {
            "ours": ["rgb", "flow", "rgb_flow"],
            "ablation": ["rgb_two_folds"],
            "theirs": ["baseline"],
            "videos": ["baseline_videos"],
        }.items()
    },
}
EXPERIMENTS["tables"]["videos"] |= {"unit": "video", "columns": ["precision_signing"]}

CURVE = {"experiments": ["rgb_flow", "baseline"], "shares": [0.5, 1.0], "draws": 2}
"""A learning curve of the run; of its few persons each share has all."""


class MadeRun:
    """A run in the working folder."""

    config = Path("config.yaml")
    results = Path("results")
    run = results / "made"
    store = results / "store"

    @property
    def plan(self) -> Plan:
        """Plan of its configuration."""
        return read_plan(self.config)

    def configure(self, experiments: dict = EXPERIMENTS, **values: object) -> None:
        """Write the configuration, with these values replaced."""
        Path("experiments.yaml").write_text(yaml.safe_dump(experiments, sort_keys=False))
        self.config.write_text(yaml.safe_dump(CONFIG | values))

    def make(self) -> "MadeRun":
        """Make everything that a finished run has."""
        self.configure()
        self._list_videos()
        self._keep_samples()
        for stream in self.plan.settings.streams:
            self._keep_features(stream)
        self._keep_faces_and_profiles()
        self._cut_segments()
        self._compute_experiments()
        self._end()
        return self

    def table(self, name: str) -> Path:
        """Return the first shard's table in this folder of the run that has a usable video."""
        return next(path for path in sorted((self.run / name).glob("[01].tsv")) if "video" in path.read_text()[20:])

    def stored(self, table: Path) -> Path:
        """Return a file of the store that a table names."""
        stage = table.relative_to(self.run).parts[0].replace("descriptors", "features")
        keys = pd.read_csv(table, sep="\t", dtype=str, keep_default_na=False)["key"]
        return store_path(self.store, stage, next(key for key in keys if key))

    def _list_videos(self) -> None:
        Path("videos").mkdir()
        rows, spans = [], []
        for number, name in enumerate([*VIDEOS, BROKEN]):
            path = Path(f"videos/{name}.mp4")
            path.write_bytes(name.encode())
            rows.append([name, str(path), name, "", file_sha256(path), path.stat().st_size, "", ""])
            spans.append([name, "frame", 0, 1000, CLASSES[number % 3]])
        videos = pd.DataFrame(rows, columns=VIDEO_COLUMNS).assign(status="ok", reason="")
        labels = pd.DataFrame(spans, columns=["video_id", "unit", "start", "end", "label"])
        for shard in shard_names(2):
            own, of_own = (
                table[[shard_of(name, 2) == shard for name in table["video_id"]]] for table in (videos, labels)
            )
            write_table(self.run / f"dataset/{shard}.tsv", own[VIDEO_COLUMNS])
            write_table(self.run / f"download/{shard}.tsv", own[DOWNLOAD_COLUMNS])
            aligned = own.reindex(columns=[*DOWNLOAD_COLUMNS, *ALIGNMENT_COLUMNS], fill_value="")
            write_table(self.run / f"alignment/{shard}.tsv", aligned)
            for stage in ("dataset", "alignment"):
                write_table(self.run / f"{stage}/{shard}.labels.tsv", of_own)

    def _keep_samples(self) -> None:
        parameters = self.plan.settings.configuration.resample
        for shard in shard_names(2):
            rows = []
            for video in pd.read_csv(self.run / f"download/{shard}.tsv", sep="\t").itertuples():
                key = sample_key(video.sha256, parameters)
                if video.video_id == BROKEN:
                    rows.append([video.video_id, "undecodable", "noise", "", video.sha256, "", ""])
                else:
                    rows.append([video.video_id, "ok", "", key, video.sha256, SAMPLES, ""])
                    with new_store_file(store_path(self.store, "resample", key), [video.sha256], 1.5) as file:
                        file["frame"], file["time_s"] = 6 * np.arange(SAMPLES), 0.2 * np.arange(SAMPLES)
                        file["stretch"] = np.zeros(SAMPLES, np.int64)
            write_table(
                self.run / f"resample/{shard}.tsv", pd.DataFrame(rows, columns=resample_videos.MANIFEST_COLUMNS)
            )

    def _usable(self, shard: str) -> pd.DataFrame:
        return pd.read_csv(self.run / f"resample/{shard}.tsv", sep="\t", dtype=str).query("status == 'ok'")

    def _keep_features(self, stream: str) -> None:
        request, random = self.plan.request(stream), np.random.default_rng(len(stream))
        receipt = f'{{"identity": "{WEIGHTS}", "path": "", "preprocessing": "caffe", "seed": 0}}'
        write_text(self.run / "weights/vgg16.json", receipt)
        for shard in shard_names(2):
            rows = []
            for video in self._usable(shard).itertuples():
                key = feature_key(video.key, request, "fc1", WEIGHTS, np.arange(SAMPLES))
                values = random.normal(size=(SAMPLES, WIDTH)).astype(np.float16)
                path = store_path(self.store, "features", key)
                write_features(path, video.key, values, 6 * np.arange(SAMPLES), 2.0, 1.0)
                rows.append([video.video_id, "fc1", key, SAMPLES])
            table = pd.DataFrame(rows, columns=extract_features.MANIFEST_COLUMNS)
            write_table(self.run / f"features/{stream}/{shard}.tsv", table)
        self._gather(f"features/{stream}")

    def _keep_faces_and_profiles(self) -> None:
        settings, random = self.plan.settings, np.random.default_rng(0)
        configuration, every = settings.configuration, settings.faces["ensemble"].every
        given = configuration.segments.length, configuration.resample.max_motion_rate
        for shard in shard_names(2):
            of_faces, of_profiles = [], []
            for video in self._usable(shard).itertuples():
                key = detect_faces.faces_key(video.key, settings.faces["ensemble"])
                looks = np.arange(0, SAMPLES, every)
                with new_store_file(store_path(self.store, "faces", key), [video.key], 3.0) as file:
                    file["look"] = looks
                of_faces.append([video.video_id, key, len(looks), 0])
                own = compute_descriptor.descriptor_key(video.key, key, settings.descriptors["profiles"], *given)
                with new_store_file(store_path(self.store, "features", own), [video.key], 3.0) as file:
                    file["frame"], file["faces"] = 6 * np.arange(SAMPLES), np.ones(SAMPLES, np.int64)
                    file["features"] = random.normal(size=(SAMPLES, WIDTH)).astype(np.float32)
                of_profiles.append([video.video_id, "descriptor", own, SAMPLES])
            tables = {
                "faces/ensemble": (of_faces, detect_faces),
                "descriptors/profiles": (of_profiles, compute_descriptor),
            }
            for folder, (rows, module) in tables.items():
                write_table(self.run / f"{folder}/{shard}.tsv", pd.DataFrame(rows, columns=module.MANIFEST_COLUMNS))
            (self.run / f"faces/ensemble/{shard}.png").touch()
        self._gather("descriptors/profiles")

    def _gather(self, folder: str) -> None:
        shards = [self.run / folder / f"{shard}.tsv" for shard in shard_names(2)]
        write_table(self.run / f"{folder}.tsv", read_tables(shards))

    def _cut_segments(self) -> None:
        def shards(name: str) -> list[Path]:
            return [self.run / name.format(shard) for shard in shard_names(2)]

        tables = shards("resample/{}.tsv"), shards("dataset/{}.tsv"), shards("alignment/{}.labels.tsv")
        parameters = self.plan.settings.configuration.segments
        folders = self.run / "frozen_folds.tsv", self.run / "segments"
        cut_segments.cut_segments(*tables, self.store, parameters, 0.5, *folders)

    def _compute_experiments(self) -> None:
        plan = self.plan
        for name in plan.settings.reading:
            entry, folder = plan.settings.experiments[name], Path(plan.result_folder(name, 1))
            inputs = Path(segments_file(plan, name)), Path(plan.manifest(name)), self.store
            if name in plan.settings.trained:
                with pytest.MonkeyPatch.context() as patch:
                    _stand_in_for_keras(patch)
                    train_experiment.train_experiment("made", name, 1, entry, 4, *inputs, {}, folder)
            else:
                pooling = plan.pooling(name)
                classify_segments.classify_segments("made", name, 1, entry, pooling, 4, *inputs, {}, folder)
        for name, entry in plan.settings.fused.items():
            members = [Path(plan.result_folder(member, 1)) for member in entry.fuse]
            fuse_experiments.fuse_experiments("made", name, 1, entry, members, {}, Path(plan.result_folder(name, 1)))

    def add_tables(self, tables: dict, curve: dict | None = None) -> None:
        """Configure more tables, and a learning curve, and make what they need: folds by video, results, last files."""
        curves = {"learning_curve": curve} if curve else {}
        self.configure(EXPERIMENTS | {"tables": EXPERIMENTS["tables"] | tables} | curves)
        parameters = self.plan.settings.configuration.segments
        for path in map(Path, dealt_files(self.plan)):
            deal_videos.deal_videos(self.run / "segments/segments.parquet", parameters.folds, parameters.seed, path)
        self._compute_experiments()
        self._end()

    def train_finals(self) -> None:
        """Configure the run's detectors to use networks that are trained on all folds, and train these."""
        self.configure(detection={"networks": "all"})
        plan = self.plan
        write_text(self.run / "run_config.yaml", resolved_yaml(plan.settings))
        for name in final_members(plan):
            inputs = self.run / "segments/segments.parquet", Path(plan.manifest(name)), self.store
            with pytest.MonkeyPatch.context() as patch:
                _stand_in_for_keras(patch)
                folder = Path(final_record(plan, name)).parent
                train_final("made", name, 1, plan.settings.experiments[name], 4, *inputs, {}, folder)

    def _end(self) -> None:
        """Write the last files of a finished run, empty, with logs, and write its configuration."""
        plan = self.plan
        names = [*plan.table_files(), *plan.claim_files(), *plan.dataset_files(), *plan.interval_files()]
        names += [*plan.figure_files(), *plan.network_files(), *plan.illustration_files(), *detection_results(plan)]
        names += [*signer_tables(plan), *signer_figures(plan), *curve_tables(plan), *curve_figures(plan)]
        names += [f"results/made/logs/compare_experiments/{name}.log" for name in plan.settings.tables]
        for name in [*names, "results/made/tracking/receipt.tsv", "results/made/report/index.html"]:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).touch()
        write_text(self.run / "run_config.yaml", resolved_yaml(plan.settings))


def _stand_in_for_keras(patch: pytest.MonkeyPatch) -> None:
    """Replace the trainer that starts Keras by one that draws its probabilities at random."""

    class Trainer:
        trainable_parameters = 7
        form = SimpleNamespace(compiled=None)

        def __init__(self, experiment: object, *_: object) -> None:
            self._random = np.random.default_rng(len(str(experiment)))

        def train_fold(self, _: object, split: TrainingSplit, *__: object) -> TrainingSteps:
            yield from ()
            drawn = self._random.dirichlet([1, 1, 1], len(split.asked)).astype(np.float32)
            fold = -1 if split.fold is None else split.fold
            rows = [[fold, "stopping", epoch, 1.0, 0.5, 1.0 / epoch, 0.5, 0.001, 4, ""] for epoch in (1, 2)]
            history = pd.DataFrame(rows, columns=records.HISTORY_COLUMNS).astype({"transition": str})
            return history, drawn, [np.zeros(3)]

    names = ("stages.training.trainer", "stages.training.compiled", "base.device")
    trainer, compiled, devices = (ModuleType(f"signwild.{name}") for name in names)
    trainer.Trainer, devices.network_device = Trainer, lambda: "cpu"
    compiled.compiled_networks = lambda _, count: SimpleNamespace(count=count, fit=lambda *_: None)
    for module in (trainer, compiled, devices):
        patch.setitem(sys.modules, module.__name__, module)
    patch.setattr(stored_networks, "SegmentReader", lambda *_: SimpleNamespace(is_of=lambda *_: True))

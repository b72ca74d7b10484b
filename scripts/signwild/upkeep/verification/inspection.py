"""Inspection of one run's results: where they are, what is wrong, and what to remove to make a file again.

Snakemake notices only missing files that its target names, or that a job that runs anyway needs. So each file has a
chain here: itself, and what to remove with it up to the target. The jobs in between find all else in the store.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pandas as pd
import pyarrow

from signwild.base.errors import InputError
from signwild.base.files import read_table
from signwild.base.store import content_digest, store_path
from signwild.plan.detection import detection_results, final_records
from signwild.plan.learning_curve import curve_figures, curve_tables
from signwild.plan.run import Plan
from signwild.plan.signers import signer_figures, signer_tables
from signwild.plan.training import dealt_files
from signwild.predictions.records import read_record
from signwild.stages.dataset.prepare_dataset import shard_names
from signwild.stages.resample.samples import read_samples
from signwild.upkeep.verification.findings import Finding, Kind

UNREADABLE = (InputError, OSError, ValueError, KeyError, TypeError, RuntimeError, pyarrow.ArrowException)
"""Errors that reading a damaged table or HDF5 file may raise."""


VIDEO_STAGES = ("dataset", "download", "alignment", "resample")
"""Stages whose tables have a row for every video, in order."""


class Inspection:
    """The results of one run below ``results``, and the faults found in them so far.

    ``gone``: source videos that no longer exist, by the video's id.
    """

    def __init__(self, plan: Plan, results: Path) -> None:
        self.plan = plan
        self.store = results / "store"
        self.folder = results / plan.run
        self.shards = shard_names(plan.settings.configuration.shards)
        self.findings: list[Finding] = []
        self.gone: dict[str, Path] = {}
        self._results = results
        self._samples: dict[str, pd.DataFrame | None] = {}

    def report(
        self,
        path: Path,
        problem: str,
        remove: tuple[Path, ...] = (),
        kind: Kind = "damaged",
        needs: Path | None = None,
    ) -> None:
        """Add a finding."""
        self.findings.append(Finding(path, problem, kind, () if needs else remove, needs=needs))

    def located(self, path: str) -> Path:
        """Return where a path of the plan is stored."""
        return self._results / Path(path).relative_to("results")

    def video_chain(self, stage: str, shard: str) -> tuple[Path, ...]:
        """Return what to remove to make a shard's table of dataset, download, alignment or resample again."""
        chain = {
            "dataset": [],
            "download": [],
            "alignment": [f"alignment/{shard}.labels.tsv", f"resample/{shard}.tsv", "segments/balance.tsv"],
            "resample": ["segments/balance.tsv"],
        }[stage]
        return tuple(self.folder / name for name in [f"{stage}/{shard}.tsv", *chain])

    def shard_chain(self, shard: str) -> tuple[Path, ...]:
        """Return what to remove to make all of a shard's tables of videos again."""
        return tuple(path for stage in VIDEO_STAGES for path in self.video_chain(stage, shard))

    def faces_chain(self, faces: str, shard: str) -> tuple[Path, ...]:
        """Return what to remove to make a manifest of faces again."""
        return tuple(self.folder / f"faces/{faces}/{shard}.{form}" for form in ("tsv", "png"))

    def features_chain(self, folder: str, shard: str) -> tuple[Path, ...]:
        """Return what to remove to make a manifest in ``features/{stream}`` or ``descriptors/{descriptor}`` again."""
        readers = [name for name in self.plan.settings.reading if self.reads(name) == folder]
        seeds = self.plan.settings.seeds_of(readers[0])
        predictions = self.result_folder(readers[0], seeds[0]) / "predictions.parquet"
        return self.folder / folder / f"{shard}.tsv", self.folder / f"{folder}.tsv", predictions

    def segments_chain(self) -> tuple[Path, ...]:
        """Return what to remove to make segments and folds again, from the frozen folds."""
        return tuple(self.folder / "segments" / name for name in ("segments.parquet", "folds.tsv", "balance.tsv"))

    def results_chain(self, name: str, seed: int) -> tuple[Path, ...]:
        """Return what to remove to make an experiment's results with one seed again."""
        folder = self.result_folder(name, seed)
        return tuple(folder / file for file in ("predictions.parquet", "history.csv", "record.json"))

    def final_records(self) -> list[Path]:
        """Return the records of the networks trained on all folds; to make one again, only remove its record."""
        return [self.located(name) for name in final_records(self.plan)]

    def ends(self) -> list[Path]:
        """Return what a finished run ends with: tables, figures, contact sheets, tracking and report."""
        plan = self.plan
        names = [*plan.table_files(), *plan.claim_files(), *plan.dataset_files(), *plan.interval_files()]
        names += [*signer_tables(plan), *signer_figures(plan), *curve_tables(plan), *curve_figures(plan)]
        names += [*plan.figure_files(), *plan.network_files(), *plan.illustration_files(), *detection_results(plan)]
        ends = [self.located(name) for name in names] + [self.segments_chain()[-1]]
        ends += [self.faces_chain(name, shard)[-1] for name in plan.settings.faces for shard in self.shards]
        ends += [self.folder / f"descriptors/{name}/{shard}.png" for name in plan.poses for shard in self.shards]
        return [*ends, self.folder / "tracking/receipt.tsv", self.folder / "report/index.html"]

    def between(self) -> list[Path]:
        """Return what the final files are made from: tables of all videos, segments and predictions."""
        stages = [f"{stage}/{shard}.tsv" for stage in VIDEO_STAGES for shard in self.shards]
        stages += [f"{stage}/{shard}.labels.tsv" for stage in ("dataset", "alignment") for shard in self.shards]
        predictions = self.plan.result_files("predictions.parquet", self.plan.computed())
        return [
            *(self.folder / name for name in stages),
            *self.segments_chain(),
            *map(self.located, dealt_files(self.plan)),
            *(self.located(name) for name in predictions),
        ]

    def reads(self, name: str) -> str:
        """Return the folder, below the run's, of the manifests that an experiment reads."""
        return str(self.located(self.plan.manifest(name)).relative_to(self.folder).with_suffix(""))

    def result_folder(self, name: str, seed: int) -> Path:
        """Return the folder of an experiment's results with one seed."""
        return self.located(self.plan.result_folder(name, seed))

    def read_table(
        self, path: Path, columns: list[str], remove: tuple[Path, ...], numbers: dict[str, type] | None = None
    ) -> pd.DataFrame | None:
        """Return a tab-separated table that has these columns; without one, return None and add a finding."""
        return self._read(path, columns, remove, lambda: read_table(path, numbers))

    def read_parquet(self, path: Path, columns: list[str], remove: tuple[Path, ...]) -> pd.DataFrame | None:
        """Return a parquet file that has these columns; without one, return None and add a finding."""
        return self._read(path, columns, remove, lambda: pd.read_parquet(path))

    def read_csv(self, path: Path, columns: list[str], remove: tuple[Path, ...]) -> pd.DataFrame | None:
        """Return a CSV file that has these columns; without one, return None and add a finding."""
        return self._read(path, columns, remove, lambda: pd.read_csv(path))

    def read_record(self, chain: tuple[Path, ...]) -> dict | None:
        """Return the record of an experiment's results, the last of its chain; without one, None, and add a finding."""
        return self._read(chain[-1], [], chain, lambda: read_record(chain[-1]))

    def _read(self, path: Path, names: list[str], remove: tuple[Path, ...], read: Callable[[], Any]) -> Any:
        if not path.exists():
            self.report(path, "is missing: the run is not finished, or it was deleted", remove, "not up to date")
            return None
        try:
            content = read()
            if missing := [name for name in names if name not in content]:
                raise ValueError(f"no {', '.join(missing)}")
        except UNREADABLE as error:
            self.report(path, f"cannot be read ({in_one_line(error)})", remove)
            return None
        return content

    def samples(self, key: str) -> pd.DataFrame | None:
        """Return a video's samples (frame, time_s), or None if its file is missing or damaged, found elsewhere."""
        if key not in self._samples:
            try:
                with h5py.File(store_path(self.store, "resample", key)) as file:
                    is_whole = file.attrs["content"] == content_digest(file)
                self._samples[key] = read_samples(self.store, key) if is_whole else None
            except UNREADABLE:
                self._samples[key] = None
        return self._samples[key]


def in_one_line(error: Exception) -> str:
    """Return the message of an error, short enough for a line."""
    return " ".join(str(error).split())[:100]

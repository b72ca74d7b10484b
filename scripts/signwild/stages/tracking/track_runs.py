"""Import of the run records into MLflow: one MLflow run per experiment and seed.

A run has the digest of everything logged in it, which is set last. Runs with the same digest stay; all other runs
of ours in the MLflow experiment are deleted and, if still wanted, logged again (MLflow can neither change a
parameter nor replace a metric).
"""

import errno
import hashlib
import json
import logging
import math
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}  # read when MLflow is imported
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # its 7 delay the error of an absent server by minutes

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from signwild.base.classes import Unit
from signwild.base.digests import file_sha256
from signwild.base.errors import InputError
from signwild.base.files import is_full_disk, write_table, written_whole
from signwild.cli.program import locked, run_function
from signwild.predictions.metrics import chance, confusion, evaluate, per_fold
from signwild.predictions.records import has_learned, read_history, read_predictions, read_record, unit_of
from signwild.stages.training.path import REFIT, STOPPING
from signwild.stages.training.schedule import GROW, REDUCE

SOURCE = "track_runs.py"
"""Runs with this source are ours; runs that a user logs in the same MLflow experiment are not touched."""

DIGEST = "digest"
CURVES = {
    STOPPING: {
        "loss": "train_loss",
        "accuracy": "train_accuracy",
        "val_loss": "val_loss",
        "val_accuracy": "val_accuracy",
        "learning_rate": "learning_rate",
        "batch_size": "batch_size",
    },
    REFIT: {"loss": "refit_loss", "accuracy": "refit_accuracy"},
}
"""Names of the values logged for an epoch, by the part of the history that it belongs to."""
MOST_RUNS = 50_000
"""MLflow's limit for one search."""


@dataclass(frozen=True)
class Result:
    """Everything logged for one experiment and seed. Metrics are (name, value, step)."""

    experiment: str
    seed: int
    parameters: dict[str, str]
    tags: dict[str, str]
    metrics: list[tuple[str, float, int]]
    confusion: str
    files: list[Path]

    def digest(self) -> str:
        """Return the identity of what is logged: a digest of its values and the bytes of its files."""
        values = [self.experiment, self.seed, self.parameters, self.tags, self.metrics, self.confusion]
        whole = hashlib.sha256(json.dumps(values, sort_keys=True).encode())
        for path in self.files:
            whole.update(f"{path.name} {file_sha256(path)}\n".encode())
        return whole.hexdigest()


def read_result(path: Path, figures: Path) -> Result:
    """Gather what is logged for the run record ``path``: the record, the files beside it, and its figures.

    Figures of experiments on a subset are logged if there are any: points of the learning curve have none.
    """
    record = read_record(path)
    experiment, trained, unit = record["experiment"], record["kind"] == "training", unit_of(record)
    files = [path, path.parent / "predictions.parquet", *([path.parent / "history.csv"] if trained else [])]
    kinds = ["confusion", *(["reliability"] if unit == "segment" else []), *(["curves"] if has_learned(record) else [])]
    drawn = [figures / f"{kind}_{experiment}.png" for kind in kinds]
    if "subset.share" in record["parameters"]:
        drawn = [figure for figure in drawn if figure.is_file()]
    files += drawn
    for file in files:
        if not file.is_file():
            raise InputError(f"{file}: there is no such file; run the experiment and draw its figures first")
    predictions = read_predictions(path.parent / "predictions.parquet")
    curves = _curves(read_history(path.parent / "history.csv")) if has_learned(record) else []
    parameters = record["parameters"] | {"seed": record["seed"]}
    if trained:
        parameters["trainable_parameters"] = record.get("trainable_parameters")
    tags = record["tags"] | {name: record[name] for name in ("key", "kind", "experiment", "seed")}
    return Result(
        experiment=experiment,
        seed=record["seed"],
        parameters={name: str(value) for name, value in parameters.items()},
        tags={name: str(value) for name, value in tags.items()},
        metrics=_metrics(predictions, unit) + curves,
        confusion=confusion(predictions, unit).to_csv(lineterminator="\n"),
        files=files,
    )


def track_runs(
    figures: Path, uri: str, artifacts: Path | None, run: str, receipt: Path, records: Sequence[Path] = ()
) -> None:
    """Log every experiment's results to MLflow, write a receipt, and print what was done.

    See ``track``. ``run``: the run's name, which becomes the name of the MLflow experiment.
    """
    counts = track(records, figures, uri, artifacts, run, receipt)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))


def track(
    records: Sequence[Path], figures: Path, uri: str, artifacts: Path | None, experiment: str, receipt: Path
) -> dict[str, int]:
    """Make the MLflow experiment hold exactly the runs of ``records``; write the receipt (experiment, seed, digest).

    ``uri`` is a database (``sqlite:///results/mlflow.db``), whose files are stored in ``artifacts``, or a tracking
    server (``http://...``), which stores files itself. Returns how many runs were kept, logged and deleted.
    """
    results = sorted(
        (read_result(path, figures) for path in records), key=lambda result: (result.experiment, result.seed)
    )
    digests = {(result.experiment, str(result.seed)): result.digest() for result in results}
    if len(digests) < len(results):
        raise InputError("two run records name the same experiment and seed; give each record once")
    try:
        counts = _synchronise(_Store(uri, artifacts), experiment, results, digests)
    except (MlflowException, SQLAlchemyError) as error:
        if is_full_disk(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), uri) from error
        said = str(error).splitlines()[0]
        raise InputError(
            f"MLflow at {uri}: {said}. Start the server, or move the database away; our runs are logged again."
        ) from error
    lines = [(name, seed, digest) for (name, seed), digest in digests.items()]
    write_table(receipt, pd.DataFrame(lines, columns=["experiment", "seed", "digest"]))
    return counts


def _synchronise(store: "_Store", experiment: str, results: list[Result], digests: dict) -> dict[str, int]:
    experiment_id = store.open_experiment(experiment)
    kept, stale = {}, []
    for run in store.runs(experiment_id):
        identity = (run.data.tags.get("experiment"), run.data.tags.get("seed"))
        if store.is_whole(run) and run.data.tags.get(DIGEST) == digests.get(identity) and identity not in kept:
            kept[identity] = run
        else:
            stale.append(run)
    for run in stale:
        store.delete(run)
    new = [result for result in results if (result.experiment, str(result.seed)) not in kept]
    for result in new:
        store.log(experiment_id, result)
    return {"kept": len(kept), "logged": len(new), "deleted": len(stale)}


class _Store:
    """A database with a folder of artifacts, or a tracking server."""

    def __init__(self, uri: str, artifacts: Path | None) -> None:
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        self.artifacts = self.database = None
        if not uri.startswith(("http://", "https://")):
            if artifacts is None:
                raise InputError(f"{uri}: a database needs a folder for the artifacts (--artifacts)")
            self.artifacts = artifacts.resolve()
            if uri.startswith("sqlite:///"):
                database = Path(make_url(uri).database).resolve()
                uri = f"sqlite:///{database}"  # MLflow keeps open what it opened under a relative name
                if not database.exists():
                    self._create(database)
            self.database = SqlAlchemyStore(uri, self.artifacts.as_uri())
        self.client = MlflowClient(uri)

    def _create(self, database: Path) -> None:
        """Create the tables in a temporary file: a database left incomplete by a kill can never be opened again.

        MLflow's experiment "Default" gets a place among the artifacts; otherwise it would be ./mlruns.
        """
        # Two runs may start with their first tracking at once; who waits for the lock finds the other's tables.
        with locked(database):
            if database.exists():
                return
            with written_whole(database) as temporary:
                SqlAlchemyStore(f"sqlite:///{temporary}", self.artifacts.as_uri()).engine.dispose()

    def open_experiment(self, name: str) -> str:
        """Return the id of the MLflow experiment, which is created or restored if needed."""
        experiment = self.client.get_experiment_by_name(name)
        if experiment is not None and experiment.lifecycle_stage == "deleted":
            self.client.restore_experiment(experiment.experiment_id)
        location = self.artifacts.as_uri() if self.artifacts else None
        if experiment is not None and self.artifacts and experiment.artifact_location != location:
            self._abandon(experiment.experiment_id, name)
            experiment = None
        return experiment.experiment_id if experiment else self.client.create_experiment(name, location)

    def _abandon(self, experiment_id: str, name: str) -> None:
        """Abandon the experiment of a moved or copied project: MLflow stores absolute paths, so runs are logged again.

        Runs of a user stay, in a renamed experiment; the files in the old place stay too.
        """
        for run in self.runs(experiment_id):
            self.delete(run)
        if self.client.search_runs([experiment_id], run_view_type=ViewType.ALL, max_results=1):
            self.client.rename_experiment(experiment_id, f"{name} (before the move, {experiment_id})")
        else:
            self.client.delete_experiment(experiment_id)
            self.database._hard_delete_experiment(experiment_id)

    def runs(self, experiment_id: str) -> list[Run]:
        """Return every run of ours, including deleted ones."""
        ours = f"tags.`mlflow.source.name` = '{SOURCE}'"
        return self.client.search_runs([experiment_id], ours, run_view_type=ViewType.ALL, max_results=MOST_RUNS)

    def is_whole(self, run: Run) -> bool:
        """Return whether the run was logged completely and still exists with its files."""
        there = self.artifacts is None or self._folder(run).is_dir()
        return run.info.status == "FINISHED" and run.info.lifecycle_stage == "active" and there

    def delete(self, run: Run) -> None:
        """Remove the run and its files for good; a server only marks it as deleted."""
        if run.info.lifecycle_stage == "active":
            self.client.delete_run(run.info.run_id)
        if self.database is not None:
            # Never use the recorded address: in a copied project it is the original's folder.
            shutil.rmtree(self._folder(run), ignore_errors=True)
            self.database._hard_delete_run(run.info.run_id)  # what `mlflow gc` calls

    def log(self, experiment_id: str, result: Result) -> None:
        """Log a result as a new run; the digest comes last and marks the run as complete."""
        now = int(time.time() * 1000)
        source = {"mlflow.source.name": SOURCE, "mlflow.source.type": "LOCAL"}
        name = f"{result.experiment} seed {result.seed}"
        run_id = self.client.create_run(experiment_id, tags=result.tags | source, run_name=name).info.run_id
        self.client.log_batch(
            run_id,
            metrics=[Metric(name, value, now, step) for name, value, step in result.metrics],
            params=[Param(name, value) for name, value in result.parameters.items()],
        )
        self.client.log_text(run_id, result.confusion, "confusion.csv")
        for path in result.files:
            self.client.log_artifact(run_id, str(path))
        self.client.set_terminated(run_id)
        self.client.set_tag(run_id, DIGEST, result.digest())

    def _folder(self, run: Run) -> Path:
        return self.artifacts / run.info.run_id


def _metrics(predictions: pd.DataFrame, unit: Unit) -> list[tuple[str, float, int]]:
    """Return overall metrics, their mean and standard deviation over folds, and the metrics of each fold."""
    folds = per_fold(predictions, unit)
    metrics = evaluate(predictions, unit)
    spread = [name for name in metrics if not name.startswith("n_")]
    metrics["chance_accuracy"] = chance(predictions, unit)["accuracy"]
    for name in spread:
        metrics[f"{name}_fold_mean"] = folds[name].mean()
        if len(folds) > 1:
            metrics[f"{name}_fold_sd"] = folds[name].std()
    for fold in folds.to_dict("records"):
        number = fold.pop("fold")
        metrics |= {f"fold_{number}/{name}": value for name, value in fold.items()}
    return [(name, float(value), 0) for name, value in metrics.items() if not math.isnan(value)]


def _curves(history: pd.DataFrame) -> list[tuple[str, float, int]]:
    """Return the values of a training's parts by epoch, which is the step, and the number of schedule changes."""
    curves = [
        (f"fold_{row['fold']}/{name}", float(row[column]), int(row["epoch"]))
        for row in history.to_dict("records")
        for column, name in CURVES[row["part"]].items()
    ]
    changes = [
        (f"fold_{fold}/{name}", float((own["transition"] == transition).sum()), 0)
        for fold, own in history.groupby("fold")
        for transition, name in ((REDUCE, "reductions"), (GROW, "growths"))
    ]
    return curves + changes


if __name__ == "__main__":
    run_function(track_runs, lock="receipt")

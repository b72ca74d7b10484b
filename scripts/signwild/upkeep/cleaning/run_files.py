"""Files in a run's folder that the workflow made under names that its configuration no longer has.

Only paths in the form of such a file are listed; everything else there belongs to the user.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from signwild.plan.detection import final_members, slid_experiments
from signwild.plan.learning_curve import curve_figures, curve_tables
from signwild.plan.run import Plan
from signwild.plan.signers import signer_figures, signer_tables
from signwild.plan.training import dealt_files
from signwild.stages.dataset.prepare_dataset import shard_names

RUN_STAGES = (
    *("dataset", "download", "alignment", "resample", "streams", "features", "faces", "descriptors"),
    *("segments", "training", "fusion", "classification", "detection"),
)
"""Subfolders by which the folder of a run is recognised."""

_SHARD = r"(?P<shard>\d+)"
_SEED = r"seed_(?P<seed>\d+)"
_LOCK = r"(\.lock)?"
"""A program leaves its lock beside its output: the same name with a dot before it, and this ending."""

_STAGES = {"training": "train_experiment", "fusion": "fuse_experiments", "classification": "classify_segments"}
"""Stages of experiments, and their rules."""


def _named(group: str) -> str:
    return rf"(?P<{group}>[^/]+?)"


def _forms() -> Iterator[str]:
    """Yield patterns of paths below a run's folder; a group is named after what its value is the name of."""
    for stage in ("dataset", "download", "alignment", "resample"):
        yield rf"{stage}/\.?{_SHARD}\.(tsv|labels\.tsv|images\.h5|clips\.h5){_LOCK}"
    for stage, name in (
        ("streams", "stream"),
        ("features", "stream"),
        ("faces", "faces"),
        ("descriptors", "descriptor"),
    ):
        yield rf"{stage}/{_named(name)}/\.?{_SHARD}\.(tsv|png|h5){_LOCK}"
    for stage, name in (("features", "stream"), ("descriptors", "descriptor")):
        yield rf"{stage}/\.?{_named(name)}\.tsv{_LOCK}"
        yield _of_jobs(f"gather_{stage}", _named(name))
    for stage, rule in _STAGES.items():
        yield rf"{stage}/{_named(stage)}/{_SEED}/(predictions\.parquet|history\.csv|record\.json)"
        yield rf"{stage}/{_named(stage)}/\.{_SEED}\.lock"
        yield _of_jobs(rule, rf"{_named(stage)}/{_SEED}")
    yield rf"training/{_named('final')}/final/record\.json"
    yield rf"training/{_named('final')}/\.final\.lock"
    yield _of_jobs("train_final", _named("final"))
    yield rf"weights/\.?{_named('network')}\.json{_LOCK}"
    yield _of_jobs("prepare_backbone", _named("network"))
    yield r"(?P<former>weights)\.json"
    yield rf"segments/\.?(?P<dealt>by_video)\.parquet{_LOCK}"
    yield rf"detection/windows/{_named('slid')}\.parquet"
    yield r"tables/\.?(?P<signers>per_signer)\.(csv|md|lock)"
    yield r"tables/\.?(?P<curve>learning_curve)\.(csv|md|lock)"
    yield rf"tables/\.?{_named('table')}\.(csv|md|tex|json|lock)"
    yield rf"timing/\.?{_named('table')}\.json{_LOCK}"
    yield rf"figures/(confusion|reliability)_{_named('experiment')}\.png"
    yield rf"figures/curves_{_named('training')}\.png"
    yield rf"figures/intervals_{_named('table')}\.png"
    yield r"figures/\.?(?P<picture>figure_2|figure_3|figure_4|timelines|tsne|per_signer|learning_curve)\.png" + _LOCK
    yield _of_jobs("align_labels|download_videos|resample_videos", _SHARD)
    yield _of_jobs("compute_stream|extract_features", f"{_named('stream')}/{_SHARD}")
    yield _of_jobs("detect_faces|draw_faces", f"{_named('faces')}/{_SHARD}")
    yield _of_jobs("compute_descriptor|draw_poses", f"{_named('descriptor')}/{_SHARD}")
    yield _of_jobs("compare_experiments|measure_forward_times", _named("table"))


def _of_jobs(rules: str, name: str) -> str:
    return rf"(logs|benchmarks)/({rules})/{name}(\.attempt_\d+)?\.(log|jsonl)"


_FORMS = [re.compile(form) for form in _forms()]


def stale_run_files(plan: Plan, folder: Path) -> list[Path]:
    """Return a run's files of streams, faces, descriptors, experiments, seeds, shards and tables that its plan lacks.

    ``folder``: the folder of the run.
    """
    settings, computed = plan.settings, set(plan.computed())
    known = {
        "shard": set(shard_names(settings.configuration.shards)),
        "stream": settings.streams.keys(),
        "faces": settings.faces.keys(),
        "descriptor": settings.descriptors.keys(),
        "experiment": computed,
        "training": settings.trained.keys() & computed,
        "network": set(settings.backbones),
        "former": set(),
        "fusion": settings.fused.keys() & computed,
        "classification": settings.classified.keys() & computed,
        "seed": {str(seed) for seed in plan.seeds},
        "dealt": {Path(path).stem for path in dealt_files(plan)},
        "signers": {Path(path).stem for path in signer_tables(plan)},
        "curve": {Path(path).stem for path in curve_tables(plan)},
        "slid": set(slid_experiments(plan)),
        "final": set(final_members(plan)),
        "picture": {
            Path(path).stem
            for files in (plan.network_files(), plan.illustration_files(), signer_figures(plan), curve_figures(plan))
            for path in files
        },
    }
    # A table may have any name: the log of its making distinguishes it from a user's file.
    made = {path.stem for path in (folder / "logs/compare_experiments").glob("*.log")}
    stale_tables = made - settings.tables.keys()
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and any(
            value in stale_tables if name == "table" else value not in known[name]
            for name, value in _names(path.relative_to(folder).as_posix())
        )
    ]


def _names(path: str) -> list[tuple[str, str]]:
    """Return the names in a file's path, each after its kind; empty for a file that the workflow does not make."""
    match = next((match for form in _FORMS if (match := form.fullmatch(path))), None)
    return list(match.groupdict().items()) if match else []

"""Verification: an intact run passes, each kind of damage is found, and the commands that fix it are named."""

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made_run import SAMPLES, MadeRun
from places import SCRIPTS

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import content_digest, new_store_file, store_path
from signwild.stages.features.extractor import write_features
from signwild.upkeep.verification.findings import describe_findings, mending_commands
from signwild.upkeep.verification.verify import verify_run


def verified(made: MadeRun) -> tuple[list[str], list[list[str]]]:
    """Return the findings, a line each, and the words of the commands that fix them, without the start of the run."""
    found = verify_run(made.plan, made.results).findings
    lines = mending_commands(found, made.config)
    assert lines[-1:] == (["make run CONFIG=config.yaml"] if any(item.kind != "note" for item in found) else [])
    return describe_findings(found), [shlex.split(line) for line in lines[:-1]]


def problems(made: MadeRun) -> list[str]:
    """Return the findings, a line each."""
    return verified(made)[0]


def change_table(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change a tab-separated table or a parquet file."""
    if path.suffix == ".parquet":
        change(pd.read_parquet(path)).to_parquet(path, index=False)
    else:
        write_table(path, change(read_table(path)))


def set_first(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a change that sets another value in the first row that has one."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        row = next(row for row in table.index if table.loc[row, column] not in ("", value))
        table.loc[row, column] = value
        return table

    return change


def change_record(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def flip_byte(path: Path) -> None:
    """Change a byte in the middle of the largest dataset."""
    with h5py.File(path) as file:
        data = max((item for item in file.values() if isinstance(item, h5py.Dataset)), key=lambda item: item.nbytes)
        where = data.id.get_offset() + data.nbytes // 2
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)


def rewrite(path: Path, **values: np.ndarray) -> None:
    """Rewrite a file of the store as its program would, with other data."""
    with h5py.File(path) as old:
        data = {name: item[()] for name, item in old.items() if name != "sources"}
        sources = [source.decode() for source in old["sources"][()]]
    with new_store_file(path, sources, 1.0) as file:
        for name, value in (data | values).items():
            file[name] = value


def test_a_whole_run_is_right(made):
    done = verify_run(made.plan, made.results)
    assert done.findings == []
    assert mending_commands(done.findings, made.config) == []
    assert done.videos == 7
    assert done.files == len(list(made.store.rglob("*.h5"))) == 38
    assert done.size == sum(path.stat().st_size for path in made.store.rglob("*.h5"))


def test_a_folder_without_results_is_said_to_be_that(made):
    shutil.rmtree(made.run)
    with pytest.raises(InputError, match="results/made: nothing has been run yet"):
        verify_run(made.plan, made.results)


STORED = ["resample", "faces/ensemble", "features/rgb", "descriptors/profiles", "training", "classification"]


def stored_file(made: MadeRun, kind: str) -> Path:
    """Return a file of the store of each kind."""
    if kind in ("training", "classification"):
        return sorted((made.store / kind).glob("*.h5"))[0]
    return made.stored(made.run / kind / "0.tsv")


@pytest.mark.parametrize("kind", STORED)
def test_a_spoiled_byte_is_found_wherever_it_is(made, kind):
    path = stored_file(made, kind)
    flip_byte(path)
    (line,), ((_, _, *removed),) = verified(made)
    assert line.startswith(f"damaged: {path}: its data are not what was written")
    assert str(path) in removed
    # Beside it goes what names it, and what makes Snakemake miss that.
    named = {
        "resample": {"results/made/resample/0.tsv", "results/made/segments/balance.tsv"},
        "faces/ensemble": {"results/made/faces/ensemble/0.tsv", "results/made/faces/ensemble/0.png"},
        "features/rgb": {
            *("results/made/features/rgb/0.tsv", "results/made/features/rgb.tsv"),
            "results/made/training/rgb/seed_1/predictions.parquet",
        },
        "descriptors/profiles": {
            *("results/made/descriptors/profiles/0.tsv", "results/made/descriptors/profiles.tsv"),
            "results/made/classification/baseline/seed_1/predictions.parquet",
        },
    }
    if kind in named:
        assert set(removed) == {str(path), *named[kind]}
    else:
        assert any(
            name.startswith(f"results/made/{kind}/") and name.endswith("predictions.parquet") for name in removed
        )


@pytest.mark.parametrize("kind", STORED)
def test_a_truncated_file_is_found(made, kind):
    path = stored_file(made, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (line,) = problems(made)
    assert line.startswith(f"damaged: {path}: cannot be read")


@pytest.mark.parametrize("kind", STORED)
def test_a_missing_file_is_found(made, kind):
    path = stored_file(made, kind)
    path.unlink()
    assert problems(made) == [f"damaged: {path}: is missing, though the run's tables name it"]


def test_two_files_in_each_others_place_are_found(made):
    first, second = sorted((made.store / "features").glob("*.h5"))[:2]
    contents = first.read_bytes(), second.read_bytes()
    second.write_bytes(contents[0])
    first.write_bytes(contents[1])
    lines = problems(made)
    assert {line.split(": ")[1] for line in lines} == {str(first), str(second)}
    assert all("belongs to another key" in line for line in lines)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"features": np.full((SAMPLES, 8), np.nan, np.float16)}, "has a non-finite feature"),
        ({"features": np.ones((SAMPLES - 1, 8), np.float16)}, "its rows are not the video's samples"),
        ({"frame": 6 * np.arange(SAMPLES) + 1}, "its rows are not the video's samples"),
    ],
)
def test_features_that_were_written_wrong_are_found(made, values, problem):
    path = stored_file(made, "features/flow")
    rewrite(path, **values)
    assert problems(made) == [f"damaged: {path}: {problem}"]


def test_features_of_another_video_are_found(made):
    path = stored_file(made, "features/rgb")
    with h5py.File(path) as file:
        features, frames = file["features"][()], file["frame"][()]
    write_features(path, "another video's samples", features, frames)
    assert problems(made) == [f"damaged: {path}: was made from other sources than the run's tables list"]


def swap_in_fold_1(table: pd.DataFrame) -> pd.DataFrame:
    """Return predictions of fold 1 with two classes swapped."""
    rows = table["fold"] == 1
    table.loc[rows, ["p_signing", "p_speaking"]] = table.loc[rows, ["p_speaking", "p_signing"]].to_numpy(copy=True)
    return table


TABLES = [
    ("dataset/0.tsv", lambda table: table[1:], "does not have one row for each video"),
    ("download/0.tsv", lambda table: table[1:], "does not have one row for each video"),
    ("alignment/0.tsv", lambda table: pd.concat([table, table[:1]]), "does not have one row for each video"),
    ("resample/0.tsv", lambda table: table[1:], "does not have one row for each video"),
    ("resample/0.tsv", set_first("rows", "13"), "does not have as many samples"),
    ("resample/0.tsv", set_first("key", "0" * 20), "has keys that do not follow from the present code"),
    ("resample/0.tsv", set_first("sha256", "0" * 64), "refers to other bytes of a video"),
    ("download/0.tsv", set_first("status", "gone"), "uses a video that the previous stage could not use"),
    ("features/rgb/0.tsv", lambda table: table[1:], "does not have one row for each usable video"),
    ("features/rgb/0.tsv", set_first("key", "0" * 20), "has keys that do not follow from the present code"),
    ("features/rgb/0.tsv", set_first("rows", "13"), "states another number of rows"),
    ("features/rgb/0.tsv", lambda table: table.drop(columns="key"), "cannot be read (no key)"),
    ("features/rgb.tsv", lambda table: table[1:], "does not match the shards' manifests"),
    ("descriptors/profiles.tsv", set_first("key", "0" * 20), "does not match the shards' manifests"),
    ("faces/ensemble/0.tsv", set_first("key", "0" * 20), "has keys that do not follow from the present code"),
    ("faces/ensemble/0.tsv", set_first("rows", "1"), "states another number of rows"),
    ("descriptors/profiles/0.tsv", set_first("key", "0" * 20), "has keys that do not follow from the present code"),
    ("segments/segments.parquet", lambda table: table[1:], "has other segments than samples and labels yield"),
    ("segments/segments.parquet", set_first("start_frame", 7), "has a segment without 4 samples in a row"),
    ("segments/segments.parquet", set_first("start_frame", 78), "has a segment without 4 samples in a row"),
    ("segments/segments.parquet", set_first("label", "other"), "has other segments than samples and labels yield"),
    ("segments/segments.parquet", set_first("group", "another"), "has a video in another group"),
    ("segments/folds.tsv", set_first("fold", "1"), "does not have the folds of the segments"),
    ("training/rgb/seed_1/predictions.parquet", lambda table: table[1:], "does not have one row for each segment"),
    ("training/rgb/seed_1/predictions.parquet", set_first("fold", 1), "does not have one row for each segment"),
    ("training/rgb/seed_1/predictions.parquet", set_first("p_other", np.nan), "not probabilities that sum to 1"),
    (
        "training/rgb/seed_1/predictions.parquet",
        lambda table: pd.concat([table, table[:1]]),
        "has two rows for one segment",
    ),
    (
        "training/rgb_two_folds/seed_1/predictions.parquet",
        lambda table: pd.concat([table, table.assign(fold=0, start_frame=1000 + table["start_frame"])]),
        "does not have one row for each segment",
    ),
    (
        "training/flow/seed_1/predictions.parquet",
        lambda table: table.assign(p_signing=table["p_speaking"], p_speaking=table["p_signing"]),
        "has other probabilities than its folds in the store",
    ),
    # These two have that fold's file in common.
    ("training/rgb/seed_1/predictions.parquet", swap_in_fold_1, "has other probabilities"),
    ("training/rgb_two_folds/seed_1/predictions.parquet", swap_in_fold_1, "has other probabilities"),
    (
        "classification/baseline_videos/seed_1/predictions.parquet",
        lambda table: table[1:],
        "does not have one row for each segment, or video",
    ),
    (
        "fusion/rgb_flow/seed_1/predictions.parquet",
        lambda table: table.assign(p_signing=table["p_speaking"], p_speaking=table["p_signing"]),
        "is not the fusion of its members' predictions",
    ),
]


@pytest.mark.parametrize(
    ("name", "change", "problem"), TABLES, ids=[f"{name} {problem[:40]}" for name, _, problem in TABLES]
)
def test_a_changed_table_is_found_and_is_to_be_made_anew(made, name, change, problem):
    path = made.run / name
    change_table(path, change)
    found, commands = verified(made)
    assert any(problem in line for line in found), found
    assert str(path) in [word for words in commands for word in words]


READ = {name for name, _, _ in TABLES} | {"weights/vgg16.json", "frozen_folds.tsv", "run_config.yaml"}


@pytest.mark.parametrize("name", sorted(READ))
@pytest.mark.parametrize("how", ["cut", "deleted"])
def test_a_table_that_cannot_be_read_is_found(made, name, how):
    path = made.run / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    if how == "deleted":
        path.unlink()
    # Which of several tables is the short one cannot always be told.
    found, commands = verified(made)
    assert any(f"{path}: " in line for line in found) or any(str(path) in words for words in commands), found


@pytest.mark.parametrize("table", ["segments/segments.parquet", "segments/folds.tsv", "frozen_folds.tsv"])
def test_a_group_in_two_folds_is_found(made, table):
    def split(rows: pd.DataFrame) -> pd.DataFrame:
        other = rows[:1].assign(video_id="another", fold=1 - int(rows["fold"].iloc[0]))
        return pd.concat([rows, other])

    path = made.run / table
    change_table(path, split)
    assert any(f"{path}: " in line and "group in two folds" in line for line in problems(made))


def test_frozen_folds_are_mended_by_those_that_the_run_used(made):
    frozen, used = made.run / "frozen_folds.tsv", made.run / "segments/folds.tsv"
    content = frozen.read_bytes()
    change_table(frozen, set_first("fold", "1"))
    assert verified(made)[1] == [["cp", "--", str(used), str(frozen)]]
    shutil.copy(used, frozen)
    assert problems(made) == []
    assert frozen.read_bytes() == content


RECORDS = [
    ("training/rgb", {"parameters": {}}, "is from another configuration"),
    ("classification/baseline", {"parameters": {}}, "is from another configuration"),
    ("fusion/rgb_flow", {"parameters": {"fuse": "rgb + flow", "rule": "max"}}, "is from another configuration"),
    ("training/rgb", {"folds": []}, "has other folds than the segments"),
    ("classification/baseline", {"key": "0" * 20}, "is missing, though the run's tables name it"),
]


@pytest.mark.parametrize(("folder", "values", "problem"), RECORDS)
def test_a_record_that_does_not_fit_is_found(made, folder, values, problem):
    path = made.run / folder / "seed_1/record.json"
    change_record(path, **values)
    found, commands = verified(made)
    assert any(problem in line for line in found), found
    assert str(path) in commands[0]


@pytest.mark.parametrize("folder", ["training/rgb", "classification/baseline"])
def test_results_of_other_code_are_found(made, folder):
    path = made.run / folder / "seed_1/record.json"
    record = json.loads(path.read_text())
    record["key"] = "0" * 20
    for entry in record["folds"]:
        entry["key"] = "0" * 20
    path.write_text(json.dumps(record))
    assert any(
        line.startswith(f"not up to date: {path}: has keys that do not follow from the present code")
        for line in problems(made)
    )


def test_a_history_of_other_epochs_is_found(made):
    path = made.run / "training/rgb/seed_1/history.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert problems(made) == [f"damaged: {path}: does not have as many epochs of each fold as its record states"]


def test_a_network_that_was_trained_on_other_features_is_found(made):
    key = json.loads((made.run / "training/rgb/seed_1/record.json").read_text())["folds"][0]["key"]
    path = made.store / f"training/{key}.h5"
    with h5py.File(path, "r+") as file:
        file["sources"][0] = b"another key"
        file.attrs["content"] = content_digest(file)
    assert problems(made) == [f"damaged: {path}: was made from other sources than the run's tables list"]


@pytest.mark.parametrize(
    ("values", "stages"),
    [
        ({"resample": {"max_seconds": 300.0}}, {"resample"}),
        ({"streams": {"flow": {"kind": "flow", "winsize": 13}}}, {"features"}),
        ({"features": {"skip_unlabelled": True}}, {"features"}),
        ({"faces": {"ensemble": {"agreement": 3}}}, {"faces"}),
        ({"descriptors": {"profiles": {"kind": "profiles", "short_side": 200}}}, {"descriptors"}),
        ({"training": {"epochs": 3}}, {"training"}),
        ({"segments": {"folds": 3, "length": 4, "stride": 4}}, {"segments"}),
        ({"segments": {"group_by": "source", "folds": 2, "length": 4, "stride": 4}}, {"segments"}),
        ({"shards": 1}, {"run_config.yaml"}),
        ({"dataset": {"kind": "folder", "videos_dir": "others", "labels": "labels.csv"}}, {"run_config.yaml"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_results_of_another_configuration_are_not_up_to_date(made, values, stages):
    made.configure(**values)
    found = verify_run(made.plan, made.results).findings
    assert stages <= {
        finding.path.relative_to(made.run).parts[0] for finding in found if finding.kind == "not up to date"
    }


def test_results_of_other_code_are_not_up_to_date(made, monkeypatch):
    monkeypatch.setattr("signwild.keys.samples.computing_digest", lambda *_: "other code")
    lines = problems(made)
    assert lines
    assert all(line.startswith("not up to date: results/made/resample/") for line in lines)


def test_a_run_without_its_tables_of_videos_is_not_finished(made):
    for stage in ("dataset", "alignment"):
        shutil.rmtree(made.run / stage)
    gone = "each is missing: the run is not finished, or it was deleted"
    assert problems(made) == [
        f"not up to date: results/made/dataset: 5 files, {gone}",
        f"not up to date: results/made/alignment: 4 files, {gone}",
    ]


def test_an_end_of_the_run_that_is_missing_is_found(made):
    (made.run / "report/index.html").unlink()
    (line,), commands = verified(made)
    assert "report/index.html: is missing" in line
    assert commands == []


def test_what_decides_only_how_fast_a_run_is_changes_nothing(made):
    made.configure(hardware={"feature_batch_size": 7})
    assert problems(made) == []


def test_a_source_that_is_gone_or_changed_is_a_note(made):
    Path("videos/video 0.mp4").unlink()
    Path("videos/video 1.mp4").write_bytes(b"longer than before")
    lines, commands = verified(made)
    assert [line.partition(": ")[0] for line in lines] == ["note", "note"]
    assert "video 0.mp4: is gone" in "".join(lines)
    assert "video 1.mp4: has another size" in "".join(lines)
    assert commands == []


def test_leftovers_of_dead_processes_are_a_note_and_those_of_live_ones_are_not(made):
    host, dead = platform.node(), subprocess.Popen(["true"])
    dead.wait()
    for process in (dead.pid, os.getpid()):
        (made.store / f"features/.writing-key@{host}-{process}-ab12_3cd.h5").touch()
    for age_h, key in ((23, "new"), (25, "old")):
        elsewhere = made.store / f"features/.writing-{key}@another-host-{dead.pid}-ab12_3cd.h5"
        elsewhere.touch()
        os.utime(elsewhere, (time.time() - age_h * 3600,) * 2)
    done = stored_file(made, "training")
    (made.store / "progress").mkdir(exist_ok=True)
    for name in (done.name, "0000.h5"):
        shutil.copy(done, made.store / "progress" / name)
    lines = problems(made)
    assert len(lines) == 3
    assert f"-{dead.pid}-" in lines[0]
    assert ".writing-old@another-host-" in lines[1]
    assert f"progress/{done.name}: is the progress of a fold that is finished" in lines[2]
    assert all(line.startswith("note: ") for line in lines)


def test_a_fusion_is_not_blamed_for_what_is_wrong_with_a_member(made):
    path = made.run / "training/flow/seed_1/predictions.parquet"
    change_table(path, swap_in_fold_1)
    assert problems(made) == [f"damaged: {path}: has other probabilities than its folds in the store"]


def test_predictions_are_read_where_segments_cannot_be(made):
    paths = [made.run / name for name in ("segments/segments.parquet", "training/flow/seed_1/predictions.parquet")]
    for path in paths:
        path.write_bytes(path.read_bytes()[:100])
    lines = problems(made)
    assert [line.split(": ")[1] for line in lines] == [str(path) for path in paths]
    assert all("cannot be read" in line for line in lines)


def test_many_files_with_one_fault_are_one_line_and_one_command(made):
    for path in (made.store / "resample").glob("*.h5"):
        path.unlink()
    (line,), commands = verified(made)
    assert line == "damaged: results/store/resample: 6 files, each is missing, though the run's tables name it"
    assert len(commands) == 1


def test_the_program_ends_with_1_where_something_is_wrong(made):
    command = [sys.executable, str(SCRIPTS / "verify_results.py"), "--configfile", "config.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Nothing is wrong: looked at 38 files of 7 videos, ")
    stored_file(made, "features/rgb").unlink()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "\n    rm -- results/made/features/rgb/0.tsv" in done.stdout
    assert done.stdout.endswith("\n    make run CONFIG=config.yaml\n")


def test_what_needs_a_source_that_is_gone_is_left_alone(made):
    path = stored_file(made, "features/rgb")
    flip_byte(path)
    manifest = read_table(made.run / "features/rgb/0.tsv").set_index("key")
    source = Path(f"videos/{manifest.loc[path.stem, 'video_id']}.mp4")
    source.unlink()
    found = verify_run(made.plan, made.results)
    lines, commands = describe_findings(found.findings), mending_commands(found.findings, Path("my.yaml"))
    assert any(line.startswith(f"damaged: {path}: ") for line in lines)
    assert commands[0] == f"# bring back {source}"
    assert not any(command.startswith(("rm", "make run")) for command in commands)


def test_an_older_file_is_out_of_date_and_stays(made):
    path = stored_file(made, "features/rgb")
    with h5py.File(path, "r+") as file:
        del file.attrs["content"]
    (line,), ((_, _, *removed),) = verified(made)
    assert line.startswith(f"not up to date: {path}: is from an older version")
    assert str(path) not in removed


def test_attributes_that_later_stages_compute_with_are_verified(made):
    path = stored_file(made, "resample")
    with h5py.File(path, "r+") as file:
        file.attrs["seconds"] = 1.0
    assert any("its data are not what was written" in line for line in problems(made))


def test_results_of_another_seed_are_found(made):
    folder = made.run / "training/rgb/seed_1"
    record = json.loads((folder / "record.json").read_text())
    (folder / "record.json").write_text(json.dumps(record | {"seed": 2}))
    change_table(folder / "predictions.parquet", lambda table: table.assign(seed=2))
    found = problems(made)
    for name in ("record.json", "predictions.parquet"):
        assert f"damaged: {folder / name}: belongs to another run, experiment or seed" in found


def test_features_of_spoiled_samples_are_looked_at_too(made):
    manifest = read_table(made.run / "resample/0.tsv").query("key != ''")
    samples = store_path(made.store, "resample", manifest["key"].iloc[0])
    of_video = read_table(made.run / "features/rgb/0.tsv").set_index("video_id")["key"]
    features = store_path(made.store, "features", of_video[manifest["video_id"].iloc[0]])
    for path in (samples, features):
        flip_byte(path)
    assert all(any(f"damaged: {path}: its data" in line for line in problems(made)) for path in (samples, features))


DEALT = {
    "splits": {
        "caption": "splits",
        "columns": ["precision"],
        "rows": [
            {"label": name, "experiment": name, "protocol": "by_video"} for name in ("rgb_flow", "baseline", "flow")
        ],
    }
}


def test_folds_by_video_are_looked_at_where_experiments_read_them(made):
    made.add_tables(DEALT)
    assert verify_run(made.plan, made.results).findings == []
    path = made.run / "segments/by_video.parquet"
    table = pd.read_parquet(path)
    table.assign(fold=1 - table["fold"]).to_parquet(path)
    assert [(finding.path, finding.problem) for finding in verify_run(made.plan, made.results).findings] == [
        (path, "does not have the segments of the run, dealt by video")
    ]
    path.unlink()
    assert {finding.path for finding in verify_run(made.plan, made.results).findings} == {path}
    predictions = made.run / "classification/baseline_by_video/seed_1/predictions.parquet"
    pd.read_parquet(predictions)[1:].to_parquet(predictions)
    assert predictions in {finding.path for finding in verify_run(made.plan, made.results).findings}


def test_networks_on_all_folds_are_looked_at_where_detectors_have_them(made):
    made.configure(detection={"networks": "all"})
    rgb = made.run / "training/rgb/final/record.json"
    assert f"not up to date: {rgb}: is missing: the run is not finished, or it was deleted" in problems(made)
    made.train_finals()
    assert problems(made) == []
    record = json.loads(rgb.read_text())
    stored = store_path(made.store, "training", record["key"])
    kept = stored.read_bytes()
    stored.unlink()
    lines, commands = verified(made)
    assert lines == [f"damaged: {stored}: is missing, though the run's tables name it"]
    assert str(rgb) in commands[0]
    stored.write_bytes(kept)
    for part, value, said in (
        ("key", "0" * 20, "has keys that do not follow from the present code and configuration"),
        ("experiment", "flow", "belongs to another run, experiment or seed"),
        ("parameters", record["parameters"] | {"training.epochs": 9}, "is from another configuration"),
    ):
        rgb.write_text(json.dumps(record | {part: value}))
        assert any(said in line and str(rgb) in line for line in problems(made)), part

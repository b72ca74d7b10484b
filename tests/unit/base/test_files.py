"""Files that are complete or absent, and tables that keep ids as they are."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import h5py
import pandas as pd
import pytest
from places import SCRIPTS

from signwild.base.files import approved_by, read_table, read_tables, write_table, write_text, written_whole
from signwild.base.store import new_hdf5, put_together_in

WRITER = """
import sys, time
from signwild.base.files import written_whole
with written_whole(sys.argv[1]) as path:
    path.write_text("half of the n")
    print("writing", flush=True)
    time.sleep(60)
"""
FILLER = """
import os, sys
from pathlib import Path
from signwild.base.store import new_hdf5, put_together_in
path, scratch = map(Path, sys.argv[1:])
try:
    with put_together_in(scratch), new_hdf5(path) as file:
        file["numbers"] = range(1_000_000)
except OSError as error:
    os._exit(3 if str(scratch) in error.filename else 4)
"""
AWKWARD = [
    "",
    "-x",
    "#x",
    "007",
    "1e3",
    "NA",
    "None",
    "a b",
    " a ",
    'say "hi"',
    "a\tb",
    "nan",
    "true",
    "ħobż",
    "Ab",
    "aB",
]


def test_a_file_appears_when_all_is_written(tmp_path):
    target = tmp_path / "folder" / "a.txt"
    with written_whole(target) as path:
        path.write_text("new")
        assert not target.exists()
        assert path.parent == target.parent
        assert path.suffix == ".txt"
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("name", ["x" * 251 + ".txt", "ħ" * 127 + "x", "." + "x" * 254, "a." + "b" * 253])
def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path, name):
    assert len(name.encode()) == 255
    write_text(tmp_path / name, "whole")
    assert (tmp_path / name).read_text() == "whole"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_who_reads_the_old_file_reads_it_to_its_end(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")
    with target.open() as reader:
        write_text(target, "new")
        assert reader.read() == "old"
    assert target.read_text() == "new"


def test_an_error_leaves_the_old_file(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_text(target, "half of the n" * 10_000 + "\ud800")  # half a surrogate pair: no text
    with pytest.raises(TypeError), written_whole(target) as path:
        path.write_text("half of the n") + "ew"
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_killed_writer_leaves_the_old_file(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    command = [sys.executable, "-c", WRITER, str(target)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(SCRIPTS)}
    ) as writer:
        assert writer.stdout.readline() == "writing\n"
        assert target.read_text() == "old"
        writer.kill()
    assert writer.returncode == -signal.SIGKILL
    assert target.read_text() == "old"
    write_text(target, "new")
    assert target.read_text() == "new"


def test_a_file_is_as_readable_as_any_other(tmp_path):
    (tmp_path / "plain.txt").write_text("plain")
    write_text(tmp_path / "whole.txt", "whole")
    assert (tmp_path / "whole.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode


def test_ids_survive_a_table(tmp_path):
    table = pd.DataFrame({"video_id": AWKWARD, "rows": range(len(AWKWARD))})
    write_table(tmp_path / "a.tsv", table)
    back = read_table(tmp_path / "a.tsv", {"rows": int})
    assert back["video_id"].tolist() == AWKWARD
    assert back["rows"].tolist() == list(range(len(AWKWARD)))
    assert read_table(tmp_path / "a.tsv")["rows"].tolist() == [str(row) for row in range(len(AWKWARD))]


def test_a_column_of_ids_alone_survives(tmp_path):
    write_table(tmp_path / "a.tsv", pd.DataFrame({"video_id": AWKWARD}))
    assert read_table(tmp_path / "a.tsv")["video_id"].tolist() == AWKWARD


def test_tables_of_shards_are_read_as_one_empty_ones_too(tmp_path):
    for name, ids in (("0", ["b", "NA"]), ("1", []), ("2", ["a"])):
        write_table(tmp_path / f"{name}.tsv", pd.DataFrame({"video_id": ids, "rows": [1] * len(ids)}))
    table = read_tables([tmp_path / f"{name}.tsv" for name in "012"], {"rows": int})
    assert table["video_id"].tolist() == ["b", "NA", "a"]
    assert table["rows"].sum() == 3
    assert table.index.tolist() == [0, 1, 2]


def test_a_file_that_is_not_approved_does_not_take_its_place(tmp_path):
    path = tmp_path / "table.tsv"
    write_text(path, "old")

    def refuse():
        raise RuntimeError("the code was changed")

    with pytest.raises(RuntimeError), approved_by(refuse):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    write_text(path, "new")
    assert path.read_text() == "new"


def hdf5_closes_badly():
    try:
        raise OSError(errno.ENOSPC, "Driver write request failed")
    except OSError:
        raise RuntimeError("Can't decrement id ref count") from None


def sqlite_is_full():
    raise sqlite3.OperationalError("database or disk is full")


def parquet_is_full():
    raise OSError("Error writing bytes to file. Detail: [errno 28] No space left on device")


@pytest.mark.parametrize("write", [hdf5_closes_badly, sqlite_is_full, parquet_is_full])
def test_a_full_disk_is_known_whatever_the_writer_makes_of_it(tmp_path, write):
    path = tmp_path / "table.h5"
    with pytest.raises(OSError, match="No space left on device") as caught, written_whole(path):
        write()
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []


def test_another_error_is_no_full_disk(tmp_path):
    with pytest.raises(ValueError, match="another"), written_whole(tmp_path / "table.tsv"):
        raise ValueError("another")


def test_a_file_put_together_elsewhere_comes_whole_or_not_at_all(tmp_path):
    target, scratch = tmp_path / "shared/a.h5", tmp_path / "scratch"
    scratch.mkdir()
    with put_together_in(scratch), new_hdf5(target) as file:
        file["numbers"] = range(1000)
        assert Path(file.filename).is_relative_to(scratch)
        assert not target.exists()
    with h5py.File(target) as file:
        assert file["numbers"][()].tolist() == list(range(1000))
    with pytest.raises(ZeroDivisionError), put_together_in(scratch), new_hdf5(target) as file:
        file["numbers"] = 1 / 0
    with h5py.File(target) as file:
        assert len(file["numbers"]) == 1000
    assert list(scratch.iterdir()) == []
    assert list(target.parent.iterdir()) == [target]


def test_a_full_disk_elsewhere_is_named(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", scratch]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    try:
        done = subprocess.run([sys.executable, "-c", FILLER, tmp_path / "a.h5", scratch], env=environment, check=False)
        left = [path for path in scratch.rglob("*") if path.is_file()]
    finally:
        subprocess.run(["umount", scratch], check=True)
    assert done.returncode == 3
    assert left == []
    assert not (tmp_path / "a.h5").exists()

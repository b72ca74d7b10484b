"""What programs do when nobody reads their output, and when their folder cannot be made."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from made_videos import write_video
from places import SCRIPTS

READ_NO_MORE = """
import sys
from signwild.base.errors import InputError
from signwild.cli.program import run_function

def tell(query: str) -> None:
    "Print a table."
    print("row\\n" * 100_000 if query == "full" else "row", flush=query == "now")
    if query == "bad":
        raise InputError("bad")
    if query == "exit":
        sys.exit("error: exit")

run_function(tell)
"""


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [("full", 141, ""), ("now", 141, ""), ("later", 141, ""), ("bad", 1, "error: bad\n"), ("exit", 1, "error: exit\n")],
)
def test_nobody_reads_the_output_any_more(end: str, code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "tell.py").write_text(READ_NO_MORE)
    reader, writer = os.pipe()
    os.close(reader)
    # An empty value: texts wait for the end, as behind a pipe they do.
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS), "PYTHONUNBUFFERED": ""}
    command = [sys.executable, tmp_path / "tell.py", "--query", end]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (code, said)


@pytest.mark.parametrize(
    "words", [("compare_annotations.py", "a.csv", "a.csv"), ("convert_annotations.py", "a.csv", "--to", "vtt")]
)
def test_a_program_without_an_output_works(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("start_s,end_s,label\n0,1,signing\n")
    command = 'exec "$0" "$@" >&-'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, SCRIPTS / words[0], *words[1:], "--out", "out"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ("write_elan_templates.py", "v.mp4", "--out", "file"),
        ("write_elan_templates.py", "v.mp4", "--out", "file/below"),
        ("compare_annotations.py", "a.csv", "a.csv", "--out", "file"),
        ("convert_annotations.py", "a.csv", "--to", "vtt", "--out", "file/below"),
        ("propose_annotations.py", "v.mp4", "--out", "file/below"),
    ],
)
def test_a_folder_that_cannot_be_made_is_one_error(words: tuple[str, ...], tmp_path: Path) -> None:
    write_video(tmp_path / "v.mp4", 20)
    (tmp_path / "a.csv").write_text("start_s,end_s,label\n0,1,signing\n")
    (tmp_path / "file").write_text("")
    command = [sys.executable, SCRIPTS / words[0], *words[1:]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.match(r"error: file(/below)?: cannot be read or written \((File exists|Not a directory)\); ", done.stderr)
    assert done.stderr.count("\n") == 1

"""Shared parts of programs: one line for bad input, the check of their code, and the lock beside their output."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from places import SCRIPTS

from signwild.cli.program import run_function

ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": "1"}

PROGRAM = '''
"""Writes what it is told, when it is told."""

import time
from pathlib import Path

from helper import GREETING
from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.cli.program import run_function


def write_table(name: str, diary: Path, until: Path, output: Path) -> None:
    """Say when it begins and when it may end."""
    with diary.open("a") as diary:
        print(name, "begins", file=diary, flush=True)
        while not until.exists():
            time.sleep(0.01)
        print(name, "ends", file=diary, flush=True)
    if name == "bad":
        raise InputError("labels.csv:3: unknown class 'singing'; did you mean 'signing'?")
    write_text(output, GREETING)


if __name__ == "__main__":
    run_function(write_table, lock="output")
'''

CHANGED = (
    "error: write_table: its code, or a package that it computes with, was changed while the workflow ran; "
    "start the workflow again\n"
)


class Programs:
    """A copy of what programs share, with a program that waits for a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scripts = folder / "scripts"
        self.diary = folder / "diary.txt"
        self.until = folder / "go on"
        self.output = folder / "out/table.tsv"
        shutil.copytree(SCRIPTS / "signwild", self.scripts / "signwild", ignore=shutil.ignore_patterns("__pycache__"))
        options = self.scripts / "signwild/cli/options.py"
        options.write_text(options.read_text() + 'HELP |= {"diary": "diary", "until": "file to wait for"}\n')
        (self.scripts / "jobs").mkdir()
        (self.scripts / "jobs/__init__.py").touch()
        (self.scripts / "jobs/write_table.py").write_text(PROGRAM)
        (self.scripts / "helper.py").write_text("GREETING = 'hello'\n")

    def start(self, name: str, code: str | None = None, output: Path | None = None) -> subprocess.Popen:
        """Start the program as the rules do."""
        options = ["--name", name, "--diary", self.diary, "--until", self.until, "--output", output or self.output]
        command = [sys.executable, "-m", "jobs.write_table", *options, *(["--code", code] if code else [])]
        environment = ENVIRONMENT | {"PYTHONPATH": str(self.scripts)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([str(part) for part in command], env=environment, **pipes)

    def code(self) -> str:
        """Return the program's digest."""
        program = "from signwild.base.digests import code_digest; print(code_digest('jobs.write_table'))"
        command = [sys.executable, "-c", program]
        environment = ENVIRONMENT | {"PYTHONPATH": str(self.scripts)}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    def events(self) -> list[str]:
        """Return the events that the programs have noted."""
        return self.diary.read_text().splitlines() if self.diary.exists() else []

    def wait_for(self, event: str) -> None:
        """Wait until a program notes this event."""
        limit = time.monotonic() + 60
        while event not in self.events():
            assert time.monotonic() < limit
            time.sleep(0.01)


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """A copy of the scripts."""
    return Programs(tmp_path)


def test_bad_input_is_one_line_and_exit_code_1(programs: Programs) -> None:
    programs.until.touch()
    program = programs.start("bad")
    out, error = program.communicate()
    assert program.returncode == 1
    assert error == "error: labels.csv:3: unknown class 'singing'; did you mean 'signing'?\n"
    assert out == ""
    assert not programs.output.exists()


def test_a_real_program_names_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPTS / "forget_folds.py", "--configfile", tmp_path / "none.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path}/none.yaml: no such file")
    assert len(done.stderr.splitlines()) == 1


def test_the_planned_code_runs(programs: Programs) -> None:
    programs.until.touch()
    program = programs.start("good", programs.code())
    assert program.communicate() == ("", "")
    assert program.returncode == 0
    assert programs.output.read_text() == "hello"


def test_other_code_than_planned_does_not_begin(programs: Programs) -> None:
    code = programs.code()
    (programs.scripts / "helper.py").write_text("GREETING = 'good bye'\n")
    programs.until.touch()
    program = programs.start("late", code)
    _, error = program.communicate()
    assert program.returncode == 1
    assert error == CHANGED
    assert programs.events() == []


def test_code_that_changes_during_the_work_fails_the_program(programs: Programs) -> None:
    program = programs.start("slow", programs.code())
    programs.wait_for("slow begins")
    (programs.scripts / "helper.py").write_text("GREETING = 'good bye'\n")
    programs.until.touch()
    _, error = program.communicate()
    assert program.returncode == 1
    assert error == CHANGED
    assert list(programs.output.parent.glob("[!.]*")) == []


def test_code_that_is_no_longer_python_is_changed_code(programs: Programs) -> None:
    program = programs.start("slow", programs.code())
    programs.wait_for("slow begins")
    (programs.scripts / "helper.py").write_text("GREETING = \n")
    programs.until.touch()
    assert program.communicate()[1] == CHANGED


def test_a_second_program_of_one_output_waits_for_the_first(programs: Programs) -> None:
    first = programs.start("first")
    programs.wait_for("first begins")
    second = programs.start("second")
    assert second.stderr.readline() == f"waiting for another process that is writing {programs.output}\n"
    other = programs.start("other", output=programs.folder / "out/other.tsv")
    programs.wait_for("other begins")
    assert "second begins" not in programs.events()
    programs.until.touch()
    for program in (first, second, other):
        program.communicate()
        assert program.returncode == 0
    events = [event for event in programs.events() if not event.startswith("other")]
    assert events == ["first begins", "first ends", "second begins", "second ends"]


def test_a_killed_program_holds_no_lock(programs: Programs) -> None:
    first = programs.start("first")
    programs.wait_for("first begins")
    second = programs.start("second")
    assert "waiting" in second.stderr.readline()
    first.send_signal(signal.SIGKILL)
    first.communicate()
    programs.until.touch()
    second.communicate()
    assert second.returncode == 0
    assert programs.events() == ["first begins", "second begins", "second ends"]


@pytest.mark.parametrize("answer", ["ENOSYS", "ENOLCK"])
def test_a_file_system_without_locks_is_said_and_worked_on(answer: str, programs: Programs) -> None:
    # As such a file system answers; none can be mounted by a test.
    refusing = f"import errno, fcntl, os\ndef refuse(*_): raise OSError(errno.{answer}, os.strerror(errno.{answer}))\n"
    (programs.scripts / "sitecustomize.py").write_text(f"{refusing}fcntl.flock = refuse\n")
    programs.until.touch()
    program = programs.start("good")
    _, error = program.communicate()
    assert error.startswith(f"{programs.output.parent}: this file system has no locks")
    assert len(error.splitlines()) == 1
    assert program.returncode == 0
    assert [path.name for path in programs.output.parent.iterdir() if path.suffix != ".lock"] == ["table.tsv"]


def test_a_script_outside_a_package_is_checked_by_its_name(programs: Programs) -> None:
    code = programs.code()
    (programs.scripts / "jobs/write_table.py").rename(programs.scripts / "write_table.py")
    command = [sys.executable, programs.scripts / "write_table.py", "--code", code, "--name", "moved"]
    command += ["--diary", programs.diary, "--until", programs.until, "--output", programs.output]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, CHANGED)


def test_a_file_whose_name_begins_with_a_dash_is_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(videos: list[str], /, *, model: Path) -> None:
        """Keep the arguments."""
        given.append((videos, model))

    given: list[tuple] = []
    monkeypatch.chdir(tmp_path)
    for name in ("-a.mp4", "--code", "-b.yaml"):
        (tmp_path / name).touch()
    monkeypatch.setattr(sys, "argv", ["work", "-a.mp4", "c.mp4", "--code", "--model", "-b.yaml"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    run_function(work)
    assert given == [(["./-a.mp4", "c.mp4", "./--code"], Path("-b.yaml"))]


def test_a_long_word_is_no_name_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def work(query: str) -> None:
        """Keep the argument."""
        given.append(query)

    monkeypatch.setattr(sys, "argv", ["work", f"--query={'x' * 10_000}"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    run_function(work)
    assert given == ["x" * 10_000]


def test_an_output_with_a_name_as_long_as_there_can_be_is_locked_too(programs: Programs) -> None:
    long = programs.folder / ("x" * 255)
    first = programs.start("first", output=long)
    programs.wait_for("first begins")
    second = programs.start("second", output=long)
    assert second.stderr.readline() == f"waiting for another process that is writing {long}\n"
    programs.until.touch()
    assert (first.wait(), second.wait()) == (0, 0)
    assert programs.events() == ["first begins", "first ends", "second begins", "second ends"]

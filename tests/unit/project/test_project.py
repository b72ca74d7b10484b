"""Files of the project: their sizes, profiles, and the promises of the Makefile."""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from places import ROOT
from snakemake.cli import get_argument_parser


@pytest.mark.parametrize(("pattern", "limit"), [("scripts/**/*.py", 300), ("rules/*.smk", 150)])
def test_no_file_is_too_long(pattern: str, limit: int) -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in ROOT.glob(pattern)}
    assert {path: length for path, length in lengths.items() if length > limit} == {}


def test_every_key_of_a_profile_is_an_option_of_snakemake() -> None:
    options = get_argument_parser()._option_string_actions
    for profile in ROOT.glob("profiles/*/profile.yaml"):
        assert {key for key in yaml.safe_load(profile.read_text()) if f"--{key}" not in options} == set(), profile


def test_every_profile_lets_one_job_ask_youtube_at_a_time() -> None:
    profiles = list(ROOT.glob("profiles/*/profile.yaml"))
    assert profiles
    for profile in profiles:
        assert yaml.safe_load(profile.read_text())["resources"]["youtube"] == 1, profile


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with this Makefile, these locks, and an environment that is set up."""
    folder = tmp_path / "a project"
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copy(ROOT / "Makefile", folder)
    digest = hashlib.sha256((folder / "requirements/cpu.txt").read_bytes()).hexdigest()
    kind = f"{sys.implementation.cache_tag}-{platform.system()}-{platform.machine()}"
    for name in (f".venv/.cpu-{kind}-{digest}", ".venv/bin/python", ".snakemake/make.lock"):
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).touch()
    write_python(folder / ".venv/bin/python")
    for name in ("scripts", "config", "profiles", "Snakefile"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def write_python(path: Path, version: str | None = None) -> None:
    """Write a program that is this Python, or says that it is another one of CPython, such as 312."""
    answer = f"echo cpython-{version}-Linux-x86_64" if version else f'exec {sys.executable} "$@"'
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in ``folder``, with this Python first on the PATH, and return what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    kept["PATH"] = f"{Path(sys.executable).parent}:{kept['PATH']}"
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=kept,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
    )


def test_whether_there_is_a_gpu_is_said_by_a_digit(project: Path) -> None:
    done = make(project, "demo", "GPU=yes")
    assert done.returncode != 0
    assert 'GPU must be 0 or 1, not "yes"' in done.stdout


def test_a_profile_that_is_not_there_is_named(project: Path) -> None:
    done = make(project, "demo", "PROFILE=sulrm")
    assert done.returncode != 0
    assert 'error: no profile "sulrm": there is no profiles/sulrm/profile.yaml\n' in done.stdout


def test_a_port_that_is_in_use_is_no_address_of_ours(project: Path) -> None:
    (project / "results").mkdir()
    (project / "results/mlflow.db").touch()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = make(project, "ui", f"PORT={port}")
    assert done.returncode != 0
    assert f"error: port {port} is in use" in done.stdout
    assert f"make ui PORT={port + 1}\n" in done.stdout
    assert "MLflow will be at" not in done.stdout
    assert "error: PORT is 70000" in make(project, "ui", "PORT=70000").stdout


def test_make_alone_lists_every_target(project: Path) -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (project / "Makefile").read_text(), re.MULTILINE)
    listed = re.findall(r"^  make ([\w-]+) +\S", make(project).stdout, re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())


def test_a_changed_lock_is_installed_anew_and_a_touched_one_is_not(project: Path) -> None:
    lock = project / "requirements/cpu.txt"
    os.utime(lock)
    assert "Setting up" not in make(project, "--dry-run", "demo").stdout
    lock.write_text(lock.read_text().replace("==", "==9", 1))
    assert "Setting up" in make(project, "--dry-run", "demo").stdout


def test_a_venv_of_another_python_or_machine_is_installed_anew(project: Path) -> None:
    assert "Setting up" not in make(project, "--dry-run", "demo").stdout
    write_python(project / ".venv/bin/python", "399")
    assert "Setting up" in make(project, "--dry-run", "demo").stdout
    (project / ".venv/bin/python").unlink()  # as where it is a link to a Python that is gone
    assert "Setting up" in make(project, "--dry-run", "demo").stdout


def test_a_gpu_is_refused_where_tensorflow_has_no_cuda(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "uname").write_text("#!/bin/sh\necho Darwin arm64\n")
    (project / "uname").chmod(0o755)
    monkeypatch.setenv("PATH", f"{project}:{os.environ['PATH']}")
    refused = make(project, "help", "EXTRA=gpu")
    assert refused.returncode != 0
    assert "EXTRA=gpu is for Linux on x86-64, this is Darwin arm64" in refused.stdout
    assert make(project, "help").returncode == 0


def test_a_second_make_is_refused_while_one_runs(project: Path) -> None:
    with (project / ".snakemake/make.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = make(project, "demo")
        assert refused.returncode != 0
        assert "is going on in this folder" in refused.stdout
        assert "is going on in this folder" in make(project, "clean-stale").stdout
    assert not (project / "results").exists()


def test_a_snakemake_that_may_be_alive_is_left_alone(project: Path) -> None:
    left_behind = project / ".snakemake/locks/0.output.lock"
    left_behind.parent.mkdir()
    left_behind.write_text("made.txt\n")
    refused = make(project, "demo")
    assert refused.returncode != 0
    assert "Snakemake runs in this folder outside make" in refused.stdout
    assert ".venv/bin/python -m snakemake --configfile config/config.yaml --unlock" in refused.stdout
    assert left_behind.exists()


def test_nothing_is_cleaned_beside_a_killed_run_or_by_a_mistyped_word(project: Path) -> None:
    assert "Nothing is stale in results/store." in make(project, "clean-stale").stdout
    for word in ("true", "yes please"):
        assert f'REMOVE must be yes or nothing, not "{word}"' in make(project, "clean-stale", f"REMOVE={word}").stdout
    assert "error: a.yaml: no such file" in make(project, "clean-stale", "CONFIG=a.yaml").stdout
    (project / ".snakemake/locks").mkdir()
    (project / ".snakemake/locks/0.output.lock").touch()
    refused = make(project, "clean-stale", "REMOVE=yes")
    assert refused.returncode != 0
    assert "a run was killed, or goes on outside make: let it finish first" in refused.stdout


def test_a_missing_configuration_is_told_at_once(project: Path) -> None:
    for target in ("run", "adapt"):
        assert f"error: no CONFIG: make {target} CONFIG=config/mine.yaml" in make(project, target).stdout
        assert "error: none.yaml: no such file" in make(project, target, "CONFIG=none.yaml").stdout
    assert "error: no CLIPS: make starter CLIPS=folder" in make(project, "starter").stdout
    refused = make(project, "retry-downloads", "CONFIG=config/config.yaml").stdout
    assert "config/config.yaml: dataset.kind: nothing is downloaded for this run" in refused
    assert not (project / "results").exists()


def test_an_environment_is_made_again_as_a_whole(project: Path) -> None:
    (project / "requirements/cpu.txt").write_text("")
    (project / ".venv/old").touch()
    (project / ".venv/.dev-cpython-311-Linux-x86_64-0-0").touch()
    done = make(project, "retry-downloads", "CONFIG=none.yaml")
    assert "Setting up .venv from requirements/cpu.txt" in done.stdout
    digest = hashlib.sha256(b"").hexdigest()
    stamps = [path.name for path in (project / ".venv").glob(".*-*")]
    assert [stamp.rpartition("-")[2] for stamp in stamps] == [digest]
    assert not (project / ".venv/old").exists()


def test_programs_without_an_environment_need_the_standard_library_alone(project: Path) -> None:
    bare = [sys.executable, "-E", "-S"]
    kind = subprocess.run([*bare, "scripts/set_up.py", "--kind"], cwd=project, capture_output=True, text=True)
    assert (kind.returncode, kind.stderr) == (0, "")
    held = subprocess.run([*bare, "scripts/hold_lock.py", "echo", "held"], cwd=project, capture_output=True, text=True)
    assert (held.stdout, held.stderr) == ("held\n", "")


def test_an_environment_is_set_up_by_a_shell_in_which_it_is_active(project: Path) -> None:
    (project / "requirements/cpu.txt").write_text("")
    venv = subprocess.run([sys.executable, "-m", "venv", "--without-pip", "active"], cwd=project, check=False)
    assert venv.returncode == 0
    shutil.rmtree(project / ".venv")
    (project / "active").rename(project / ".venv")
    command = [".venv/bin/python", "scripts/set_up.py", "requirements/cpu.txt", ".venv/.cpu-KIND-0"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(list((project / ".venv").glob(".cpu-cpython-*-0"))) == 1


def test_words_of_the_command_line_reach_the_program_as_they_are(project: Path) -> None:
    (project / "scripts").unlink()
    shutil.copytree(ROOT / "scripts", project / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shown = (
        "import os, sys; print(sys.argv[1:], os.environ.get('SIGNWILD_GPUS'), os.environ.get('CUDA_VISIBLE_DEVICES'))"
    )
    for program in ("detect_signing", "run_workflow", "verify_results"):
        (project / f"scripts/{program}.py").write_text(shown)
    (project / "my talk.mp4").touch()
    detect = ["--model", "a b", "--out", "it's", "--"]
    options = ("MODEL=a b", "OUT=it's")
    assert str([*detect, "my talk.mp4"]) in make(project, "detect", "VIDEO=my talk.mp4", *options).stdout
    assert str([*detect, "x.mp4", "y/*.avi"]) in make(project, "detect", "VIDEO=x.mp4 y/*.avi", *options).stdout
    run = ["run", "--configfile", 'a "b".yaml', "--cores", "3", "--profile", "slurm"]
    given = make(project, "run", 'CONFIG=a "b".yaml', "CORES=3", "PROFILE=slurm", "GPU=0").stdout
    assert f"{run} 0 \n" in given
    assert str(["--configfile", "c d.yaml"]) in make(project, "verify", "CONFIG=c d.yaml").stdout
    count = "nproc 2> /dev/null || getconf _NPROCESSORS_ONLN"  # Macs have no nproc
    processors = subprocess.run(count, shell=True, check=True, capture_output=True, text=True).stdout.strip()
    every = str(["run", "--configfile", "a.yaml", "--cores", processors])
    assert every[:-1] in make(project, "run", "CONFIG=a.yaml", "CORES=all").stdout
    assert every[:-1] in make(project, "run", "CONFIG=a.yaml").stdout
    refused = make(project, "run", "CONFIG=a.yaml", "CORES=many")
    assert refused.returncode != 0
    assert 'CORES must be a number of processor cores, or all, not "many"' in refused.stdout + (refused.stderr or "")


def test_an_installation_that_fails_leaves_no_stamp(project: Path) -> None:
    (project / "requirements/cpu.txt").write_text("no-such-package\n")
    done = make(project, "demo")
    assert done.returncode != 0
    assert "error: requirements/cpu.txt is not installed" in done.stdout
    assert not list((project / ".venv").glob(".cpu-*"))

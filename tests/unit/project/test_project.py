"""Files of the project: locks, environments, sizes, and the promises of the Makefile."""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from places import ROOT
from snakemake.cli import get_argument_parser

LOCKS = ["cpu", "gpu", "dev", "lock-tools"]
REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9.-]+)(\[[a-z0-9,-]+\])?==(?P<version>\S+) \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")

SNAKEFILE = """
rule all:
    input: "made.txt"
rule dataset:
    output: "made.txt"
    shell: "echo made > {output}"
"""


def locked_versions(name: str) -> dict[str, str]:
    """Return the version of each package in a lock, by the package's name."""
    lines = (ROOT / f"requirements/{name}.txt").read_text().splitlines()
    return {match["name"]: match["version"] for match in map(REQUIREMENT.match, lines) if match}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_nothing_but_pinned_and_hashed_requirements(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    for entry in re.split(r"\n(?! )", text.removesuffix("\n")):
        requirement, *hashes = entry.splitlines()
        assert REQUIREMENT.match(requirement), f"not a pinned requirement: {requirement}"
        assert hashes, f"no hash: {requirement}"
        assert all(HASH.match(line) for line in hashes), requirement
    assert "://" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_meets_what_its_source_asks_for(name: str) -> None:
    folder = ROOT / "requirements"
    lines = (folder / f"{name}.in").read_text().splitlines()
    lines += [line for ask in lines if ask.startswith("-r ") for line in (folder / ask[3:]).read_text().splitlines()]
    versions = locked_versions(name)
    for line in lines:
        if line and not line.startswith(("#", "-")):
            asked = Requirement(line)
            assert asked.specifier.contains(versions[asked.name]), f"{name}.txt is behind {name}.in: run make lock"


@pytest.mark.parametrize("name", ["gpu", "dev"])
def test_locks_agree_on_what_they_share(name: str) -> None:
    cpu, other = locked_versions("cpu"), locked_versions(name)
    shared = cpu.keys() & other.keys()
    assert shared
    assert {package: other[package] for package in shared} == {package: cpu[package] for package in shared}


@pytest.mark.parametrize(("env", "lock"), [("signwild", "cpu"), ("signwild-gpu", "gpu")])
def test_an_environment_agrees_with_its_lock(env: str, lock: str) -> None:
    described = yaml.safe_load((ROOT / f"envs/{env}.yaml").read_text())
    python, _, pip = described["dependencies"]
    assert described["name"] == env
    assert dict(pin.split("==") for pin in pip["pip"]) == locked_versions(lock)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == python.replace("python=", "==") + ".*"


def test_the_container_is_made_from_the_locks() -> None:
    recipe = (ROOT / "envs/signwild.def").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"From: python:{project['requires-python'].strip('=.*')}-slim" in recipe
    assert "requirements/{{ lock }}.txt /opt/requirements.txt" in recipe
    assert "--require-hashes --requirement /opt/requirements.txt" in recipe
    assert set(re.findall(r"lock=(\w+)", recipe)) == {"cpu", "gpu"}


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
    for name in (f".venv/.cpu-{digest}", "config/config.yaml", ".snakemake/make.lock"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "scripts").mkdir()
    (folder / "scripts/show_run.py").write_text("print('the summary')")
    (folder / "scripts/check_configuration.py").touch()
    return folder


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
    assert "MLflow comes up" not in done.stdout


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


def test_a_second_make_is_refused_while_one_runs(project: Path) -> None:
    with (project / ".snakemake/make.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = make(project, "demo")
    assert refused.returncode != 0
    assert "is going on in this folder" in refused.stdout
    assert not (project / "made.txt").exists()


def test_a_killed_run_is_gone_on_with_and_a_live_snakemake_is_left_alone(project: Path) -> None:
    left_behind = project / ".snakemake/locks/0.output.lock"
    left_behind.parent.mkdir()
    left_behind.write_text("made.txt\n")
    refused = make(project, "demo")
    assert refused.returncode != 0
    assert "Snakemake runs in this folder outside make" in refused.stdout

    (project / ".snakemake/make.lock").write_text("another-machine\n")
    elsewhere = make(project, "demo")
    assert elsewhere.returncode != 0
    assert "a run was started on another-machine: wait until it has ended, or go on there" in elsewhere.stdout

    (project / ".snakemake/make.lock").write_text(f"{platform.node()}\n")
    went_on = make(project, "demo")
    assert went_on.returncode == 0, went_on.stdout
    assert "The last run was killed" in went_on.stdout
    assert went_on.stdout.endswith("the summary\n")
    assert (project / ".snakemake/make.lock").read_text() == ""


def test_nothing_is_cleaned_beside_a_run_or_by_a_mistyped_word(project: Path) -> None:
    (project / "scripts/clean_stale.py").write_text("import sys; print('cleaned with', sys.argv[1:])")
    assert "cleaned with []" in make(project, "clean-stale").stdout
    assert (
        "cleaned with ['--configfile', 'a.yaml', '--remove']"
        in make(project, "clean-stale", "CONFIG=a.yaml", "REMOVE=yes").stdout
    )
    assert "REMOVE must be yes" in make(project, "clean-stale", "REMOVE=true").stdout
    with (project / ".snakemake/make.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "is going on in this folder" in make(project, "clean-stale").stdout
    (project / ".snakemake/locks").mkdir()
    (project / ".snakemake/locks/0.output.lock").touch()
    refused = make(project, "clean-stale", "REMOVE=yes")
    assert refused.returncode != 0
    assert "a run was killed" in refused.stdout
    assert "cleaned" not in refused.stdout

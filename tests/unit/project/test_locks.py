"""The locks: what is pinned for which machine, the environments made from them, and the check of all machines."""

import re
import subprocess
import tomllib
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from places import ROOT

import check_locks
import lock_requirements
import set_up

LOCKS = lock_requirements.LOCKS
REQUIREMENT = re.compile(r"^[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
TARGETS = [(name, *target) for name in LOCKS for target in product(check_locks.PLATFORMS[name], check_locks.PYTHONS)]

WHEELS = {
    "h5py-3.14.0-cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64.whl": "a1",
    "h5py-3.14.0-cp312-cp312-macosx_11_0_arm64.whl": "b2",
    "h5py-3.14.0.tar.gz": "c3",
}

UV = """#!/bin/sh
case "$*" in
*pylock.toml*)
    while [ "$1" != --output-file ]; do shift; done
    cp "$0.toml" "$2" ;;
*macos* | *apple*)
    echo 'no solution' >&2
    exit 1 ;;
*)
    printf ' + h5py==3.14.0\\n' >&2 ;;
esac
"""


def locked(name: str, markers: dict[str, str] | None = None) -> dict[str, str]:
    """Version of each package in a lock, by the package's name; with ``markers``: of those for that machine."""
    lines = lock_requirements.pins((ROOT / f"requirements/{name}.txt").read_text())
    requirements = [Requirement(line) for line in lines]
    taken = [each for each in requirements if markers is None or each.marker is None or each.marker.evaluate(markers)]
    assert len({each.name for each in taken}) == len(taken), "a package is pinned twice"
    return {each.name: str(each.specifier).removeprefix("==") for each in taken}


def asked(name: str) -> list[Requirement]:
    """Requirements of a lock's source, with those of the files that it includes."""
    folder = ROOT / "requirements"
    lines = (folder / f"{name}.in").read_text().splitlines()
    lines += [line for ask in lines if ask.startswith("-r ") for line in (folder / ask[3:]).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_nothing_but_pinned_and_hashed_requirements(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    for entry in re.split(r"\n(?! )", text.removesuffix("\n")):
        requirement, *hashes = entry.splitlines()
        assert REQUIREMENT.match(requirement), f"not a pinned requirement: {requirement}"
        assert hashes, f"no hash: {requirement}"
        assert all(HASH.match(line) for line in hashes), requirement
    assert "://" not in text


@pytest.mark.parametrize(
    ("name", "platform", "python"),
    TARGETS,
    ids=[f"{name}-{platform.name}-{python}" for name, platform, python in TARGETS],
)
def test_a_lock_has_one_version_of_all_that_its_source_asks_for(
    name: str, platform: check_locks.Platform, python: str
) -> None:
    markers = platform.markers(python)
    versions = locked(name, markers)
    for each in asked(name):
        if each.marker is None or each.marker.evaluate(markers):
            assert each.specifier.contains(versions[each.name]), f"{name}.txt is behind {name}.in: run make lock"
    if name in ("cpu", "gpu"):
        assert len(versions.keys() & {"tensorflow", "tensorflow-cpu"}) == 1


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_for_some_machine(name: str) -> None:
    versions = [locked(name, platform.markers(python)) for lock, platform, python in TARGETS if lock == name]
    unused = locked(name).keys() - {package for machine in versions for package in machine}
    assert not unused, "for Windows? then add it to lock_requirements.FOR_WINDOWS"


@pytest.mark.parametrize("name", ["gpu", "dev"])
def test_locks_agree_on_what_they_share(name: str) -> None:
    cpu, other = locked("cpu"), locked(name)
    shared = cpu.keys() & other.keys()
    assert shared
    assert {package: other[package] for package in shared} == {package: cpu[package] for package in shared}


@pytest.mark.parametrize(("env", "lock"), [("signwild", "cpu"), ("signwild-gpu", "gpu")])
def test_an_environment_agrees_with_its_lock(env: str, lock: str) -> None:
    described = yaml.safe_load((ROOT / f"envs/{env}.yaml").read_text())
    python, _, pip = described["dependencies"]
    assert described["name"] == env
    assert pip["pip"] == lock_requirements.pins((ROOT / f"requirements/{lock}.txt").read_text())
    assert python == f"python={lock_requirements.OLDEST_PYTHON}"


def test_the_pins_of_an_environment_are_replaced_and_the_rest_stays() -> None:
    before = "name: a\ndependencies:\n  - python=3.11\n  - pip:\n      - old==1\n"
    pins = ["new==2 ; sys_platform == 'linux' and python_version < '3.12'", "other==3"]
    after = lock_requirements.with_pins(before, pins)
    assert after.startswith(before.removesuffix("      - old==1\n"))
    assert yaml.safe_load(after)["dependencies"][-1] == {"pip": pins}


def test_the_project_is_for_the_pythons_of_the_locks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    oldest, newest = check_locks.PYTHONS[0], check_locks.PYTHONS[-1]
    after = f"3.{int(newest.removeprefix('3.')) + 1}"
    assert project["requires-python"] == f">={oldest},<{after}"
    assert tuple(f"{major}.{minor}" for major, minor in set_up.PYTHONS) == (oldest, newest)
    makefile = (ROOT / "Makefile").read_text()
    assert f"PYTHONS := {' '.join(f'python{python}' for python in check_locks.PYTHONS)} python3\n" in makefile


def test_the_container_is_made_from_the_locks() -> None:
    recipe = (ROOT / "envs/signwild.def").read_text()
    assert f"From: python:{lock_requirements.OLDEST_PYTHON}-slim" in recipe
    assert "requirements/{{ lock }}.txt /opt/requirements.txt" in recipe
    assert "--require-hashes --requirement /opt/requirements.txt" in recipe
    assert set(re.findall(r"lock=(\w+)", recipe)) == {"cpu", "gpu"}


@pytest.mark.parametrize(
    ("platform", "python", "hashes", "fits"),
    [
        (check_locks.LINUX_ARM, "3.12", {"a1"}, True),
        (check_locks.LINUX_ARM, "3.12", {"b2"}, False),
        (check_locks.LINUX_ARM, "3.13", {"a1"}, False),
        (check_locks.LINUX_X86, "3.12", {"a1", "b2"}, False),
        (check_locks.MAC_ARM, "3.12", {"a1", "b2"}, True),
        (check_locks.MAC_ARM, "3.12", {"c3"}, True),
    ],
)
def test_a_file_fits_by_its_tags_and_its_hash(
    platform: check_locks.Platform, python: str, hashes: set[str], fits: bool
) -> None:
    assert check_locks.has_file(WHEELS, hashes, check_locks.wheel_tags(platform, python)) == fits


def test_wheels_for_newer_systems_do_not_fit() -> None:
    tags = {str(tag) for tag in check_locks.wheel_tags(check_locks.LINUX_X86, "3.13")}
    assert {"cp313-cp313-manylinux_2_28_x86_64", "cp311-abi3-manylinux2014_x86_64", "py3-none-any"} <= tags
    assert "cp313-cp313-manylinux_2_31_x86_64" not in tags
    tags = {str(tag) for tag in check_locks.wheel_tags(check_locks.MAC_ARM, "3.11")}
    assert "cp311-abi3-macosx_14_0_arm64" in tags
    assert not {"cp311-abi3-macosx_15_0_arm64", "cp312-abi3-macosx_14_0_arm64"} & tags


def test_the_check_names_the_machine_and_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(UV)
    uv.chmod(0o755)
    listed = "".join(f'{{url = "x/{file}", hashes = {{sha256 = "{sha256}"}}}},' for file, sha256 in WHEELS.items())
    listed = f'[[packages]]\nname = "h5py"\nversion = "3.14.0"\nwheels = [{listed}]\n'
    (tmp_path / "uv.toml").write_text(listed)
    (tmp_path / "cpu.txt").write_text("h5py==3.14.0 ; os_name == 'posix' \\\n    --hash=sha256:a1\n")
    for name, value in {"REQUIREMENTS": tmp_path, "LOCKS": ("cpu",), "PYTHONS": ("3.12",)}.items():
        monkeypatch.setattr(check_locks, name, value)
    monkeypatch.setattr("sys.argv", ["check_locks", "--uv", str(uv)])
    assert check_locks.main() == 1
    told = capsys.readouterr()
    assert told.out == "cpu.txt, Linux aarch64, Python 3.12: 1 packages\n"
    assert "error: cpu.txt, Linux x86-64, Python 3.12: no file with a locked hash: h5py==3.14.0\n" in told.err
    assert "error: cpu.txt, macOS arm64, Python 3.12: no solution\n" in told.err


def test_locking_needs_nothing_but_python() -> None:
    program = ROOT / "scripts/lock_requirements.py"
    helped = subprocess.run(["python3", "-I", "-S", program, "--help"], capture_output=True, text=True, check=True)
    assert "--check" in helped.stdout

"""Verification: a whole run is found right, each kind of damage is found, and what would mend it is named."""

import shutil
from pathlib import Path

import pytest
from made_run import MadeRun

from signwild.findings import describe_findings
from signwild.verification import verify_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        MadeRun().make()
    return folder


@pytest.fixture
def made(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """A copy of the finished run, to be spoiled."""
    shutil.copytree(finished, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return MadeRun()


def found(made: MadeRun) -> list[str]:
    return describe_findings(verify_run(made.plan, made.results).findings)


def test_a_whole_run_is_right(made):
    done = verify_run(made.plan, made.results)
    assert done.findings == []
    assert done.videos == 7
    assert done.files == len(list(made.store.rglob("*.h5"))) == 39
    assert done.size == sum(path.stat().st_size for path in made.store.rglob("*.h5"))

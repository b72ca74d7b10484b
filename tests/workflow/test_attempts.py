"""Test of jobs that are tried again: the log of every attempt is kept. The folders have names that templates read."""

import re
import sys
from pathlib import Path

import pytest
import runs
from runs import snakemake, write_config

PYTHON = """#!/bin/sh
# The first attempt fails, the second is killed.
echo "attempt" >> {tries}
echo "attempt $(wc -l < {tries}): $2"
case $(wc -l < {tries}) in
    1) echo "no luck" >&2; exit 3 ;;
    2) kill -9 $$ ;;
    *) exec {python} "$@" ;;
esac
"""


def test_the_log_of_each_attempt_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, tools = tmp_path / "a {project} of 100%", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    (folder / "project").symlink_to(runs.ROOT)
    monkeypatch.setattr(runs, "ROOT", folder / "project")
    tries = tmp_path / "tries.txt"
    (tools / "python").write_text(PYTHON.format(tries=tries, python=sys.executable))
    (tools / "python").chmod(0o755)
    config = write_config(folder, dataset={"kind": "demo", "videos_per_class": 1, "seconds": 2, "seed": 1})

    def logs() -> dict[str, str]:
        return {path.name: path.read_text().strip() for path in (folder / "results/micro/logs").iterdir()}

    failed = snakemake(folder, config, "--retries", "1", "results/micro/rendered/videos.tsv", tools=tools)
    assert failed.returncode != 0
    module = "signwild.stages.dataset.render_demo"
    first = f"attempt 1: {module}\nno luck\nattempt 1 failed after 0 s with exit code 3"
    second = f"attempt 2: {module}\nattempt 2 failed after 0 s with exit code 137"
    found = {name: re.sub("after [0-9]+ s", "after 0 s", text) for name, text in logs().items()}
    assert found == {
        "render_demo.attempt_1.log": first,
        "render_demo.attempt_2.log": second,
        "render_demo.log": second,
    }
    # In a later run the first attempt is a first one again, and nothing of it stays where it succeeds.
    done = snakemake(folder, config, "results/micro/rendered/videos.tsv", tools=tools)
    assert done.returncode == 0, done.stdout
    assert logs().keys() == {"render_demo.log"}
    assert logs()["render_demo.log"].startswith(f"attempt 3: {module}")

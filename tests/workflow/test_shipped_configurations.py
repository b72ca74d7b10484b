"""Tests of the shipped configurations of the paper and the authors' code, planned on a folder in the authors' form."""

from pathlib import Path

import pytest
from runs import ROOT, snakemake

from signwild.configuration.settings import Settings, load_settings, read_yaml

EXPERIMENTS = ROOT / "config/experiments.yaml"
DEMO = ROOT / "config/config.yaml"


def values_of(settings: Settings) -> list[str]:
    """Return values that are passed to the programs of a run, as JSON, in which the demo departs from the defaults."""
    configuration = settings.configuration
    sections = [configuration.resample, configuration.weights, configuration.segments, configuration.faces["ensemble"]]
    return [part.model_dump_json() for part in (*sections, *settings.trained.values())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a label file in the authors' form, and an empty folder of videos."""
    (tmp_path / "data/signing-in-the-wild/videos").mkdir(parents=True)
    rows = [f"-video{number} {frame} {'SPn'[number % 3]}\n" for number in range(15) for frame in range(0, 600, 6)]
    (tmp_path / "data/signing-in-the-wild/groundtruth.txt").write_text("".join(rows))
    return tmp_path


@pytest.mark.parametrize("name", ["paper", "original"])
def test_a_dry_run_plans_every_table_and_holds_no_value_of_the_demo(name: str, folder: Path) -> None:
    path = ROOT / f"config/{name}.yaml"
    planned = snakemake(folder, path, "--dry-run", "--printshellcmds")
    assert planned.returncode == 0, planned.stdout[-3000:]
    settings, demo = (load_settings(read_yaml(file), str(file), EXPERIMENTS) for file in (path, DEMO))
    for table in settings.tables:
        assert f"results/{name}/tables/{table}.md" in planned.stdout
    assert "results/demo" not in planned.stdout
    assert "render_demo" not in planned.stdout
    ours, of_the_demo = values_of(settings), values_of(demo)
    assert [value for value in ours if value not in planned.stdout] == []
    assert [value for value in of_the_demo if value in planned.stdout] == []

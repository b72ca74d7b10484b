"""Tests of the output of `make why` and `make plan` for a finished run, a changed one and one never started."""

import re
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
import yaml
from quick_start import run_python
from runs import ROOT, bytes_of, environment, snakemake, write_config

from signwild.upkeep.forecast.measurements import read_benchmark

MICRO = ROOT / "tests/micro.yaml"
UNITS = {"h": 3600, "min": 60, "s": 1}


def said(program: str, folder: Path, config: Path, *options: str) -> str:
    """Return a program's output in a folder; check that it succeeds and that no line is wider than 100 columns."""
    done = start(program, folder, config, *options)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert max(len(line) for line in done.stdout.splitlines()) <= 100
    return done.stdout


def start(program: str, folder: Path, config: Path, *options: str) -> subprocess.CompletedProcess:
    """Run a program in a folder."""
    command = [ROOT / f"scripts/{program}.py", "--configfile", config, "--cores", "2", *options]
    return run_python(command, folder, environment())


def rows(text: str) -> list[tuple[str, int, str]]:
    """Return the stage, the number of jobs and the last column of each row of the tables."""
    pattern = r"^  ([a-z]+(?: \w+)?) +([\d,]+) +[\d.,]+ (?:s|min|h) +(?:(?:-|[\d.,]+ (?:s|min|h)) +)?(\S.*)$"
    return [(stage, int(jobs.replace(",", "")), why) for stage, jobs, why in re.findall(pattern, text, re.MULTILINE)]


def seconds(text: str, pattern: str) -> float:
    """Return a time in a text, in seconds; the pattern matches the text before it."""
    number, unit = re.search(rf"{pattern} *([\d.,]+) (h|min|s)\b", text).groups()
    return float(number.replace(",", "")) * UNITS[unit]


def changed(folder: Path, section: str, **values: object) -> Path:
    """Write the micro configuration with these values of a section, and return its path."""
    return write_config(folder, **{section: yaml.safe_load(MICRO.read_text()).get(section, {}) | values})


def test_a_finished_run_has_nothing_to_do_and_is_left_as_it_is(copy: Path) -> None:
    before = bytes_of(copy, "results/**/*.*")
    assert said("explain_run", copy, MICRO) == "Nothing to do.\n"
    text = said("describe_plan", copy, MICRO)
    assert [stage for stage, *_ in rows(text) if stage.startswith("features")] == ["features flow", "features rgb"]
    took = sum(read_benchmark(path) for path in copy.glob("results/micro/benchmarks/**/*.jsonl"))
    assert took / 3 < seconds(text, "  all +[0-9]+") < took * 3
    assert bytes_of(copy, "results/**/*.*") == before


def test_a_changed_parameter_is_named_and_what_was_trained_before_is_found(copy: Path) -> None:
    text = said("explain_run", copy, changed(copy, "network", dropout=0.5))
    found = rows(text)
    assert ("training", 6, "parameters changed: network.dropout 0.4 -> 0.5") in found
    assert {stage for stage, _, _ in found} & {"resample", "streams", "features", "faces", "segments"} == set()
    assert any(stage == "tables" and why.startswith("follows from training") for stage, _, why in found)
    assert "First" not in text
    planned = snakemake(copy, copy / "config.yaml", "--dry-run", "--quiet", "rules").stdout
    assert sum(jobs for _, jobs, _ in found) == int(re.search(r"^total +(\d+)", planned, re.MULTILINE)[1]) - 1

    new = seconds(text, "  training +6")
    for file in copy.glob("results/micro/training/*/seed_1/*"):
        file.unlink()
    text = said("explain_run", copy, MICRO)
    assert ("training", 6, "is gone: results/micro/training/baseline_rnn/seed_1/history.csv and") in rows(text)
    assert seconds(text, "  training +6") < new / 2


def test_a_removed_manifest_is_named_and_may_bring_other_videos(copy: Path) -> None:
    (copy / "results/micro/download/0.tsv").unlink()
    text = said("explain_run", copy, MICRO)
    assert ("download", 1, "is gone: results/micro/download/0.tsv") in rows(text)
    assert ("resample", 1, "follows from download") in rows(text)
    assert "at most" in text


def test_changed_labels_come_in_a_step_of_their_own(copy: Path) -> None:
    labels = copy / "results/micro/rendered/groundtruth.txt"
    labels.write_text(labels.read_text() + "# looked through again\n")
    text = said("explain_run", copy, MICRO)
    assert rows(text) == [("dataset", 1, "labels changed: results/micro/rendered/groundtruth.txt")]
    assert "if they stay the same" in text
    assert text.count("nothing.") == 1
    text = said("explain_run", copy, changed(copy, "network", dropout=0.5))
    assert ("training", 6, "parameters changed: network.dropout 0.4 -> 0.5") in rows(text)


def test_images_and_motion_that_were_not_kept_are_said_to_be_made_again(copy: Path) -> None:
    text = said("explain_run", copy, changed(copy, "features", rescale_conv1=True))
    assert ("resample", 2, "parameters changed: requests.features.rescale_conv1 false -> true") in rows(text)
    assert re.search(r"4 jobs of these, [\d.]+ (s|min) of one core, make images and motion again", text)
    experiments = yaml.safe_load((ROOT / "config/experiments.yaml").read_text())
    experiments["experiments"]["flow"]["layer"] = "block5_gap"
    (copy / "experiments.yaml").write_text(yaml.safe_dump(experiments))
    text = said(
        "explain_run", copy, write_config(copy, experiments_file=str(copy / "experiments.yaml"), keep_streams=True)
    )
    assert "make images and motion again" not in text


def test_a_job_that_was_broken_off_is_named(copy: Path) -> None:
    name = b64encode(b"results/micro/tables/table_1.csv").decode()
    (copy / ".snakemake/incomplete" / name).touch()
    assert ("tables", 1, "was being written when the last run ended (table_1)") in rows(
        said("explain_run", copy, MICRO)
    )
    (copy / ".snakemake/locks/0.output.lock").write_text("results/micro/tables/table_1.csv\n")
    text = said("explain_run", copy, MICRO)
    assert "A run is in progress" in text
    assert ("tables", 1, "is being made right now (table_1)") in rows(text)


def test_a_run_that_was_never_started_is_forecast_by_known_figures(tmp_path: Path) -> None:
    text = said("explain_run", tmp_path, MICRO)
    assert {why.partition(" (")[0] for _, _, why in rows(text)} == {"never made"}
    # Nothing was measured there, so known figures and estimates are used, whatever the machine.
    assert 5 * 60 < seconds(text, r"\d jobs:") < 15 * 60
    assert not (tmp_path / "results").exists()


def test_the_paper_is_planned_with_nothing_there(tmp_path: Path) -> None:
    text = said("describe_plan", tmp_path, ROOT / "config/paper.yaml")
    assert "1,122 videos, 1,450,000 samples" in text
    planned = {stage: jobs for stage, jobs, _ in rows(text)}
    assert f"The paper takes {planned['all']:,} jobs" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert planned["streams flow"] == planned["resample"] == 51
    assert planned["features rgb"] == 51 + 1  # and one job that gathers the shards' manifests
    assert 25 < seconds(text, "  streams flow +51") / 3600 < 30
    assert 65 < seconds(text, "  features flow +52") / 3600 < 80
    assert 250 < seconds(text, "  features rgb +52") / 3600 < 350  # with the networks of table 8
    assert seconds(text, "downloads ") == 5 * 3600
    assert "keep_streams: true" in text
    assert not (tmp_path / "results").exists()
    with_gpu = said("describe_plan", tmp_path, ROOT / "config/paper.yaml", "--gpu", "1")
    assert seconds(with_gpu, "  features flow +52") < 3600
    assert seconds(with_gpu, "  features rgb +52") < 4 * 3600
    assert "and a GPU" in with_gpu


@pytest.mark.parametrize("program", ["explain_run", "describe_plan"])
def test_a_mistake_is_one_line_that_names_the_remedy(program: str, tmp_path: Path) -> None:
    misspelt = write_config(tmp_path, network={"unitz": 16})
    lost = tmp_path / "lost.yaml"
    lost.write_text("run: lost\ndataset: {kind: folder, videos_dir: nowhere, labels: labels.csv}\n")
    for config, words in (
        (misspelt, "did you mean 'units'?"),
        (lost, "nowhere is not a folder"),
        (tmp_path / "n", "no such"),
    ):
        done = start(program, tmp_path, config)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith(f"error: {config}")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1

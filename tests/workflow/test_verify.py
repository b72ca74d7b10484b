"""Tests of `make verify` and `make clean-stale` on the results of a real run."""

import shlex
import subprocess
from pathlib import Path

from quick_start import run_python
from runs import ROOT, bytes_of, environment, snakemake, write_config

from signwild.base.files import read_table, write_table

KEPT = ("results/micro/**/predictions.parquet", "results/micro/segments/*", "results/micro/tables/*.csv")


def call(folder: Path, program: str, *options: str) -> subprocess.CompletedProcess:
    """Run a program in ``folder`` like make."""
    return run_python([ROOT / "scripts" / program, *options], folder, environment())


def verify(folder: Path, config: Path) -> subprocess.CompletedProcess:
    return call(folder, "verify_results.py", "--configfile", str(config))


def spoil(folder: Path, manifest: str) -> Path:
    """Damage a byte of the features that a manifest names first, and return their path."""
    key = read_table(folder / "results/micro" / manifest)["key"].iloc[0]
    path = folder / f"results/store/features/{key}.h5"
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)
    return path


def test_what_verify_prints_mends_the_results_and_changes_none(copy: Path) -> None:
    config = ROOT / "tests/micro.yaml"
    clean = verify(copy, config)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert clean.stdout.startswith("Nothing is wrong: looked at 56 files of 8 videos")
    before = bytes_of(copy, *KEPT)

    damaged = [spoil(copy, "features/flow/1.tsv"), spoil(copy, "descriptors/profiles/0.tsv")]
    damaged.append(sorted((copy / "results/store/training").glob("*.h5"))[0])
    damaged[-1].unlink()
    manifest = copy / "results/micro/alignment/0.tsv"
    write_table(manifest, read_table(manifest)[1:])
    found = verify(copy, config)
    assert found.returncode == 1
    assert all(f"{path.relative_to(copy)}: " in found.stdout for path in [*damaged, manifest])

    *commands, start = [line.strip() for line in found.stdout.splitlines() if line.startswith("    ")]
    assert start == f"make run CONFIG={shlex.quote(str(config))}"
    for command in commands:
        subprocess.run(["bash", "-c", command], cwd=copy, check=True)
    for targets in (["dataset"], []):  # as make starts a run
        done = snakemake(copy, config, *targets)
        assert done.returncode == 0, done.stdout
    mended = verify(copy, config)
    assert mended.returncode == 0, mended.stdout
    assert bytes_of(copy, *KEPT) == before


def test_what_clean_stale_removes_is_missed_by_no_run(copy: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path, tables=["table_1", "table_1_two_folds"])
    assert "Nothing is stale" in call(copy, "clean_stale.py").stdout
    done = snakemake(copy, config)
    assert done.returncode == 0, done.stdout
    before = bytes_of(copy, *KEPT)

    removed = call(copy, "clean_stale.py", "--remove")
    assert removed.returncode == 0, removed.stderr
    for stale in ("micro/features/flow", "micro/training/flow", "micro/tables/table_5.csv", "store/faces"):
        assert f"results/{stale} " in removed.stdout
        assert not (copy / "results" / stale).exists()
    left = bytes_of(copy, *KEPT)
    assert left == {name: before[name] for name in left}
    assert "results/micro/training/rgb_fc1/seed_1/predictions.parquet" in left
    assert {path.parent.name for path in (copy / "results/store").glob("*/*.h5")} == {
        "resample",
        "features",
        "training",
    }

    done = snakemake(copy, config)
    assert "Nothing to be done" in done.stdout
    clean = verify(copy, config)
    assert clean.returncode == 0, clean.stdout
    assert "Nothing is stale" in call(copy, "clean_stale.py").stdout

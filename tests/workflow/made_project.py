"""A copy of the project with a small data set of a user, to change, run and kill."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import pandas as pd
import yaml
from quick_start import run_python
from runs import ROOT, bytes_of, environment

TRACKED = ["Makefile", "Snakefile", "rules", "scripts", "config", "profiles", "envs", "requirements"]

RESULTS = ("results/made/**/*.parquet", "results/made/tables/*", "results/made/**/history.csv")

CONFIGURATION = """
run: made
dataset: {kind: folder, videos_dir: videos, labels: labels.csv}
shards: 2
resample: {image_size: 32}
faces:
  ensemble: {every: 10, short_side: 240, scale_factor: 1.2}
weights: {source: random}
segments: {folds: 2}
network: {units: 16}
training: {epochs: 2, batch_size: 4}
hardware: {keep_training_s: 0}
experiments_file: experiments.yaml
"""

EXPERIMENTS = """
experiments:
  rgb: {stream: rgb}
  mhi: {stream: mhi}
  rgb_mhi: {fuse: [rgb, mhi]}
  baseline: {descriptor: profiles, classifier: {kind: svm}}
tables:
  table_2:
    caption: Motion stream and fusion results
    columns: [loss, accuracy]
    rows:
      - {label: RGB stream only, experiment: rgb}
      - {label: MHI only, experiment: mhi}
      - {label: RGB + MHI, experiment: rgb_mhi}
  table_5:
    caption: Comparison with the state of the art
    columns: [loss, precision]
    rows:
      - {label: Shipman et al., experiment: baseline}
      - {label: RGB + MHI, experiment: rgb_mhi}
"""

ONE_EXPERIMENT = """
experiments:
  rgb: {stream: rgb}
tables:
  table_2:
    caption: Motion stream and fusion results
    columns: [loss, accuracy]
    rows: [{label: RGB stream only, experiment: rgb}]
"""


class Project:
    """Copy of the project: its files are edited as by a user, and its runs are started as from a user's shell."""

    where = ("CORES=2",)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = folder / "results/made"
        self.environment = environment() | {"PYTHONDONTWRITEBYTECODE": "1"}

    def make(self) -> "Project":
        """Copy the project, render nine videos and some spare ones, and write labels and configuration."""
        for name in TRACKED:
            source, target = ROOT / name, self.folder / name
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target, ignore=ignored) if source.is_dir() else shutil.copy(source, target)
        # Links to the packages, not to the folder, so that the copy has separate stamps.
        (self.folder / ".venv").symlink_to(ROOT / ".venv")
        videos = self._render()
        lines = ["video_id,file,start,end,label,person"]
        for name, source in videos.items():
            label, _, number = name.partition("_")
            kept = self.folder / ("videos" if number in "012" else "spare")
            kept.mkdir(exist_ok=True)
            source.replace(kept / f"{name}.mp4")
            if number in "012":
                lines.append(f"{name},{name}.mp4,0,4.9,{label},person {name}")
        shutil.rmtree(self.folder / "rendered")
        self.write("labels.csv", "\n".join(lines) + "\n")
        self.write("config.yaml", CONFIGURATION)
        self.write("experiments.yaml", EXPERIMENTS)
        return self

    def write(self, name: str, text: str) -> None:
        """Write a text file of the project."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file of the project, once."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} has no {old!r}"
        self.write(name, text.replace(old, new, 1))

    def configure(self, name: str, **values: object) -> None:
        """Set top-level keys of a YAML file; mappings are merged one level deep."""
        content = yaml.safe_load((self.folder / name).read_text())
        for key, value in values.items():
            merged = {**content.get(key, {}), **value} if isinstance(value, dict) else value
            content[key] = merged
        self.write(name, yaml.safe_dump(content, sort_keys=False))

    def snakemake(self, *options: object) -> str:
        """Run the workflow, and return its output."""
        done = self.python("-m", "snakemake", "--cores", 2, *options, "--configfile", "config.yaml")
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def python(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run one of the project's programs: ``-m`` and a module, or a script's path; and its options."""
        return run_python(words, self.folder, self.environment)

    def run(self) -> set[str]:
        """Do the same as `make run` without its set-up, and return the rules that ran."""
        return self.scheduled(self.snakemake("dataset")) | self.scheduled(self.snakemake())

    def plan(self) -> set[str]:
        """Return the rules of which a job would start at once."""
        return self.scheduled(self.snakemake("--dry-run"))

    def plan_run(self) -> set[str]:
        """Return the rules of which `make run` would start a job: it updates what comes from outside first."""
        rules = self.plan()
        if rules & {"prepare_dataset", "exclude_videos", "prepare_weights"}:
            return self.scheduled(self.snakemake("dataset")) | self.plan()
        return rules

    def verify(self) -> subprocess.CompletedProcess[str]:
        """Do the same as `make verify`."""
        return self.python("scripts/verify_results.py", "--configfile", "config.yaml")

    def scheduled(self, printed: str) -> set[str]:
        """Return the rules in the table of jobs that Snakemake prints."""
        counts = re.findall(r"^(\w+) +\d+$", printed, re.MULTILINE)
        return {name for name in counts if name != "total"} - {"all", "dataset"}

    def results_bytes(self) -> dict[str, bytes]:
        """Return the bytes of predictions, tables and histories, by path."""
        return bytes_of(self.folder, *RESULTS)

    def store_times(self) -> dict[str, int]:
        """Return when each file of the store was written, by its path in the store."""
        store = self.folder / "results/store"
        return {str(path.relative_to(store)): path.stat().st_mtime_ns for path in store.glob("*/*.h5")}

    def start(self) -> subprocess.Popen:
        """Start ``make run`` in a new session, so all of it can be killed at once."""
        log = (self.folder / "make.log").open("a")
        options = {"cwd": self.folder, "env": self.environment, "stdout": log, "stderr": log}
        return subprocess.Popen(["make", "run", "CONFIG=config.yaml", *self.where], **options, start_new_session=True)

    def kill(self, process: subprocess.Popen) -> None:
        """Kill everything that ``start`` started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def processes(self, programs: set[str]) -> Iterator[tuple[str, int]]:
        """Yield Python programs that run in the project's folder, started by name or by path, and their processes."""
        for path in Path("/proc").glob("[0-9]*"):
            try:
                command = (path / "cmdline").read_bytes().decode().split("\0")
                here = (path / "cwd").readlink() == self.folder
            except (OSError, UnicodeDecodeError):
                continue
            if not here or "python" not in command[0]:
                continue
            program = command[2].rpartition(".")[2] if command[1] == "-m" else Path(command[1]).stem
            if program in programs:
                yield program, int(path.name)

    def wait_for(self, programs: set[str], run: subprocess.Popen) -> tuple[str, int] | None:
        """Wait until a run starts one of these programs; return it and its process, or None if the run ended."""
        while run.poll() is None:
            if found := next(self.processes(programs), None):
                return found
            time.sleep(0.02)
        return None

    def _render(self) -> dict[str, Path]:
        """Render videos, and return three or more decodable ones of each class, by class and number."""
        folder = self.folder / "rendered"
        command = [sys.executable, "-m", "signwild.stages.dataset.render_demo", "--folder", folder, "--workers", "2"]
        command += ["--videos-per-class", "4", "--seconds", "5", "--seed", "1"]
        path = {"PYTHONPATH": str(self.folder / "scripts")}
        subprocess.run(command, env=self.environment | path, check=True, stdout=subprocess.DEVNULL)
        found, counts = {}, Counter()
        for video in pd.read_csv(folder / "videos.tsv", sep="\t").itertuples():
            try:
                av.open(folder / video.file).close()
            except (OSError, av.FFmpegError):
                continue
            found[f"{video[5]}_{counts[video[5]]}"] = folder / video.file
            counts[video[5]] += 1
        return found


def copied(source: Path, target: Path) -> Project:
    """Return a copy of a project with its results and file times, as if the folder had been moved."""
    shutil.copytree(source, target, symlinks=True)
    return Project(target)

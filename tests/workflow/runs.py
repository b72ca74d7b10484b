"""Runs of the workflow in separate folders, started as from a user's shell."""

import os
import subprocess
import sys
from pathlib import Path

import yaml
from quick_start import run_python

ROOT = Path(__file__).resolve().parents[2]


def snakemake(
    folder: Path, config: Path | None, *options: str, tools: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the workflow in ``folder`` with two cores; its stdout contains output and errors, as text.

    ``tools``: a folder of programs that its jobs use before all others.
    """
    command = ["-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += ["--workflow-profile", ROOT / "profiles/default", "--cores", "2"]
    # --configfile takes all following arguments, so it comes last.
    command += [*options, *(["--configfile", config] if config else [])]
    variables = environment() if tools is None else environment() | {"PATH": f"{tools}:{environment()['PATH']}"}
    done = run_python(command, ROOT, variables)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout + done.stderr)


def launch(folder: Path, config: Path, target: str = "run") -> subprocess.CompletedProcess[str]:
    """Do in ``folder`` what a target of make does in the project, which is linked there, without its set-up."""
    for name in ("Snakefile", "rules", "scripts", "config", "profiles", "envs"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    command = [ROOT / "scripts/run_workflow.py", target, "--configfile", config, "--cores", "2"]
    return run_python(command, folder, environment())


def environment() -> dict[str, str]:
    """Return the environment that the Makefile gives its programs."""
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "TF_CPP_MIN_LOG_LEVEL": "2"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | quiet | {"PATH": path, "KERAS_BACKEND": "tensorflow", "PYTHONHASHSEED": "0"}


def write_config(folder: Path, **values: object) -> Path:
    """Write the micro configuration with these values replaced; None leaves a key out."""
    content = yaml.safe_load((ROOT / "tests/micro.yaml").read_text()) | values
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({name: value for name, value in content.items() if value is not None}))
    return path


def bytes_of(folder: Path, *patterns: str) -> dict[str, bytes]:
    """Return the bytes of the files below ``folder`` that match one of the patterns, by relative path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for pattern in patterns
        for path in sorted(folder.glob(pattern))
    }

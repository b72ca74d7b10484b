"""Open MLflow's pages of the runs, on this machine alone, until Ctrl-C."""

import os
import socket
import sys
from pathlib import Path

from signwild.base.errors import InputError
from signwild.cli.program import run_function

DATABASE = Path("results/mlflow.db")


def browse_runs(port: int = 5000) -> None:
    """Open MLflow's pages of the runs, on this machine alone, until Ctrl-C.

    Raises InputError if there are no runs yet, or the port cannot be used.
    """
    if not 0 < port < 65536:
        raise InputError(f"PORT is {port}; give a number from 1 to 65535")
    if not DATABASE.is_file():
        raise InputError(f"there is no {DATABASE} yet: `make demo` makes it")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise InputError(
                f"port {port} is in use, perhaps by another make ui: end that, or take another port: "
                f"make ui PORT={port + 1}"
            )
    page = f"http://127.0.0.1:{port}/#/experiments?workflowType=machine_learning"
    print(f"MLflow will be at {page} in some seconds (Ctrl-C ends it)", flush=True)
    os.environ.update(PYTHONWARNINGS="ignore", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false")
    address = ["--host", "127.0.0.1", "--port", str(port), "--backend-store-uri", f"sqlite:///{DATABASE}"]
    options = ["--workers", "1", "--uvicorn-opts", "--log-level warning"]
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", "ui", *address, *options])


if __name__ == "__main__":
    run_function(browse_runs)

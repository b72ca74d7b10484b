"""Open MLflow's pages of the runs, on this machine alone, until Ctrl-C."""

import argparse
import os
import socket
import sys
from pathlib import Path

from cli import program, run
from signwild.base.errors import InputError

DATABASE = Path("results/mlflow.db")


def work(args: argparse.Namespace) -> None:
    """Check that there are runs and that the port is free, and become the server."""
    if not DATABASE.is_file():
        raise InputError(f"there is no {DATABASE} yet: `make demo` makes it")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", args.port)) == 0:
            raise InputError(
                f"port {args.port} is in use, perhaps by another make ui: end that, or take another port: "
                f"make ui PORT={args.port + 1}"
            )
    page = f"http://127.0.0.1:{args.port}/#/experiments?workflowType=machine_learning"
    print(f"MLflow will be at {page} in some seconds (Ctrl-C ends it)", flush=True)
    os.environ.update(PYTHONWARNINGS="ignore", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false")
    address = ["--host", "127.0.0.1", "--port", str(args.port), "--backend-store-uri", f"sqlite:///{DATABASE}"]
    options = ["--workers", "1", "--uvicorn-opts", "--log-level warning"]
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", "ui", *address, *options])


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--port", type=int, default=5000, help="port of the server")
    run(parser, work)

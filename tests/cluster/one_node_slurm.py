"""A Slurm of one node, started as root from Debian's packages in a separate folder, and ended without a trace."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

SYSTEM = Path("/etc/slurm/slurm.conf")
"""Configuration file that jobs read: Snakemake's job step hides SLURM_CONF from them."""

IN_USE = "in_use.lock"
"""File that the tests lock, in the folder of their Slurm, as long as they live."""

NEEDED = ["munged", "mariadbd", "mariadb-install-db", "slurmdbd", "slurmctld", "slurmd", "sbatch", "sacctmgr"]

SLURM_CONF = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=5,bf_interval=5
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={database_port}
AccountingStoragePass={folder}/munge.socket
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
AccountingStorageEnforce=associations,limits
KillWait=10
MessageTimeout=30
ReturnToService=2
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES MaxTime=1-0 State=UP
PartitionName=gpu Nodes={host} MaxTime=1-0 State=UP
"""

SLURMDBD_CONF = """
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={database_port}
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={mariadb_port}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
PidFile={folder}/slurmdbd.pid
LogFile={folder}/slurmdbd.log
"""


def missing() -> str:
    """Return why Slurm cannot be started here, or an empty string if it can."""
    if os.geteuid():
        return "a Slurm of one's own needs root"
    if SYSTEM.exists() and not _left_behind():
        return f"this machine is part of a cluster: there is a {SYSTEM}"
    lacking = [name for name in NEEDED if not shutil.which(name)]
    return f"packages slurm-wlm, slurmdbd, mariadb-server and munge are needed: no {', '.join(lacking)}" * bool(lacking)


def _left_behind() -> bool:
    """Tell whether Slurm's configuration is a link of tests that were killed: these held a lock beside it."""
    if not SYSTEM.is_symlink():
        return False
    try:
        with FileLock(SYSTEM.resolve().with_name(IN_USE), timeout=0):
            return True
    except Timeout:
        return False


@contextmanager
def one_node_slurm(folder: Path) -> Iterator[str]:
    """Start Slurm with partitions `cpu` and `gpu`, the latter with one fake GPU, and yield the node's name."""
    ports = free_ports(4)
    values = {
        "folder": folder,
        "host": socket.gethostname().partition(".")[0],
        "cpus": max(4, os.cpu_count()),  # so a job of three cores fits even on a machine of two
        "memory": int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20 * 0.9),
        **dict(zip(("controller_port", "node_port", "database_port", "mariadb_port"), ports, strict=True)),
    }
    _write_configuration(folder, values)

    def succeeds(*command: object) -> bool:
        words = [str(word) for word in command]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    with ExitStack() as daemons:
        daemons.enter_context(FileLock(folder / IN_USE, timeout=0))
        SYSTEM.unlink(missing_ok=True)  # a link that a killed test left behind
        SYSTEM.symlink_to(folder / "slurm.conf")
        daemons.callback(SYSTEM.unlink)

        def start(ready: Callable[[], bool], *command: object) -> None:
            daemons.enter_context(_daemon(folder, [str(word) for word in command], ready))

        munge = folder / "munge.socket"
        start(
            munge.exists,
            *("munged", "--force", "--foreground", f"--socket={munge}", f"--key-file={folder}/munge.key"),
            *(f"--pid-file={folder}/munged.pid", f"--log-file={folder}/munged.log", f"--seed-file={folder}/munge.seed"),
        )
        data, sql = folder / "mariadb", folder / "mariadb.socket"
        assert succeeds(
            "mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"
        )
        start(
            lambda: succeeds("mariadb-admin", f"--socket={sql}", "ping"),
            *("mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={sql}"),
            *("--bind-address=127.0.0.1", f"--port={values['mariadb_port']}", "--innodb-buffer-pool-size=64M"),
        )
        grants = "CREATE DATABASE slurm_acct_db; CREATE USER slurm@'127.0.0.1' IDENTIFIED BY 'slurm'; "
        grants += "CREATE USER slurm@localhost IDENTIFIED BY 'slurm'; "
        grants += "GRANT ALL ON slurm_acct_db.* TO slurm@'127.0.0.1'; GRANT ALL ON slurm_acct_db.* TO slurm@localhost"
        assert succeeds("mariadb", f"--socket={sql}", "-e", grants)
        start(lambda: succeeds("sacctmgr", "-n", "show", "cluster"), "slurmdbd", "-D")
        for what in (["cluster", "one"], ["account", "lab"], ["user", "root", "account=lab"]):
            assert succeeds("sacctmgr", "-i", "add", *what)
        start(lambda: succeeds("scontrol", "ping"), "slurmctld", "-D")
        idle = ["sh", "-c", "sinfo --noheader --format %T | grep -q idle"]
        start(lambda: succeeds(*idle), "slurmd", "-D")
        yield values["host"]


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on."""
    with ExitStack() as sockets:
        opened = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in opened:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in opened]


def _write_configuration(folder: Path, values: dict[str, object]) -> None:
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "slurm.conf").write_text(SLURM_CONF.format(**values))
    (folder / "slurmdbd.conf").write_text(SLURMDBD_CONF.format(**values))
    # Any character device will do for a fake GPU.
    (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
    for name in ("munge.key", "slurmdbd.conf"):
        (folder / name).chmod(0o600)


def _end_with_parent() -> None:
    """Have the kernel end this process when the tests are killed, so no daemon is left behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@contextmanager
def _daemon(folder: Path, command: list[str], ready: Callable[[], bool]) -> Iterator[None]:
    log = folder / f"{command[0]}.out"
    with log.open("w") as printed:
        # Daemons find slurmdbd.conf and gres.conf next to this file.
        environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
        files = {"stdin": subprocess.DEVNULL, "stdout": printed, "stderr": printed}
        process = subprocess.Popen(command, env=environment, preexec_fn=_end_with_parent, **files)
    try:
        deadline = time.monotonic() + 60
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} does not come up: {log.read_text()}")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

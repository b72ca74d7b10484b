"""Tests of starts of the workflow: the folder's lock, killed runs, jobs left on a cluster, and Snakemake in a fork."""

import fcntl
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from made_videos import write_video
from places import ROOT
from snakemake_executor_plugin_slurm.submit_string import get_submit_command

from signwild.base.errors import InputError
from signwild.base.file_locks import NO_LOCKS
from signwild.upkeep.launch import snakemake_runs
from signwild.upkeep.launch.folder_lock import LOCK, Note, folder_lock, is_held, read_note
from signwild.upkeep.launch.killed_run import find_killed_run, is_locked, is_run_going_on, noted_run
from signwild.upkeep.launch.runs import begun_run
from signwild.upkeep.launch.slurm_jobs import cancel_jobs_of
from signwild.upkeep.launch.slurm_settings import status_check_note
from signwild.upkeep.launch.snakemake_runs import Where, run_snakemake

CONFIG = Path("config/config.yaml")

SNAKEFILE = f"""
import sys
sys.path.insert(0, "{ROOT}/scripts")
from signwild.plan import checked
workflow_file = workflow.configfiles[-1]
checked.load_settings = None  # what the launcher has checked is not read again
print("plan of", checked.checked_plan(config, str(workflow_file)).run, file=sys.stderr)

rule all:
    input: "made.txt"

rule dataset:
    output: "made.txt"
    shell: "echo made > {{output}}"

rule fails:
    output: "none.txt"
    log: "fails.log"
    shell: "printf '9%%\\nerror: none.txt: cannot be made; make another\\n  as a second line says\\n' > {{log}}; false"

rule retried:
    output: "tried.txt"
    log: "tried.log"
    retries: 1
    shell: "echo x > {{log}}; mkdir first && exit 3; echo done > {{output}}"

rule fails_later:
    input: "tried.txt"
    output: "none_{{name}}.txt"
    shell: "kill -9 $$"

rule waits:
    output: "late.txt"
    shell: "echo $$ > waiting.txt; exec sleep 60"
"""


pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a small workflow and the demo's configuration."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "config", tmp_path / "config")
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    Path("Snakefile").write_text(SNAKEFILE)
    return tmp_path


def leave_locks() -> None:
    """Leave what a killed Snakemake leaves."""
    Path(".snakemake/locks").mkdir(parents=True, exist_ok=True)
    Path(".snakemake/locks/0.output.lock").write_text("made.txt\n")


def test_a_second_process_is_refused_while_one_holds_the_lock() -> None:
    assert not is_held()
    with folder_lock():
        assert is_held()
        with pytest.raises(InputError, match="a run or a set-up is going on in this folder"), folder_lock(wait_s=0.2):
            pass
    with folder_lock(wait_s=0):
        pass


def test_a_process_that_is_just_ending_is_waited_for() -> None:
    code = f"import fcntl, time; f = open('{LOCK}', 'a'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True)"
    LOCK.parent.mkdir()
    other = subprocess.Popen([sys.executable, "-c", code + "; time.sleep(0.5)"], stdout=subprocess.PIPE)
    other.stdout.readline()
    with folder_lock(wait_s=10):
        assert other.wait() == 0


def test_a_file_system_without_locks_is_said_and_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def without(*_: object) -> None:
        raise OSError(NO_LOCKS[0], "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", without)
    with folder_lock():
        pass
    assert "this file system has no locks" in capsys.readouterr().err
    assert not is_held()
    other = subprocess.Popen(["sleep", "60"])
    LOCK.write_text(f"{platform.node()} {other.pid}\n")
    assert is_held()
    with pytest.raises(InputError, match=f"going on in this folder.*process {other.pid}"), folder_lock():
        pass
    other.kill()
    other.wait()
    with folder_lock():
        pass


def test_a_program_holds_the_lock_as_long_as_it_works_and_its_children_do_not() -> None:
    command = [sys.executable, ROOT / "scripts/hold_lock.py", sys.executable, "-c"]
    held = subprocess.run([*command, "print(open('.snakemake/make.lock'))"], text=True, stdout=subprocess.PIPE)
    assert held.returncode == 0
    # The program ends, and what it started goes on without the lock.
    code = "import subprocess; print(subprocess.Popen(['sleep', '30'], stdout=subprocess.DEVNULL).pid)"
    left = subprocess.run([*command, code], text=True, stdout=subprocess.PIPE)
    assert not is_held()
    os.kill(int(left.stdout), signal.SIGKILL)
    with folder_lock():
        refused = subprocess.run([*command, "print('worked')"], text=True, capture_output=True)
    assert refused.returncode == 1
    assert refused.stderr == "error: a run or a set-up is going on in this folder: wait until it has ended\n"
    assert refused.stdout == ""


def test_a_run_keeps_a_note_until_it_ends_and_after_a_kill() -> None:
    LOCK.parent.mkdir()
    note = Note(platform.node(), os.getpid(), "slurm")
    with noted_run("slurm"):
        assert LOCK.read_text() == f"{platform.node()} {os.getpid()} slurm\n"
    assert LOCK.read_text() == ""
    with noted_run("slurm"):
        leave_locks()
    assert read_note() == find_killed_run("unlock") == note


def test_no_killed_run_is_found_where_snakemake_has_left_no_locks() -> None:
    assert find_killed_run("unlock") is None


def test_a_run_that_may_go_on_is_left_alone() -> None:
    leave_locks()
    LOCK.touch()
    with pytest.raises(InputError, match=r"outside make: wait until it has ended\n +\(if it was killed: unlock me\)"):
        find_killed_run("unlock me")
    LOCK.write_text("another-machine slurm\n")
    with pytest.raises(InputError, match=f"a run was started on another-machine.*\n.*echo {platform.node()} > {LOCK}"):
        find_killed_run("unlock me")


def test_whether_a_run_is_going_on() -> None:
    assert not is_run_going_on()
    leave_locks()
    assert is_run_going_on()  # Snakemake outside make
    with folder_lock():
        LOCK.write_text(f"{platform.node()} \n")
        assert is_run_going_on()
    assert not is_run_going_on()  # it was killed


def test_a_killed_run_is_unlocked_and_continued(capfd: pytest.CaptureFixture) -> None:
    leave_locks()
    LOCK.write_text(f"{platform.node()} \n")
    with folder_lock(), begun_run(CONFIG, Where(1)) as plan:
        assert not is_locked()
        assert read_note() == Note(platform.node(), os.getpid(), "")
        run_snakemake(CONFIG, "--cores", "1")
    assert "The last run was killed" in capfd.readouterr().out
    assert Path("made.txt").read_text() == "made\n"
    assert LOCK.read_text() == ""
    assert Path(f"results/{plan.run}/run_config.yaml").is_file()


def test_results_of_an_earlier_layout_are_told_of_once(capfd: pytest.CaptureFixture) -> None:
    old = Path("results/store/features/0123.h5")
    old.parent.mkdir(parents=True)
    old.touch()
    for said in (True, False):
        with folder_lock(), begun_run(CONFIG, Where(1)):
            pass
        assert ("by a version whose modules had other names" in capfd.readouterr().out) is said
    assert old.exists()


def test_a_first_run_has_no_earlier_layout(capfd: pytest.CaptureFixture) -> None:
    for _ in range(2):
        with folder_lock(), begun_run(CONFIG, Where(1)):
            Path("results/store/features").mkdir(parents=True, exist_ok=True)
            Path("results/store/features/0123.h5").touch()
        assert "had other names" not in capfd.readouterr().out


def test_the_configuration_is_read_once_for_all_runs_of_snakemake(capfd: pytest.CaptureFixture) -> None:
    with folder_lock(), begun_run(CONFIG, Where(1)):
        run_snakemake(CONFIG, "--cores", "1", "--", "dataset")
    assert "plan of demo\n" in capfd.readouterr().err


def test_a_failed_run_of_snakemake_ends_the_start_with_its_exit_code(capfd: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as end, folder_lock(), begun_run(CONFIG, Where(1)):
        run_snakemake(CONFIG, "--cores", "1", "--", "fails")
    assert end.value.code == 1
    said = capfd.readouterr().err
    assert "Error in rule fails" in said
    assert said.endswith(
        "\nThe run has stopped: 1 job failed.\n"
        "\nJob:   fails\nError: none.txt: cannot be made; make another\n  as a second line says\nLog:   fails.log\n"
        "\nNext:  mend what the error names, and start the same command again: it continues from here\n"
    )
    assert LOCK.read_text() == ""  # it ended by itself: nothing is to be unlocked


def test_a_job_that_a_second_attempt_mended_has_not_failed(capfd: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit), folder_lock(), begun_run(CONFIG, Where(1)):
        run_snakemake(CONFIG, "--cores", "1", "--keep-going", "--", *(f"none_{name}.txt" for name in "abcde"))
    _, _, said = capfd.readouterr().err.rpartition("\nThe run has stopped: ")
    assert said.startswith("5 jobs failed.\n\nJob:   fails_later (name ")
    assert said.count("Job: ") == said.count("Error: it wrote nothing; it may have been killed") == 3
    assert "retried" not in said
    assert "\nand 2 more jobs\n\nNext: " in said


def test_a_run_says_whether_there_was_anything_to_do() -> None:
    with folder_lock(), begun_run(CONFIG, Where(1)):
        assert [run_snakemake(CONFIG, "--cores", "1", "--", "dataset") for _ in range(2)] == [True, False]


def test_a_wrong_configuration_is_said_before_anything_is_touched() -> None:
    leave_locks()
    LOCK.write_text(f"{platform.node()} \n")
    CONFIG.write_text(CONFIG.read_text() + "\nshard: 3\n")
    with pytest.raises(InputError, match=r"config/config\.yaml: shard: unknown key"), begun_run(CONFIG, Where(1)):
        pass
    assert Path(".snakemake/locks/0.output.lock").is_file()


def configure_folder(rows: list[str], **more: object) -> Path:
    """Write a configuration for a folder with six videos, with rows of labels; return its path."""
    Path("videos").mkdir()
    for name in "abcdef":
        Path(f"videos/{name}.mp4").write_bytes(b"never read")
    Path("labels.csv").write_text("\n".join(["video_id,file,start,end,label", *rows]) + "\n")
    raw = {"run": "mine", "dataset": {"kind": "folder", "videos_dir": "videos", "labels": "labels.csv"}}
    raw |= {"weights": {"source": "random"}, "segments": {"folds": 2}, **more}
    Path("mine.yaml").write_text(json.dumps(raw))
    return Path("mine.yaml")


def start(program: str, *options: object) -> subprocess.CompletedProcess:
    """Run one of the project's programs in the present folder."""
    command = [sys.executable, ROOT / "scripts" / program, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


LABELLED = [
    *("a,a.mp4,0,9,signing", "b,b.mp4,0,9,signing", "c,c.mp4,0,9,speaking"),
    *("d,d.mp4,0,9,speaking", "e,e.mp4,0,9,other", "f,f.mp4,0,9,other"),
]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*LABELLED, "f,f.mp4,10,9,other"], "labels.csv:8: end 9 is not after start 10; a span ends after it starts"),
        (LABELLED[:3], "labels.csv: too few groups of speaking and other: `segments.folds` is 2, and every fold needs"),
        (["a,x.mp4,0,9,signing"], "labels.csv: none of its 1 videos has a readable file; the first would be"),
    ],
)
def test_wrong_labels_are_said_before_snakemake_starts(rows: list[str], message: str) -> None:
    configfile = configure_folder(rows)
    done = start("run_workflow.py", "run", "--configfile", configfile)
    assert (done.returncode, done.stdout) == (1, "")
    line, *notes = done.stderr.splitlines()
    assert line.startswith(f"error: {message}")
    assert all(note.startswith("  files without labels") for note in notes)
    assert start("describe_plan.py", "--configfile", configfile).stderr == done.stderr
    assert not Path(".snakemake/log").exists()


def test_a_plan_is_refused_where_labels_lie_past_the_end_of_their_video() -> None:
    configfile = configure_folder([*LABELLED, "a,a.mp4,9,5000,signing"])
    write_video(Path("videos/a.mp4"), 150)
    done = start("describe_plan.py", "--configfile", configfile)
    assert (done.returncode, done.stdout) == (1, "")
    head, line = done.stderr.splitlines()
    assert head == ("error: labels.csv: labels lie past the end of 1 video; give seconds of the video that is named:")
    assert line.startswith('  labels.csv:8: signing 9-5000 s, but video "a" (videos/a.mp4) ends at ')
    assert not Path("results").exists()


def test_videos_without_files_and_files_without_labels_are_said_first(capfd: pytest.CaptureFixture) -> None:
    configfile = configure_folder([*LABELLED, "g,A.MP4,0,9,other"])
    for number in range(7):
        Path(f"videos/spare{number}.mp4").touch()
    with folder_lock(), begun_run(configfile, Where(1)):
        pass
    first, second = capfd.readouterr().out.splitlines()
    hint = "g (videos/a.mp4 differs in capital and small letters; write its name exactly)"
    assert first == f"videos with labels but no file (1): {hint}"
    assert second.startswith("files without labels, ignored (7): videos/spare0.mp4, ")
    assert second.endswith("videos/spare4.mp4, and 2 more")


def test_excluded_videos_do_not_count() -> None:
    Path("excluded.txt").write_text("f\n")
    configfile = configure_folder(LABELLED, excluded_videos="excluded.txt")
    with pytest.raises(InputError, match="too few groups of other: "), begun_run(configfile, Where(1)):
        pass


def test_files_that_are_no_videos_are_counted_in_a_folder_of_downloads(capfd: pytest.CaptureFixture) -> None:
    Path("lab").mkdir()
    for name in ("plain000000.mp4", "plain000000.en.srt", "b.odd"):
        Path("lab", name).touch()
    raw = {"run": "mine", "dataset": {"kind": "signing-in-the-wild", "videos_dir": "lab"}}
    Path("mine.yaml").write_text(json.dumps(raw | {"weights": {"source": "random"}}))
    with folder_lock(), begun_run(Path("mine.yaml"), Where(1)):
        pass
    said = "files not known as videos by their suffix, ignored (2): lab/b.odd, lab/plain000000.en.srt\n"
    assert capfd.readouterr().out == said


def started_run(rule: str) -> subprocess.Popen:
    """Start a run of one rule in a separate process, and wait until its job works."""
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from signwild.upkeep.launch.folder_lock import folder_lock;"
        "from signwild.upkeep.launch.runs import Where, begun_run, run_snakemake;"
        "config = Path('config/config.yaml')\n"
        "with folder_lock(), begun_run(config, Where(1)): run_snakemake(config, '--cores', '1', '--', sys.argv[2])"
    )
    command = [sys.executable, "-c", code, str(ROOT / "scripts"), rule]
    start = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(300):
        if Path("waiting.txt").is_file() and Path("waiting.txt").read_text().strip():
            break
        time.sleep(0.1)
    return start


def test_a_start_that_is_told_to_end_ends_snakemake_and_its_jobs() -> None:
    start, waiting = started_run("waits"), Path("waiting.txt")
    # Snakemake waits for the jobs that it has started when it is told to end.
    start.terminate()
    time.sleep(1)
    assert start.poll() is None
    assert is_held()
    os.kill(int(waiting.read_text()), signal.SIGKILL)
    assert start.wait(timeout=60) != 0
    assert not Path("late.txt").exists()
    assert LOCK.read_text() == ""


def test_a_snakemake_whose_launcher_was_killed_keeps_the_lock() -> None:
    start, waiting = started_run("waits"), Path("waiting.txt")
    start.kill()
    start.wait()
    assert is_held()
    os.kill(int(waiting.read_text()), signal.SIGKILL)
    for _ in range(300):
        if not is_held():
            break
        time.sleep(0.1)
    assert not is_held()
    # It ended by itself, so it has removed its locks.
    assert not is_locked()


def test_a_start_that_is_told_to_end_after_the_last_job_starts_no_other_snakemake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def succeed_all_the_same(_: list[str]) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Path("waiting.txt").touch()
        time.sleep(1.5)
        sys.exit(0)

    def tell_to_end() -> None:
        while not Path("waiting.txt").exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(snakemake_runs, "main", succeed_all_the_same)
    teller = threading.Thread(target=tell_to_end)
    teller.start()
    with pytest.raises(SystemExit) as end:
        run_snakemake(CONFIG)
    teller.join()
    assert end.value.code == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("where", "options"),
    [(Where(3), ["--cores", "3"]), (Where(1, "slurm"), ["--workflow-profile", "profiles/slurm"])],
)
def test_a_cluster_s_profile_says_itself_how_many_jobs_work(where: Where, options: list[str]) -> None:
    assert where.options == options


def test_where_there_is_nothing_to_work_on_is_refused() -> None:
    with pytest.raises(InputError, match=r'no profile "sulrm": there is no profiles/sulrm/profile.yaml'):
        Where(1, "sulrm")
    with pytest.raises(InputError, match="CORES is 0"):
        Where(0)


def add_tool(folder: Path, name: str, script: str) -> None:
    """Write a program of this name into a folder of tools."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("age", "interval", "advice"),
    [
        ("300 sec", None, None),
        ("120 sec", None, None),
        ("60 sec", None, "write `slurm-init-seconds-before-status-checks: 20` into profiles/slurm/profile.yaml"),
        ("60 sec", 20, None),
        ("2 sec", None, "ask for a larger MinJobAge"),
    ],
)
def test_a_slurm_that_forgets_jobs_too_early_is_told_of(
    project: Path, monkeypatch: pytest.MonkeyPatch, age: str, interval: int | None, advice: str | None
) -> None:
    add_tool(project / "tools", "scontrol", f"echo 'MinJobAge               = {age}'")
    add_tool(project / "tools", "sacct", "exit 0")
    monkeypatch.setenv("PATH", f"{project}/tools:{os.environ['PATH']}")
    profile = Path("profiles/slurm/profile.yaml")
    if interval:
        profile.write_text(f"{profile.read_text()}\nslurm-init-seconds-before-status-checks: {interval}\n")
    note = status_check_note(profile)
    assert (note is None) if advice is None else note.endswith(f": {advice}.")


def name_of_job(run: str) -> str:
    """Return the name that the executor gives to the jobs of a run."""
    job = SimpleNamespace(resources={}, threads=1)
    names = ("slurm_logfile", "comment_str", "account", "partition", "workdir")
    call = shlex.split(get_submit_command(job, dict.fromkeys(names, "") | {"run_uuid": run}))
    return call[call.index("--job-name") + 1]


def test_only_this_folder_s_jobs_of_snakemake_are_cancelled(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = project.resolve()
    run = name_of_job("f6c1f7a2-3d0b-4c8e-9a55-0b1e2c3d4e5f")
    queue = [
        f"11 {run} {here}",
        f"12 {run} {here}/other",
        f"13 my_own_job {here}",
        f"14 {name_of_job(f'signs_{run}')} {here}",
        f"15 {run[:-1]} {here}",
    ]
    tools = project / "tools"
    add_tool(tools, "squeue", "cat <<'END'\n" + "\n".join(queue) + "\nEND")
    add_tool(tools, "scancel", f"echo $@ >> {project}/cancelled.txt")
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    assert cancel_jobs_of(Path()) == ["11", "14"]
    assert Path("cancelled.txt").read_text() == "11 14\n"
    add_tool(tools, "squeue", "echo slurm_load_jobs error >&2; exit 1")
    with pytest.raises(InputError, match=r"squeue: .*the jobs that the killed run left"):
        cancel_jobs_of(Path())

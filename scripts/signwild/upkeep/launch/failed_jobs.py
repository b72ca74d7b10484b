"""The end of a run that failed, on the terminal: which jobs failed, what each said, and what to do."""

from pathlib import Path

from signwild.base.attempts import FAILED
from signwild.base.text import MOST_LINES
from signwild.base.words import counted

MOST_JOBS = 3
"""Failed jobs that are described; others are counted."""

OURS = "error: "
"""Beginning of the last message of a program of the project that refuses bad input."""

NO_WORDS = "it wrote nothing; it may have been killed, for instance for lack of memory"


def failure_in_words(failed: list[dict]) -> list[str]:
    """Return lines that describe failed jobs; ``failed``: as in ``JobEvents``. The last lines say what to do."""
    lines = [f"The run has stopped: {counted(len(failed), 'job')} failed."]
    for job in failed[:MOST_JOBS]:
        wildcards = ", ".join(f"{name} {value}" for name, value in job["wildcards"].items())
        lines += ["", f"Job:   {job['rule_name']}{f' ({wildcards})' if wildcards else ''}"]
        log = job["log"][0] if job["log"] else ""
        first, *others = last_words(Path(log)) if log else [NO_WORDS]
        lines += [f"Error: {first}", *others, *([f"Log:   {log}"] if log else [])]
    if len(failed) > MOST_JOBS:
        lines += ["", f"and {counted(len(failed) - MOST_JOBS, 'more job')}"]
    return [*lines, "", "Next:  mend what the error names, and start the same command again: it continues from here"]


def last_words(log: Path) -> list[str]:
    """Return the message that a failed job ended with, as lines; where it gave none of ours, the log's last line."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return [NO_WORDS]
    # A progress bar returns to the beginning of its line.
    lines = [line.rpartition("\r")[2].rstrip() for line in text.replace("\r\n", "\n").rstrip().split("\n")]
    if FAILED.match(lines[-1]):
        lines = "\n".join(lines[:-1]).rstrip().split("\n")
    ours = [number for number, line in enumerate(lines) if line.startswith(OURS)]
    if ours:
        first, *others = lines[ours[-1] :]
        more = [f"  ... ({len(others) - MOST_LINES - 1:,} more lines)"] if len(others) > MOST_LINES + 1 else []
        return [first.removeprefix(OURS), *others[: MOST_LINES + 1], *more]
    return [f"the last line of its log is: {lines[-1].strip()}" if lines[-1].strip() else NO_WORDS]

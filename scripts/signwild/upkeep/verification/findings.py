"""Faults found in a run's results, and the commands that fix them."""

import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["damaged", "not up to date", "note"]
"""A file is not what was written; it is of other code or configuration, or was never made; no result depends on it."""

SHOWN_ONE_BY_ONE = 3
"""If more files of a folder have the same fault, they share a line."""


@dataclass(frozen=True)
class Finding:
    """One file and its fault.

    ``remove``: files to remove so that the next run makes the file again. ``copy``: a file, and where it belongs.
    ``needs``: a missing source video without which the file cannot be made again.
    """

    path: Path
    problem: str
    kind: Kind
    remove: tuple[Path, ...] = ()
    copy: tuple[Path, Path] | None = None
    needs: Path | None = None


def describe_findings(findings: Iterable[Finding]) -> list[str]:
    """Return one line per finding, each once; many files of one folder with the same fault share a line."""
    once = dict.fromkeys((finding.path, finding.problem, finding.kind) for finding in findings)
    alike = Counter((path.parent, problem, kind) for path, problem, kind in once)
    lines: dict[str, None] = {}
    for path, problem, kind in once:
        count = alike[path.parent, problem, kind]
        where = f"{path.parent}: {count} files, each" if count > SHOWN_ONE_BY_ONE else f"{path}:"
        lines[f"{kind}: {where} {problem}"] = None
    return list(lines)


def mending_commands(findings: Iterable[Finding], configfile: Path) -> list[str]:
    """Return the shell commands that fix all findings together, to be run from the working folder in this order.

    Files that need a missing source video are left alone, or the next run would do without that video.
    """
    config = f"CONFIG={shlex.quote(str(configfile))}"
    needed = sorted({str(finding.needs) for finding in findings if finding.needs})
    first = [
        f"# bring back {', '.join(needed)}",
        f"# (what was downloaded: make retry-downloads STATUS=gone {config}), then verify again",
    ]
    wrong = [finding for finding in findings if finding.kind != "note" and not finding.needs]
    copies = dict.fromkeys(finding.copy for finding in wrong if finding.copy)
    removed = sorted({path for finding in wrong for path in finding.remove if path.exists()})
    commands = [shlex.join(["cp", "--", *map(str, pair)]) for pair in copies]
    if removed:
        commands.append(shlex.join(["rm", "--", *map(str, removed)]))
    return [*(first if needed else []), *commands, *([f"make run {config}"] if wrong else [])]

"""Digest of what a run was planned from. A cluster's jobs read the workflow again, and must get the same plan.

Otherwise, Snakemake in the job would consider the run's results outdated, and start upstream work itself
(snakemake/snakemake#3234), alongside the jobs of the run.
"""

import os
import tokenize
from collections.abc import Iterable
from pathlib import Path

from signwild.base.digests import result_key
from signwild.base.errors import InputError

PLANNED = "SIGNWILD_PLANNED"
"""Environment variable with which a run passes the digest of its plan to its jobs."""

_NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def plan_digest(rule_files: Iterable[Path], *values: object) -> str:
    """Return the digest of the text of rules, without comments and layout, and of ``values`` (JSON values)."""
    return result_key([_words(path) for path in sorted(rule_files)], *values)


def refuse_another_plan(digest: str) -> None:
    """Pass ``digest`` to all jobs of this run; in a job, raise InputError if the run has another one."""
    if os.environ.setdefault(PLANNED, digest) != digest:
        raise InputError(
            "code, configuration or data were changed during the run, so this job does not start; "
            "start the workflow again: what is finished is kept, and the changes take effect"
        )


def _words(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [token.string for token in tokenize.tokenize(file.readline) if token.type not in _NOT_CODE]

"""A logger of Snakemake's that writes the jobs it plans to a file, as JSON, one job a line.

Snakemake finds it by its module's name on PYTHONPATH; ``signwild.upkeep.forecast.dry_run`` starts it and reads the
file.
"""

import json
from dataclasses import dataclass, field
from logging import LogRecord
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

KEPT = ("rule_name", "wildcards", "reason", "input", "output", "benchmark")


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Options of the command line: ``--logger-plan-path``."""

    path: Path = field(default=Path(), metadata={"help": "file for the planned jobs", "required": True})


class LogHandler(LogHandlerBase):
    """Writes each planned job when Snakemake tells of it."""

    def __post_init__(self) -> None:
        self._file = self.settings.path.open("a", buffering=1, encoding="utf-8")

    def emit(self, record: LogRecord) -> None:
        """Write the job that a record tells of; other records are left alone."""
        if getattr(record, "event", None) == LogEvent.JOB_INFO:
            job = {name: getattr(record, name) for name in KEPT}
            job["input"], job["output"] = ([str(path) for path in job[name]] for name in ("input", "output"))
            job["wildcards"] = dict(job["wildcards"] or {})
            self._file.write(json.dumps(job) + "\n")

    def close(self) -> None:
        """Bring the file to disk whole."""
        self._file.close()
        super().close()

    # No stream, or Snakemake would not say its errors itself; no file of its own kind, which would be named to users.
    writes_to_stream = False
    writes_to_file = False
    # A filter of our own, as the default one holds back what --quiet does.
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

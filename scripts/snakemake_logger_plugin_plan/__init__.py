"""Snakemake logger plugin that writes the planned jobs to a file as JSON, one job per line.

Snakemake finds it by its module name on PYTHONPATH; ``signwild.upkeep.forecast.dry_run`` starts it and reads the
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
    """Command line options: ``--logger-plan-path``."""

    path: Path = field(default=Path(), metadata={"help": "file for the planned jobs", "required": True})


class LogHandler(LogHandlerBase):
    """Log handler that writes each planned job when Snakemake reports it."""

    def __post_init__(self) -> None:
        self._file = self.settings.path.open("a", buffering=1, encoding="utf-8")

    def emit(self, record: LogRecord) -> None:
        """Write the job that a record describes; ignore other records."""
        if getattr(record, "event", None) == LogEvent.JOB_INFO:
            job = {name: getattr(record, name) for name in KEPT}
            job["input"], job["output"] = ([str(path) for path in job[name]] for name in ("input", "output"))
            job["wildcards"] = dict(job["wildcards"] or {})
            self._file.write(json.dumps(job) + "\n")

    def close(self) -> None:
        """Close the file, so it is complete on disk."""
        self._file.close()
        super().close()

    # Not a stream, or Snakemake would not print its errors itself; not a file, or Snakemake would name it to users.
    writes_to_stream = False
    writes_to_file = False
    # Our own filter, because the default one drops what --quiet hides.
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

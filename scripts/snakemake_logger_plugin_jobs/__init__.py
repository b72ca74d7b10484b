"""Snakemake logger plugin that writes the jobs of a run to a file as JSON: one line for each event of a job.

Snakemake finds it by its module name on PYTHONPATH; ``signwild.upkeep.job_events`` reads the file. A dry run
reports each job that it would run in the same way as a run reports those that it starts.
"""

import json
from dataclasses import dataclass, field
from logging import LogRecord
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

KEPT = ("rule_name", "wildcards", "reason", "input", "output", "log", "benchmark")


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Command line options: ``--logger-jobs-path``."""

    path: Path = field(default=Path(), metadata={"help": "file for the jobs", "required": True})


class LogHandler(LogHandlerBase):
    """Log handler that writes that a job is planned or started, that an attempt failed, and that it finished."""

    def __post_init__(self) -> None:
        self._file = self.settings.path.open("a", buffering=1, encoding="utf-8")

    def emit(self, record: LogRecord) -> None:
        """Write the event of a job that a record describes; ignore other records."""
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            job = {name: getattr(record, name) for name in KEPT}
            for name in ("input", "output", "log"):
                job[name] = [str(path) for path in job[name]]
            job["wildcards"] = dict(job["wildcards"] or {})
            self._write("job", record.jobid, **job)
        elif event == LogEvent.JOB_ERROR:
            self._write("failed", record.jobid)
        elif event == LogEvent.JOB_FINISHED:
            self._write("finished", record.job_id)

    def _write(self, event: str, number: int, **job: object) -> None:
        self._file.write(json.dumps({"event": event, "number": number, **job}) + "\n")

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

"""Fetching the authors' list of videos and their labels."""

from pathlib import Path

from signwild.cli.program import run_function
from signwild.configuration.sections.dataset import Source
from signwild.stages.dataset.authors_files import fetch_source_files, source_files


def fetch_source(folder: Path, parameters: Source, receipt: Path) -> None:
    """Fetch the authors' list of videos and their labels, and verify each file by its git blob hash.

    ``receipt``: a table of the files. Raises InputError if one cannot be fetched or is another file.
    """
    files = source_files(folder, parameters.list_blob, parameters.labels_blob)
    fetch_source_files(files, parameters.url, receipt)


if __name__ == "__main__":
    run_function(fetch_source, lock="receipt")

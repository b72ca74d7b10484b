"""Known facts about the paper: its numbers, its data set, and the size of the data set."""

import hashlib
from collections.abc import Collection
from pathlib import Path

import pandas as pd
import yaml

from signwild.base.errors import InputError
from signwild.base.paper_facts import ATTRITION, VIDEOS
from signwild.configuration.sections.dataset import GROUNDTRUTH_BLOB
from signwild.stages.dataset.authors_files import git_blob
from signwild.stages.tables.layout import COLUMNS
from signwild.stages.weights.prepare_weights import IMAGENET_FILES

SOURCE = "source"
"""Key of a row whose numbers are not the paper's; its value describes their source."""


def read_paper_results(path: Path | str, experiments: Collection[str] | None = None) -> dict[str, dict[str, dict]]:
    """Read the paper's numbers: table -> experiment -> column -> number.

    Numbers that are not the paper's have a ``source`` that describes where they come from.
    If ``experiments`` is given, the name of an experiment that is not among them is an error.
    """
    try:
        tables = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; it holds the paper's numbers") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: is not YAML: {error}") from error
    if not isinstance(tables, dict) or not all(isinstance(rows, dict) for rows in tables.values()):
        raise InputError(f"{path}: is not of the form table: experiment: column: number")
    for table, rows in tables.items():
        for experiment, numbers in rows.items():
            place = f"{path}: {table}: {experiment}"
            if experiments is not None and experiment not in experiments:
                raise InputError(f"{place}: unknown experiment; known are {', '.join(sorted(experiments))}")
            if not isinstance(numbers, dict):
                raise InputError(f"{place}: name columns and their numbers, such as {{loss: 0.5037}}")
            check_columns(place, [name for name in numbers if name != SOURCE], COLUMNS)
            for column, number in numbers.items():
                if column == SOURCE:
                    if not isinstance(number, str):
                        raise InputError(f"{place}: {SOURCE}: {number!r} is not text; say whose numbers these are")
                elif isinstance(number, bool) or not isinstance(number, int | float):
                    raise InputError(f"{place}: {column}: {number!r} is not a number")
    return tables


def check_columns(place: str, columns: Collection[str], known: Collection[str]) -> None:
    """Check that a table can have these columns; ``place`` is for the message."""
    unknown = [name for name in columns if name not in known]
    if unknown:
        raise InputError(f"{place}: unknown column {unknown[0]!r}; columns are {', '.join(known)}")


def is_groundtruth(path: Path) -> bool:
    """Return whether a file of labels is byte for byte the authors' file; False for a missing file."""
    if not path.is_file():
        return False
    return git_blob(path) == GROUNDTRUTH_BLOB


def is_imagenet(path: Path) -> bool:
    """Return whether a file of weights is Keras's; checks its name first, as reading half a gigabyte takes a second."""
    md5 = {file.name: file.checksum for file in IMAGENET_FILES.values()}.get(path.name)
    if md5 is None or not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == md5


def attrition(dataset: Path | None) -> list[str]:
    """Return why the usable videos of a run cannot represent all of the paper's; nothing if enough are left.

    ``dataset``: the statistics of the data set (tables/dataset.csv), whose total has the number of usable videos;
    None if the videos are not the paper's, which another reason states.
    """
    if dataset is None:
        return []
    videos = int(pd.read_csv(dataset).set_index("class").loc["total", "videos"])
    return [f"attrition: {videos:,} of {VIDEOS:,} videos"] if videos < ATTRITION * VIDEOS else []

"""The configurations of the two runs that the shipped detector comes from."""

from pathlib import Path
from typing import Any

from signwild.base.errors import InputError
from signwild.configuration.settings import load_settings, read_yaml
from signwild.plan.run import SHIPPED_EXPERIMENTS
from signwild.upkeep.derived.values import with_changes, write_configuration

SOURCE = Path("config/starter.yaml")
STARTER, BY_PERSON = Path("results/starter.yaml"), Path("results/starter_by_person.yaml")
BY_PERSON_RUN = "starter_by_person"


def write_starter(clips: Path) -> tuple[Path, Path]:
    """Write the configurations of the runs with folds by source and by person, and return their paths.

    ``clips``: folder of videos with their labels.csv. Raises InputError if there is none.
    """
    labels = clips / "labels.csv"
    if not labels.is_file():
        raise InputError(f"{labels}: no such file; make starter CLIPS=folder, with videos and their labels.csv")
    data = {"dataset.videos_dir": str(clips), "dataset.labels": str(labels)}
    _write(data | {"detection.scores_beside": BY_PERSON_RUN}, STARTER)
    _write(data | {"run": BY_PERSON_RUN, "segments.group_by": "person"}, BY_PERSON)
    return STARTER, BY_PERSON


def _write(changes: dict[str, Any], path: Path) -> None:
    content = with_changes(read_yaml(SOURCE), changes)
    load_settings(content, str(path), SHIPPED_EXPERIMENTS)
    write_configuration(content, str(SOURCE), path)

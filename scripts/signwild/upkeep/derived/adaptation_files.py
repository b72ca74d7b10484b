"""The files of a run that adapts a detector to a user's labelled videos: its configuration and its experiments."""

from pathlib import Path

from signwild.configuration.settings import load_settings, read_yaml
from signwild.exported.model import read_detector
from signwild.plan.dataset import check_dataset
from signwild.plan.run import SHIPPED_EXPERIMENTS
from signwild.upkeep.derived.adaptation import adaptation_configuration, adaptation_experiments, check_adaptable
from signwild.upkeep.derived.values import write_configuration

ADAPTATIONS = Path("results/adaptations")
"""Folder of the files, a folder for each of the users' configurations."""


def write_adaptation(configfile: Path, model: Path, folder: Path) -> Path:
    """Write the two files to ``folder``, and return the configuration's path.

    Videos, labels and folds come from the user's ``configfile``, the rest from the detector in the folder ``model``.
    Raises InputError for bad input.
    """
    user, detector = read_yaml(configfile), read_detector(model)
    experiments_file, path = folder / "experiments.yaml", folder / "configuration.yaml"
    origin = f"{configfile} and {model}"
    # Errors in the user's file are reported for that file, before anything is derived from it.
    settings = load_settings(user, str(configfile), SHIPPED_EXPERIMENTS)
    check_adaptable(user, str(configfile), detector)
    check_dataset(settings.configuration, str(configfile))
    content = adaptation_configuration(user, detector, experiments_file)
    experiments = adaptation_experiments(user, detector, detector.variant(None))
    write_configuration(experiments, origin, experiments_file)
    load_settings(content, str(configfile), SHIPPED_EXPERIMENTS)
    write_configuration(content, origin, path)
    return path

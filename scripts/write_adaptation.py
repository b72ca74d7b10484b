"""Write the configuration of a run that adapts a detector to your own labelled videos.

    python scripts/write_adaptation.py config/mine.yaml --model detectors/starter --output-dir results/adaptations/mine

Videos, labels and folds come from the given configuration, the rest from the detector. `make adapt` runs the result.
"""

from pathlib import Path

from signwild.cli.program import run_function
from signwild.configuration.settings import load_settings, read_yaml
from signwild.exported.folder import STARTER
from signwild.exported.model import read_detector
from signwild.plan.dataset import check_dataset
from signwild.plan.run import SHIPPED_EXPERIMENTS
from signwild.upkeep.derived.adaptation import adaptation_configuration, adaptation_experiments, check_adaptable
from signwild.upkeep.derived.values import write_configuration


def write_adaptation(
    configfile: Path, /, *, output_dir: Path, model: Path = STARTER, variant: str | None = None
) -> None:
    """Write the configuration of a run that adapts a detector to your own labelled videos."""
    user, detector = read_yaml(configfile), read_detector(model)
    experiments_file, path = output_dir / "experiments.yaml", output_dir / "configuration.yaml"
    origin = f"{configfile} and {model}"
    # Errors in the user's file are reported for that file, before anything is derived from it.
    settings = load_settings(user, str(configfile), SHIPPED_EXPERIMENTS)
    check_adaptable(user, str(configfile), detector)
    check_dataset(settings.configuration, str(configfile))
    content = adaptation_configuration(user, detector, experiments_file)
    experiments = adaptation_experiments(user, detector, detector.variant(variant))
    write_configuration(experiments, origin, experiments_file)
    load_settings(content, str(configfile), SHIPPED_EXPERIMENTS)
    write_configuration(content, origin, path)


if __name__ == "__main__":
    run_function(write_adaptation, description=__doc__)

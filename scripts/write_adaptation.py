"""Write the configuration of a run that adapts a detector to your own labelled videos.

    python scripts/write_adaptation.py config/mine.yaml --model detectors/starter --output-dir results/adaptations/mine

Videos, labels and folds come from the given configuration, the rest from the detector. `make adapt` runs the result.
"""

import argparse
from pathlib import Path

from cli import program, run
from signwild.configuration.settings import load_settings, read_yaml
from signwild.exported.folder import STARTER
from signwild.exported.model import read_detector
from signwild.plan.dataset import check_dataset
from signwild.plan.run import SHIPPED_EXPERIMENTS
from signwild.upkeep.derived.adaptation import adaptation_configuration, adaptation_experiments, check_adaptable
from signwild.upkeep.derived.values import write_configuration


def work(args: argparse.Namespace) -> None:
    """Write the two files."""
    user, detector = read_yaml(args.configfile), read_detector(args.model)
    experiments_file, path = args.output_dir / "experiments.yaml", args.output_dir / "configuration.yaml"
    origin = f"{args.configfile} and {args.model}"
    # Errors in the user's file are reported for that file, before anything is derived from it.
    settings = load_settings(user, str(args.configfile), SHIPPED_EXPERIMENTS)
    check_adaptable(user, str(args.configfile), detector)
    check_dataset(settings.configuration, str(args.configfile))
    content = adaptation_configuration(user, detector, experiments_file)
    experiments = adaptation_experiments(user, detector, detector.variant(args.variant))
    write_configuration(experiments, origin, experiments_file)
    load_settings(content, str(args.configfile), SHIPPED_EXPERIMENTS)
    write_configuration(content, origin, path)


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("configfile", type=Path, help="configuration with your videos and labels")
    parser.add_argument("--model", type=Path, default=STARTER, help="the detector's folder, else detectors/starter")
    parser.add_argument("--variant", help="which of the detector's variants is adapted; else its first")
    parser.add_argument("--output-dir", type=Path, required=True, help="folder of the two files that are written")
    run(parser, work)

"""Export the detectors of a finished run to one folder with everything that detect_signing.py needs."""

import argparse
from pathlib import Path

from pydantic import TypeAdapter

from cli import program, run
from signwild.base.shards import shard_paths
from signwild.configuration.sections.detection import Exported
from signwild.stages.detection.beside import read_run_scores, read_scores_beside
from signwild.stages.detection.export_detector import export_detector
from signwild.stages.detection.members import Member
from signwild.stages.weights.receipt import read_receipt


def work(args: argparse.Namespace) -> None:
    """Write the folder."""
    run_folder, other = args.results, args.scores_beside
    scores = [read_run_scores(run_folder.name, run_folder / "tables/detection.csv")]
    if other:
        rests_on = {name for detector in args.exported.detectors for name in (detector.name, *detector.members)}
        scores.append(read_scores_beside(run_folder, run_folder.with_name(other), sorted(rests_on)))
    export_detector(
        args.exported,
        args.members,
        read_receipt(args.weights),
        args.decisions,
        scores,
        args.samples,
        run_folder / "segments/segments.parquet",
        run_folder / "tables/dataset.csv",
        args.store,
        args.about.read_text(encoding="utf-8") if args.about else "",
        args.output_dir,
    )


if __name__ == "__main__":
    parser = program(__doc__)
    members = TypeAdapter(dict[str, Member]).validate_json
    exported = Exported.model_validate_json
    parser.add_argument("--exported", type=exported, required=True, help="JSON: what the run says of its detectors")
    parser.add_argument("--members", type=members, required=True, help="JSON: their trained experiments, by name")
    parser.add_argument("--weights", type=Path, required=True, help="receipt of the weights of VGG-16")
    parser.add_argument("--decisions", type=Path, required=True, help="decisions.json of the evaluation")
    parser.add_argument("--results", type=Path, required=True, help="the run's folder, with its tables")
    parser.add_argument("--scores-beside", metavar="RUN", help="another run, whose scores the card shows too")
    parser.add_argument("--about", type=Path, help="Markdown file that the card includes")
    parser.add_argument("--samples", type=shard_paths, required=True, help="resample manifests of all shards")
    parser.add_argument("--store", type=Path, required=True, help="folder of the permanent store")
    parser.add_argument("--output-dir", type=Path, required=True, help="the detector's folder")
    run(parser, work, output="output_dir")

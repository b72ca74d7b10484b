"""Summaries of a run on the terminal: its tables, its videos, its detector, and where everything is."""

import json
import shlex
from collections import Counter
from pathlib import Path

from signwild.base.files import read_table, read_tables
from signwild.base.terminal_tables import print_tables
from signwild.configuration.sections.experiments.learning_curve import LEARNING_CURVE
from signwild.exported.model import read_detector
from signwild.plan.detection import detection_tables
from signwild.plan.run import Plan
from signwild.stages.dataset.prepare_dataset import shard_names
from signwild.stages.download.failures import FAILURES
from signwild.stages.learning_curve.compare_shares import last_steps, read_curve
from signwild.stages.statistics.describe_attrition import group_of
from signwild.upkeep.derived.adaptation import TABLE


def print_run(plan: Plan, configfile: Path, is_new: bool) -> None:
    """Print where a run's results are, and before that, if any is new, its tables, as wide as the terminal."""
    results = Path("results") / plan.run
    if is_new:
        names = [*plan.table_files(), *plan.claim_files(), *detection_tables(plan)]
        print_tables(Path(name) for name in names if name.endswith(".md"))
    else:
        print("Nothing was to be done: all results are up to date.")
    print(f"Report:  {results}/report/index.html")
    _print_videos(plan, results, configfile)
    print(f"Tables:  {results}/tables (CSV, Markdown, LaTeX); `cat {results}/tables/*.md` shows them")
    print(f"Figures: {results}/figures (sample frames, predictions, timelines, t-SNE, confusion matrices, curves)")
    print("MLflow:  `make ui`, then the address that it prints")


def _print_videos(plan: Plan, results: Path, configfile: Path) -> None:
    shards = shard_names(plan.settings.configuration.shards)
    videos = read_tables([results / f"resample/{shard}.tsv" for shard in shards])
    failed = videos[videos["status"] != "ok"]
    left_out = read_table(results / "dataset/left_out.tsv")
    groups = Counter(group_of(status) for status in [*failed["status"], *left_out["status"]])
    others = "".join(f", {count} {group}" for group, count in groups.items())
    print(f"Videos:  {len(videos) - len(failed)} used{others}")
    for video in failed.itertuples():
        print(f"         {video.video_id}: {video.status}, {video.reason}")
    if set(failed["status"]) & {name for name, failure in FAILURES.items() if failure.kind != "lost"}:
        command = f"make retry-downloads CONFIG={shlex.quote(str(configfile))}"
        print(f"         `{command}` requests those again that failed for a temporary reason")


def print_detector(plan: Plan) -> None:
    """Print where a run's exported detector is, its variants, and how to use it."""
    detector = read_detector(Path("results") / plan.run / "detector")
    if detector.model.not_comparable:
        print(f"Note:     {'; '.join(detector.model.not_comparable)}: model_card.md says what that means")
    print(f"Detector: {detector.folder} ({detector.identity})")
    print(f"Variants: {', '.join(variant.name for variant in detector.model.variants)}; the first is the default")
    print(f"Use:      make detect VIDEO=talk.mp4 MODEL={detector.folder} OUT=found_{plan.run}")


def print_adaptation(plan: Plan) -> None:
    """Print what adapting a detector gained on held-out videos, whether more would help, and how to use it."""
    results = Path("results") / plan.run
    about = json.loads((results / f"tables/{TABLE}.json").read_text(encoding="utf-8"))
    print(about["notes"][0])
    curve = read_curve(results / f"tables/{LEARNING_CURVE}.csv")
    print("\n".join(last_steps(curve, plan.settings.configuration.segments.group_by)))
    print(f"Report:  {results}/report/index.html")
    print(f"Use:     make detect VIDEO=talk.mp4 MODEL={results}/detector OUT=found_{plan.run}")

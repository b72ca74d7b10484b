"""Print the results of a run: its tables, its videos, and where everything is."""

import argparse
import shlex
from collections import Counter
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import read_table, read_tables
from signwild.base.terminal import print_tables
from signwild.cli.options import HELP
from signwild.cli.program import program, run
from signwild.plan.detection import detection_tables
from signwild.plan.run import read_plan
from signwild.stages.dataset.prepare_dataset import shard_names
from signwild.stages.download.failures import FAILURES
from signwild.stages.statistics.describe_attrition import group_of


def work(args: argparse.Namespace) -> None:
    """Print the summary, as wide as the terminal."""
    plan = read_plan(args.configfile)
    results = Path("results") / plan.run
    tables = [
        Path(name)
        for name in [*plan.table_files(), *plan.claim_files(), *detection_tables(plan)]
        if name.endswith(".md")
    ]
    manifests = [results / "resample" / f"{shard}.tsv" for shard in shard_names(plan.settings.configuration.shards)]
    left_out = results / "dataset/left_out.tsv"
    gone = next((path for path in [*tables, *manifests, left_out] if not path.exists()), None)
    if gone:
        raise InputError(f"{gone}: is not there yet; start `make run CONFIG={args.configfile}` first")
    print_tables(tables)
    videos = read_tables(manifests)
    failed = videos[videos["status"] != "ok"]
    print(f"Report:  {results}/report/index.html")
    groups = Counter(group_of(status) for status in [*failed["status"], *read_table(left_out)["status"]])
    others = "".join(f", {count} {group}" for group, count in groups.items())
    print(f"Videos:  {len(videos) - len(failed)} used{others}")
    for video in failed.itertuples():
        print(f"         {video.video_id}: {video.status}, {video.reason}")
    if set(failed["status"]) & {name for name, failure in FAILURES.items() if failure.kind != "lost"}:
        command = f"make retry-downloads CONFIG={shlex.quote(str(args.configfile))}"
        print(f"         `{command}` asks again for those that failed for a passing reason")
    print(f"Tables:  {results}/tables (CSV, Markdown, LaTeX)")
    print(f"Figures: {results}/figures (sample frames, predictions, timelines, t-SNE, confusion matrices, curves)")
    print("MLflow:  `make ui`, then the address that it prints")


if __name__ == "__main__":
    parser = program(__doc__)
    parser.add_argument("--configfile", type=Path, required=True, help=HELP["configfile"])
    run(parser, work)

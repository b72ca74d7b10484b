"""Print what a review took and what stood of the proposals: minutes of work an hour of video, kept, moved, rejected."""

from pathlib import Path

import pandas as pd

from signwild.annotation.review.work_log import KINDS, read_log
from signwild.base.files import write_text, written_whole
from signwild.base.terminal_tables import print_tables
from signwild.cli.program import run_function

HEADS = {
    "file": "file",
    "video_min": "video, min",
    "work_min": "work, min",
    "work_min_per_video_hour": "work, min an hour of video",
    **{kind: kind for kind in KINDS},
    "stood_share": "stood",
}
"""Columns of the table, and what they are called on the terminal."""


def report_review(out: Path = Path("review")) -> None:
    """Print what a review took and what stood of the proposals.

    ``out``: the folder of the review's log, in which review_report.csv and .md are written.
    """
    table = read_log(out)
    stem = out / "review_report"
    with written_whole(stem.with_suffix(".csv")) as temporary:
        table.round(4).to_csv(temporary, index=False, lineterminator="\n")
    write_text(stem.with_suffix(".md"), _markdown(table))
    print_tables([stem.with_suffix(".md")])
    print(f"Files:   {stem}.csv and .md")


def _markdown(table: pd.DataFrame) -> str:
    shown = table.assign(
        stood_share=table["stood_share"].map("{:.0%}".format, na_action="ignore"),
        **{name: table[name].map("{:.1f}".format, na_action="ignore") for name in HEADS if "_min" in name},
    ).fillna("–")
    rows = [" | ".join(str(row[name]).replace("|", "\\|") for name in HEADS) for row in shown.to_dict("records")]
    body = "\n".join(f"| {row} |" for row in rows)
    head = f"| {' | '.join(HEADS.values())} |\n|---{'|--:' * (len(HEADS) - 1)}|"
    return f"What the review took, and what stood of the proposals\n\n{head}\n{body}\n"


if __name__ == "__main__":
    run_function(report_review)

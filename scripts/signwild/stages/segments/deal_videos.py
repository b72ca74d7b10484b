"""Folds by video: the same segments as a run's, dealt anew so that a person's videos may be in several folds."""

from pathlib import Path

import pandas as pd

from signwild.base.files import written_whole
from signwild.cli.program import run_function
from signwild.stages.segments.cut_segments import SEGMENT_COLUMNS
from signwild.stages.segments.folds import deal_folds


def deal_videos(segments_file: Path, folds: int, seed: int, output: Path) -> None:
    """Write the segments of ``segments_file`` with folds by video, in the same form: the group is the video.

    ``folds``, ``seed``: as for the folds of the run. Raises InputError if a fold lacks a class.
    """
    dealt = deal_folds(pd.read_parquet(segments_file), folds, seed)
    with written_whole(output) as temporary:
        dealt[SEGMENT_COLUMNS].to_parquet(temporary, index=False)


if __name__ == "__main__":
    run_function(deal_videos, lock="output")

"""Preparation of MediaPipe's networks of body and hands."""

from pathlib import Path

import pandas as pd

from signwild.base.files import write_table
from signwild.cli.program import run_function
from signwild.keys.descriptors import POSE_NETWORKS
from signwild.stages.weights.packaged_pose import FOLDER, packaged_pose


def prepare_pose(receipt: Path) -> None:
    """Fetch MediaPipe's networks of body and hands from the package index if they are missing, and list them.

    ``receipt``: a table with the columns file and sha256. Raises InputError if they are not available.
    """
    folder = packaged_pose(FOLDER)
    rows = [[folder / Path(member).name, digest] for member, digest in POSE_NETWORKS.items()]
    write_table(receipt, pd.DataFrame(rows, columns=["file", "sha256"]))


if __name__ == "__main__":
    run_function(prepare_pose, lock="receipt")

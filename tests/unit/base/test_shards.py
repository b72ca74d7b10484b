"""A path of every shard as one word, and back."""

from pathlib import Path

import pytest

from signwild.base.shards import fold_paths, shard_paths
from signwild.stages.dataset.prepare_dataset import shard_names


@pytest.mark.parametrize(("shards", "word"), [(1, "0"), (2, "{0..1}"), (11, "{00..10}"), (2000, "{0000..1999}")])
def test_paths_of_all_shards_are_one_word_and_come_back(shards: int, word: str) -> None:
    paths = [f"results/run_0/it's here/{name}.0.tsv" for name in shard_names(shards)]
    assert fold_paths(paths) == f"results/run_0/it's here/{word}.0.tsv"
    assert shard_paths(fold_paths(paths)) == [Path(path) for path in paths]


def test_paths_of_some_shards_are_no_word() -> None:
    with pytest.raises(ValueError, match="not the paths of all shards in order"):
        fold_paths(["dataset/0.tsv", "dataset/2.tsv"])

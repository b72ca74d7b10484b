"""Paths of all shards as one argument, ``resample/{00..50}.tsv``: a list of thousands outgrows a command line."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated


def fold_paths(paths: Sequence[str]) -> str:
    """Return the paths of all shards, in order, as one argument, with the first and the last name in braces."""
    if len(paths) == 1:
        return paths[0]
    before, after = _shared(paths), _shared([path[::-1] for path in paths])
    first, last = (path[before : len(path) - after] for path in (paths[0], paths[-1]))
    folded = f"{paths[0][:before]}{{{first}..{last}}}{paths[0][len(paths[0]) - after :]}"
    if shard_paths(folded) != [Path(path) for path in paths]:
        raise ValueError(f"not the paths of all shards in order: {paths[0]} to {paths[-1]}")
    return folded


def _shared(texts: Sequence[str]) -> int:
    """Return how many leading characters all texts share."""
    return len(os.path.commonprefix(texts))  # noqa: RUF071, by characters is what is wanted


def shard_paths(text: str) -> list[Path]:
    """Return the paths behind an argument that ``fold_paths`` made; a path without braces stands for itself."""
    match = re.fullmatch(r"(.*)\{(\d+)\.\.(\d+)\}(.*)", text)
    if match is None:
        return [Path(text)]
    before, first, last, after = match.groups()
    return [Path(f"{before}{number:0{len(first)}d}{after}") for number in range(int(first), int(last) + 1)]


ShardPaths = Annotated[list[Path], shard_paths]
"""Paths of a file of all shards; on a command line one word, which ``fold_paths`` made."""

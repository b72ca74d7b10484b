"""Checks of a run's segments and folds: cut as samples and labels require, and no group in two folds."""

import pandas as pd

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.plan.training import dealt_files
from signwild.stages.dataset.groups import group_videos
from signwild.stages.dataset.sample_labels import label_samples
from signwild.stages.segments.cut_segments import SEGMENT_COLUMNS, segment_starts
from signwild.stages.segments.folds import deal_folds, grouped_by
from signwild.upkeep.verification.findings import Finding
from signwild.upkeep.verification.inspection import Inspection
from signwild.upkeep.verification.manifests import Videos

FOLD_COLUMNS = ["video_id", "group", "fold"]


def read_segments(look: Inspection, videos: Videos) -> pd.DataFrame | None:
    """Return the run's segments, checked against samples, labels and folds; None if they cannot be read."""
    chain = look.segments_chain()
    segments = look.read_parquet(chain[0], SEGMENT_COLUMNS, chain)
    folds = look.read_table(chain[1], FOLD_COLUMNS, chain, {"fold": int})
    frozen_file = look.folder / "frozen_folds.tsv"
    if segments is None or folds is None:
        return segments
    wanted = look.plan.settings.configuration.segments
    if segments["fold"].nunique() != wanted.folds:
        look.report(chain[0], "has another number of folds than the configuration", chain, "not up to date")
        return None
    if grouped_by(folds) != {wanted.group_by}:
        look.report(chain[0], f"has folds that are not by {wanted.group_by}", chain, "not up to date")
        return None
    if len(videos.read) == len(look.shards):
        _check_cut(look, segments, videos)
    tables_agree = _check_folds(look, segments, folds)
    # Frozen folds cannot be made again; the folds that the run used are a copy of them.
    copy = (chain[1], frozen_file) if tables_agree else None
    frozen = look.read_table(frozen_file, FOLD_COLUMNS, (), {"fold": int}) if frozen_file.exists() else None
    used = folds[FOLD_COLUMNS].merge(segments[["video_id"]].drop_duplicates())
    if not frozen_file.exists():
        look.findings.append(Finding(frozen_file, "is not there", "damaged", () if copy else chain, copy))
    elif frozen is None or not _keeps_groups(frozen) or len(used.merge(frozen)) != len(used):
        problem = "does not match the folds of the segments, or has a group in two folds"
        look.findings.append(Finding(frozen_file, problem, "damaged", () if copy else (frozen_file, *chain), copy))
    return segments


def read_dealt(look: Inspection, segments: pd.DataFrame) -> pd.DataFrame | None:
    """Return the segments with folds by video, and check their file; None if no experiment reads them, or none fit."""
    wanted = look.plan.settings.configuration.segments
    for path in map(look.located, dealt_files(look.plan)):
        found = look.read_parquet(path, SEGMENT_COLUMNS, (path,))
        try:
            dealt = deal_folds(segments, wanted.folds, wanted.seed)
        except InputError as error:
            look.report(path, str(error).partition(";")[0], (path,))
            return None
        if found is not None and not found[SEGMENT_COLUMNS].equals(dealt[SEGMENT_COLUMNS]):
            look.report(path, "does not have the segments of the run, dealt by video", (path,), "not up to date")
        return dealt
    return None


def _check_cut(look: Inspection, segments: pd.DataFrame, videos: Videos) -> None:
    """Check that segments are those that samples and labels give, and start where enough samples follow."""
    chain, parameters = look.segments_chain(), look.plan.settings.configuration.segments
    spans = dict(list(videos.spans.groupby("video_id")))
    groups = group_videos(videos.listed, parameters.group_by).to_dict()
    cut = dict(list(segments.groupby("video_id")))
    for video in videos.usable.itertuples():
        samples, own = look.samples(video.key), cut.pop(video.video_id, segments[:0])
        if samples is None:
            continue
        frames = samples["frame"].to_numpy()
        classes = label_samples(samples, spans.get(video.video_id, videos.spans[:0]))
        starts = segment_starts(classes, samples["stretch"].to_numpy(), parameters.length, parameters.stride)
        possible = frames[: max(len(frames) - parameters.length + 1, 0)]
        if not own["start_frame"].isin(possible).all():
            look.report(chain[0], f"has a segment without {parameters.length} samples in a row", chain)
        wanted = sorted((frames[start], CLASSES[classes[start]]) for start in starts)
        if sorted(zip(own["start_frame"], own["label"], strict=True)) != wanted:
            look.report(chain[0], "has other segments than samples and labels yield", chain)
        if (own["group"] != groups.get(video.video_id)).any():
            look.report(chain[0], "has a video in another group than the data set", chain)
    if cut:
        look.report(chain[0], "has segments of a video that is not usable", chain)


def _check_folds(look: Inspection, segments: pd.DataFrame, folds: pd.DataFrame) -> bool:
    """Check that each group is in one fold and the folds' table is the segments'; returns whether all is right."""
    chain = look.segments_chain()
    problems = {
        chain[0]: None if _keeps_groups(segments) else "has a group in two folds: it is trained on and evaluated",
        chain[1]: None if _keeps_groups(folds) else "has a group in two folds",
    }
    of_segments = segments[FOLD_COLUMNS].drop_duplicates()
    if problems[chain[1]] is None and len(of_segments.merge(folds)) != max(len(folds), len(of_segments)):
        problems[chain[1]] = "does not have the folds of the segments"
    for path, problem in problems.items():
        if problem:
            look.report(path, problem, chain)
    return not any(problems.values())


def _keeps_groups(table: pd.DataFrame) -> bool:
    """Return whether each group is in one fold only."""
    return bool((table.groupby("group")["fold"].nunique() == 1).all())

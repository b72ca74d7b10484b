"""Pictures of segments and of whole videos: their programs on real files, and the content of the pictures."""

import json
import subprocess
from pathlib import Path

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from made_features import LENGTH, Features
from made_results import made_predictions
from made_videos import Shard, write_video
from matplotlib.colors import to_rgb
from places import rule_program

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.configuration.sections.experiments.feature_source import FeatureSource
from signwild.drawing.colors import CLASS_COLORS
from signwild.stages.figures.draw_timelines import draw_timelines
from signwild.stages.illustration.draw_tsne import Panel, embed
from signwild.stages.resample.samples import read_samples

FRAME_COLORS = {"signing": (190, 40, 40), "speaking": (40, 170, 60), "other": (200, 60, 200)}


def run(name: str, **options: object) -> subprocess.CompletedProcess:
    """Run a program with these options."""
    command = [str(part) for option, value in options.items() for part in (f"--{option.replace('_', '-')}", value)]
    return subprocess.run([*rule_program(name), *command], text=True, capture_output=True)


def share(path: Path, color: object) -> float:
    """Return the share of a picture that has about a certain colour."""
    picture = matplotlib.image.imread(path)[..., :3]
    return float((np.abs(picture - color).max(axis=2) < 0.06).mean())


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Shard:
    """Three videos, each of one colour, with their segments and predictions."""
    folder = tmp_path_factory.mktemp("shard")
    made, paths = Shard(folder), []
    for name, color in FRAME_COLORS.items():
        paths.append(write_video(folder / f"{name}.mp4", np.full((70, 64, 96, 3), color, np.uint8)))
    found = made.resample(*paths)
    rows = []
    for fold, name in enumerate(CLASSES):
        frames = read_samples(made.store, found.loc[f"{name}.mp4", "key"])["frame"]
        rows += [[f"{name}.mp4", name, int(frames[k]), name, fold] for k in (0, 5)]
    segments = pd.DataFrame(rows, columns=["video_id", "group", "start_frame", "label", "fold"])
    segments.to_parquet(folder / "segments.parquet")
    table = made_predictions(videos=3, segments=2, skill=50)
    segments = segments.sort_values(["video_id", "start_frame"], ignore_index=True)
    table[["video_id", "start_frame", "label"]] = segments[["video_id", "start_frame", "label"]]
    table[list(PROBABILITIES)] = np.eye(3)[[CLASSES.index(label) for label in table["label"]]] * 0.7 + 0.1
    table.to_parquet(folder / "right.parquet")
    table.loc[table["label"] == "other", list(PROBABILITIES)] = [0.1, 0.8, 0.1]
    table.to_parquet(folder / "wrong.parquet")
    return made


def sources(shard: Shard) -> dict[str, object]:
    return {
        "downloads": shard.folder / "downloads.tsv",
        "resampled": shard.manifest,
        "store": shard.store,
        "length": LENGTH,
    }


def test_figure_1_shows_frames_of_every_class(shard: Shard, tmp_path: Path) -> None:
    options = {"run": "made", "segments_file": shard.folder / "segments.parquet", **sources(shard)}
    for name in ("one.png", "again.png"):
        done = run("illustration.draw_classes", **options, output=tmp_path / name)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    shares = [share(tmp_path / "one.png", np.array(color) / 255) for color in FRAME_COLORS.values()]
    assert min(shares) > 0.02
    assert shares == pytest.approx([shares[0]] * 3, rel=0.02)


def test_figure_4_shows_right_ones_and_mistakes(shard: Shard, tmp_path: Path) -> None:
    red = to_rgb("#b00020")
    for name in ("right", "wrong"):
        options = {"predictions_file": shard.folder / f"{name}.parquet", **sources(shard)}
        done = run("illustration.draw_segments", **options, output=tmp_path / f"{name}.png")
        assert done.returncode == 0, done.stderr
    heights = {name: len(matplotlib.image.imread(tmp_path / f"{name}.png")) for name in ("right", "wrong")}
    assert heights["wrong"] > heights["right"]  # two right ones and two mistakes, against three right ones
    assert share(tmp_path / "wrong.png", red) > 0 == share(tmp_path / "right.png", red)


def test_a_video_that_is_gone_is_one_clear_error(shard: Shard, tmp_path: Path) -> None:
    path = shard.folder / "other.mp4"
    hidden = path.rename(shard.folder / "hidden.mp4")
    try:
        options = {"run": "made", "segments_file": shard.folder / "segments.parquet", **sources(shard)}
        done = run("illustration.draw_classes", **options, output=tmp_path / "one.png")
    finally:
        hidden.rename(path)
    assert done.returncode == 1
    assert done.stderr.strip().startswith(f"error: {path}: gone or changed")
    assert not (tmp_path / "one.png").exists()


def windows(labels: list[str], predicted: list[str], times: np.ndarray) -> pd.DataFrame:
    """Write a table of windows of one video."""
    table = pd.DataFrame({"video_id": "a", "fold": 0, "frame": range(len(times)), "time_s": times, "label": labels})
    table[list(PROBABILITIES)] = np.eye(3)[[CLASSES.index(name) for name in predicted]] * 0.7 + 0.1
    return table


def segments(folder: Path) -> Path:
    """A file of segments by which the video of ``windows`` is chosen."""
    path = folder / "segments.parquet"
    pd.DataFrame({"video_id": ["a"], "label": ["signing"]}).to_parquet(path)
    return path


def drawn(table: Path, picture: Path) -> None:
    """Draw a table of windows."""
    draw_timelines([table], "mean", segments(table.parent), 6, "made", picture)


def bands(path: Path) -> dict[str, list[int]]:
    """Return, for each row of pixels, the columns in which each class's colour fills a band."""
    picture = matplotlib.image.imread(path)[..., :3]
    found = {}
    for name, color in CLASS_COLORS.items():
        own = np.abs(picture - to_rgb(color)).max(axis=2) < 0.02
        found[name] = own.sum(axis=1).tolist()
    return found


def test_timelines_show_truth_and_prediction_and_leave_gaps_open(tmp_path: Path) -> None:
    times = np.arange(40) / 5
    truth = ["signing"] * 10 + [""] * 10 + ["other"] * 20
    for name, table in {
        "all": windows(["signing"] * 40, ["signing"] * 40, times),
        "gap": windows(truth, ["speaking"] * 40, times),
    }.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
        drawn(tmp_path / f"{name}.parquet", tmp_path / f"{name}.png")
    full = max(bands(tmp_path / "all.png")["signing"])
    rows = bands(tmp_path / "gap.png")
    assert max(rows["speaking"]) == pytest.approx(full, rel=0.01)
    band = rows["signing"].index(max(rows["signing"])) + 5
    assert rows["signing"][band] == pytest.approx(full / 4, rel=0.03)
    assert rows["other"][band] == pytest.approx(full / 2, rel=0.03)
    inputs = {"windows_files": tmp_path / "gap.parquet", "rule": "mean", "segments_file": segments(tmp_path)}
    done = run("figures.draw_timelines", **inputs, timelines=2, title="made", output=tmp_path / "again.png")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "gap.png").read_bytes()


def test_timelines_show_the_chosen_videos_with_the_most_classes_first(tmp_path: Path) -> None:
    times = np.arange(40) / 5
    tables = [windows(["signing"] * 40, [name] * 40, times) for name in ("signing", "speaking")]
    both = pd.concat([tables[0], tables[1].assign(video_id="b")], ignore_index=True)
    both.to_parquet(tmp_path / "windows.parquet")
    chosen = pd.DataFrame({"video_id": ["a", "b", "b"], "label": ["signing", "signing", "other"]})
    chosen.to_parquet(tmp_path / "segments.parquet")
    for count, name in ((1, "one"), (2, "two")):
        inputs = [tmp_path / "windows.parquet"], "mean", tmp_path / "segments.parquet", count, "made"
        draw_timelines(*inputs, tmp_path / f"{name}.png")
    assert max(bands(tmp_path / "one.png")["speaking"]) > 500
    heights = [matplotlib.image.imread(tmp_path / f"{name}.png").shape[0] for name in ("one", "two")]
    assert heights[1] > 1.4 * heights[0]


def test_timelines_of_a_variable_rate_are_whole_and_missing_samples_are_not(tmp_path: Path) -> None:
    times = np.arange(40) / 5
    widths = {}
    for name, moved in {
        "even": times,
        "uneven": times + 0.03 * (np.arange(40) % 3 > 0),
        "missing": np.delete(times, range(10, 20)),
    }.items():
        windows(["signing"] * len(moved), ["signing"] * len(moved), moved).to_parquet(tmp_path / "windows.parquet")
        drawn(tmp_path / "windows.parquet", tmp_path / f"{name}.png")
        widths[name] = max(bands(tmp_path / f"{name}.png")["signing"])
    assert widths["uneven"] == pytest.approx(widths["even"], rel=0.01)
    assert widths["missing"] == pytest.approx(0.75 * widths["even"], rel=0.02)


def test_near_features_are_near_in_the_plane_and_the_same_each_time() -> None:
    random = np.random.default_rng(1)
    centres = 30 * random.normal(size=(3, 80))
    vectors = np.concatenate([centre + random.normal(size=(20, 80)) for centre in centres]).astype(np.float32)
    points = embed(vectors)
    assert points.tolist() == embed(vectors).tolist()
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + 1e9 * np.eye(60)
    assert (distances.argmin(axis=1) // 20 == np.arange(60) // 20).all()
    assert embed(vectors[:4]).shape == (4, 2)


def test_tsne_has_a_panel_for_each_source_of_features(tmp_path: Path) -> None:
    made = Features(tmp_path).make()
    source = FeatureSource(stream="rgb", layer="fc1")
    panel = Panel(name="rgb", source=source, manifest=made.manifest).model_dump(mode="json")
    options = {"panels": json.dumps([panel] * 2), "title": "made", "segments_file": made.segments}
    options |= {"length": LENGTH, "store": made.store}
    done = run("illustration.draw_tsne", **options, output=tmp_path / "two.png")
    assert done.returncode == 0, done.stderr
    height, width, _ = matplotlib.image.imread(tmp_path / "two.png").shape
    assert width / height == pytest.approx(2 * 5.2 / 5.8, rel=0.01)

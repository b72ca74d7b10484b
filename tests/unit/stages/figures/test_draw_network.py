"""Figures 2 and 3: they follow the configuration, no words overlap, and the same framework gives the same bytes."""

import itertools
import json
import subprocess
from pathlib import Path

import h5py
import keras
import matplotlib.image
import numpy as np
import pytest
import yaml
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from places import ROOT, rule_program

from signwild.configuration.sections.network import Network
from signwild.configuration.settings import load_settings
from signwild.plan.network import network_definition
from signwild.plan.run import Plan
from signwild.stages.features.vgg16 import build_extractor
from signwild.stages.figures.draw_network import (
    Framework,
    code_size,
    drawn_layers,
    framework_figure,
    input_words,
    unrolled_figure,
)
from signwild.stages.streams.kinds import stream_writer
from signwild.stages.streams.stream_files import read_stream
from signwild.stages.training.network import build_network
from signwild.stages.weights.receipt import PreparedWeights

PROGRAM = rule_program("figures.draw_network")

BARE = {
    "cell": "lstm",
    "layers": 3,
    "units": 1024,
    "cell_dropout": 0.0,
    "batch_normalisation": False,
    "dense_units": 0,
    "dropout": 0.0,
}
EXPERIMENTS = {
    "bare": {"stream": "difference", "layer": "block5_gap", "network": BARE},
    "profiles_rnn": {"descriptor": "profiles", "network": {"layers": 1}},
    "still": {"stream": "rgb", "network": {"cell": "statistics", "dense_units": 0}},
    "pose_rnn": {"descriptor": "pose", "network": {"layers": 1, "units": 64}},
    "mixed": {"fuse": ["rgb", "bare", "profiles_rnn", "pose_rnn"], "rule": "product"},
    "all": {"fuse": ["rgb", "flow", "mhi", "difference"], "rule": "max"},
}


def frameworks(folder: Path, **values: object) -> dict[str, Framework]:
    """Return the frameworks of the shipped experiments and of those above, for a run with these values."""
    content = yaml.safe_load((ROOT / "config/experiments.yaml").read_text())
    content["experiments"] |= EXPERIMENTS
    (folder / "experiments.yaml").write_text(yaml.safe_dump(content))
    plan = Plan(
        load_settings({"run": "mine", "dataset": {"kind": "demo"}} | values, "my.yaml", folder / "experiments.yaml")
    )
    names = ["rgb", "rgb_flow", "lstm_3", *EXPERIMENTS]
    return {name: Framework.model_validate_json(network_definition(plan, name)) for name in names}


def words_of(figure) -> dict[str, int]:
    """Count each text in a figure; fail if two overlap, or one leaves the figure or the box that it is in."""
    FigureCanvasAgg(figure).draw()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_figure() is figure]
    boxes = [(words, box) for words, box in boxes if not set(words) <= set("01234567.89−")]  # of the hidden axes
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        assert not first.overlaps(second), f"{one!r} and {other!r}"
    for words, box in boxes:
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1, words
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1, words
        for outline in (patch.get_transform().transform_path(patch.get_path()) for patch in figure.axes[0].patches):
            if outline.contains_point(box.corners().mean(axis=0)):
                assert outline.contains_points(box.corners()).all(), words
    found = [words for words, _ in boxes]
    return {words: found.count(words) for words in found}


def test_no_words_overlap_and_all_are_inside(tmp_path: Path) -> None:
    short = {"segments": {"length": 2, "stride": 2}, "weights": {"source": "random"}, "resample": {"image_size": 64}}
    packaged, widest = {"weights": {"source": "packaged", "fc1": "random"}}, ["rgb_flow", "mixed"]
    for values, names in (({}, None), (short, widest), (packaged, widest)):
        made = frameworks(tmp_path, **values)
        for name in names or made:
            words_of(framework_figure(made[name]))
            words_of(unrolled_figure(made[name]))


def test_the_framework_says_what_is_fused_and_with_which_sizes(tmp_path: Path) -> None:
    words = words_of(framework_figure(frameworks(tmp_path)["rgb_flow"]))
    assert words["224 × 224 × 3"] == words["224 × 224 × 30"] == 1
    assert words["20 × 4,096"] == 2
    assert words["GRU, 256 units\ndropout 0.3 on inputs"] == 4
    assert words["batch normalisation"] == words["dense, 64 ReLU"] == words["dropout 0.4"] == 2
    assert words["decision fusion: mean"] == 1
    assert words["VGG-16\nup to fc1\n\nImageNet weights"] == 2


def test_what_is_switched_off_is_not_drawn(tmp_path: Path) -> None:
    made = frameworks(tmp_path, weights={"source": "random"}, segments={"length": 4, "stride": 4})
    words = words_of(framework_figure(made["bare"]))
    assert words["LSTM, 1,024 units"] == 3
    assert not any("dropout" in text or "fusion" in text or "normalisation" in text for text in words)
    assert words["VGG-16\nup to block 5,\nchannel means\n\nrandom weights"] == 1
    mixed = words_of(framework_figure(made["mixed"]))
    assert mixed["decision fusion: product"] == 1
    assert mixed["4 × 460"] == 1
    assert mixed["faces and\npolar motion\nprofiles"] == 1
    assert mixed["4 × 47"] == 1
    assert mixed["person's\npoints"] == 1


def test_the_unrolled_network_shows_its_layers_and_the_ends_of_its_timesteps(tmp_path: Path) -> None:
    made = frameworks(tmp_path)
    words = words_of(unrolled_figure(made["rgb_flow"]))
    assert words["GRU\n256"] == 2 * 5
    assert [text for text in words if text.startswith("$x_{")] == [f"$x_{{{step}}}$" for step in (1, 2, 3, 19, 20)]
    assert words["rgb, flow: 2 GRU layers of 256 units, 20 timesteps"] == 1
    mixed = words_of(unrolled_figure(made["mixed"]))
    assert mixed["LSTM\n1,024"] == 3 * 5
    assert mixed["profiles: 1 GRU layer of 256 units, 20 timesteps"] == 1
    still = words_of(unrolled_figure(made["still"]))
    assert still["rgb: statistics, 20 timesteps"] == 1
    assert still["$x_i$: 4,096 values a sample; $y$: 12,288 values"] == 1
    assert not any("layer" in text or "dropout" in text for text in still)


@pytest.mark.parametrize("network", [{}, {"cell": "lstm", "layers": 3}, {**BARE, "units": 8}])
def test_the_drawn_layers_are_those_that_are_built(network: dict) -> None:
    parameters = Network(**network)
    built = build_network(parameters, 4, 10).layers[1:]  # without the input
    drawn = drawn_layers(parameters)
    assert [trained for _, trained in drawn] == [bool(layer.trainable_variables) for layer in built]
    assert [words[:4].lower().strip(", ") for words, _ in drawn[: parameters.layers]] == [
        parameters.cell
    ] * parameters.layers


def test_the_drawn_layers_of_statistics_are_those_that_are_built() -> None:
    parameters = Network(cell="statistics")
    built = build_network(parameters, 4, 10).layers[1:]
    assert [trained for _, trained in drawn_layers(parameters)] == [bool(one.trainable_variables) for one in built]


STREAMS = [
    {"kind": "flow"},
    {"kind": "flow", "before": 4, "after": 5, "wrap_around": True},
    {"kind": "mhi"},
    {"kind": "difference"},
    {"kind": "difference", "form": "sum"},
]


@pytest.mark.parametrize("stream", STREAMS, ids=str)
def test_channels_are_those_of_the_streams(stream: dict, tmp_path: Path) -> None:
    made = frameworks(tmp_path, streams={stream["kind"]: stream})["all"].branches
    branch = next(branch for branch in made if branch.stream.kind == stream["kind"])
    with h5py.File(tmp_path / "clip.h5", "w") as file:
        clip, group = file.create_group("clip"), file.create_group("stream")
        clip["grey"] = np.random.default_rng(0).integers(0, 255, (20, 32, 32), np.uint8)
        clip["centres"] = [6, 12]
        clip["breaks"] = np.empty(0, np.int64)
        stream_writer(branch.stream)(clip, group)
        images = read_stream(group, np.arange(2))
    words, channels = input_words(branch)
    assert images.shape[-1] == channels
    assert str({"flow": 10, "mhi": 5, "difference": 5}[stream["kind"]]) in words


def test_sizes_of_codes_are_those_of_the_network(tmp_path: Path) -> None:
    branch = frameworks(tmp_path)["rgb"].branches[0]
    layers = ["fc1", "block5", "block5_gap"]
    sizes = {layer: code_size(branch.model_copy(update={"layer": layer}), 64) for layer in layers}
    model = build_extractor(PreparedWeights("random", "", "caffe", 0), 64, 3, layers, False, False, "float32")
    assert sizes == {layer: output.shape[-1] for layer, output in model.output.items()}
    keras.backend.clear_session()


def test_the_program_draws_both_with_repeatable_bytes(tmp_path: Path) -> None:
    made = frameworks(tmp_path)
    for name, folder in (("rgb_flow", "one"), ("rgb_flow", "again"), ("mixed", "other")):
        options = ["--framework", made[name].model_dump_json(), "--figures", tmp_path / folder]
        subprocess.run([*PROGRAM, *options], check=True)
    assert sorted(path.name for path in (tmp_path / "one").glob("*.png")) == ["figure_2.png", "figure_3.png"]
    for name in ("figure_2.png", "figure_3.png"):
        first = (tmp_path / "one" / name).read_bytes()
        assert first == (tmp_path / "again" / name).read_bytes() != (tmp_path / "other" / name).read_bytes()
        assert b"Software" not in first
        assert matplotlib.image.imread(tmp_path / "one" / name).shape[1] > 700


def test_the_plan_shows_the_first_fusion_or_else_the_first_network() -> None:
    def plan(**values: object) -> Plan:
        raw = {"run": "mine", "dataset": {"kind": "demo"}, **values}
        return Plan(load_settings(raw, "my.yaml", ROOT / "config/experiments.yaml"))

    assert plan().shown_experiment() == "rgb_flow"
    assert plan(tables=["table_1"]).shown_experiment() == "rgb_block5"
    assert [Path(path).name for path in plan().network_files()] == ["figure_2.png", "figure_3.png"]
    definition = json.loads(network_definition(plan(weights={"source": "mine.npz"}), "rgb"))
    assert ([branch["weights"] for branch in definition["branches"]], definition["rule"]) == (["own weights"], None)
    packaged = plan(weights={"source": "packaged", "fc1": "random"})
    for name, weights in (("rgb", "torchvision's weights\nrandom fc1"), ("rgb_block5", "torchvision's weights")):
        assert json.loads(network_definition(packaged, name))["branches"][0]["weights"] == weights

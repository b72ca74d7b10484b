"""A configuration becomes settings, or one error that names the file, every wrong key and the remedy."""

from pathlib import Path

import pytest
import yaml
from places import ROOT

from signwild.base.errors import InputError
from signwild.configuration.settings import Settings, load_settings, read_yaml, resolved_yaml

SHIPPED = ROOT / "config/experiments.yaml"

SMALLEST = {"run": "mine", "dataset": {"kind": "demo"}}

EXPERIMENTS = {
    "experiments": {
        "rgb": {"stream": "rgb"},
        "flow": {"stream": "flow"},
        "deep": {"stream": "rgb", "layer": "block5"},
        "both": {"fuse": ["rgb", "flow"]},
        "again": {"stream": "rgb", "network": {"layers": 2}},
        "videos": {"descriptor": "profiles", "classifier": {"kind": "svm"}, "unit": "video"},
        "both_again": {"fuse": ["rgb", "flow"], "rule": "mean"},
    },
    "tables": {
        "layers": {"caption": "Layers", "columns": ["loss"], "rows": [{"label": "deep", "experiment": "deep"}]},
        "fused": {"caption": "Fusion", "columns": ["loss"], "rows": [{"label": "both", "experiment": "both"}]},
    },
}
SECTIONS = ("experiments", "tables", "learning_curve")


class Files:
    """A configuration and a file of experiments in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rows.yaml"

    def load(self, added: dict | None = None, **values: object) -> Settings:
        """Load a configuration with these values; ``added`` goes into the file of experiments and tables."""
        content = {section: EXPERIMENTS.get(section, {}) | (added or {}).get(section, {}) for section in SECTIONS}
        content = {section: entries for section, entries in content.items() if entries}
        self.path.write_text(yaml.safe_dump(content, sort_keys=False))
        raw = {name: value for name, value in (SMALLEST | values).items() if value is not None}
        return load_settings(raw, "my.yaml", self.path)

    def errors(self, added: dict | None = None, **values: object) -> list[str]:
        """Return the lines of the error that these values raise, with ROWS for the path of the file of experiments."""
        with pytest.raises(InputError) as caught:
            self.load(added, **values)
        return str(caught.value).replace(str(self.path), "ROWS").splitlines()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A folder to write configurations in."""
    return Files(tmp_path)


def test_defaults_are_the_papers_text() -> None:
    settings = load_settings(SMALLEST, "my.yaml", SHIPPED)
    configuration = settings.configuration
    resample, segments = configuration.resample, configuration.segments
    assert (resample.image_size, resample.max_seconds) == (224, 400)
    assert (resample.sample_rate, resample.max_samples) == (5, 2000)
    assert (segments.length, segments.stride, segments.folds) == (20, 20, 5)
    rgb = settings.experiments["rgb"]
    assert (rgb.layer, rgb.network.cell, rgb.network.layers, rgb.network.units) == ("fc1", "gru", 2, 256)
    training = rgb.training
    assert (training.batch_size, training.learning_rate, training.epochs, training.patience) == (32, 0.001, 500, 10)
    assert not training.class_weights
    assert configuration.weights.source == "imagenet"
    assert set(settings.tables) == {
        *("table_1", "table_1_two_folds", "table_2", "table_2_time", "table_3", "table_3_two_folds"),
        *("table_4", "table_4_two_folds"),
        *("table_5", "table_5_older", "table_5_videos", "table_6", "table_7"),
        *("table_8", "table_8_time"),
    }
    assert len(configuration.faces["ensemble"].detectors) == 5
    profiles = settings.descriptors["profiles"]
    assert (profiles.angular_bins, profiles.radial_bins) == (360, 100)
    baseline = settings.experiments["baseline"]
    assert (baseline.classifier.kind, baseline.classifier.components, baseline.unit) == ("svm", 6, "segment")
    assert {stream.kind for stream in settings.streams.values()} == {"rgb", "flow", "mhi", "difference"}


@pytest.mark.parametrize("path", [*sorted((ROOT / "config").glob("config*.yaml")), ROOT / "tests/micro.yaml"], ids=str)
def test_shipped_configurations_load(path: Path) -> None:
    settings = load_settings(read_yaml(path), str(path), SHIPPED)
    assert settings.tables
    assert settings.trained


def test_a_table_of_two_folds_has_experiments_of_its_own(files: Files) -> None:
    table = {"caption": "Two folds", "columns": ["loss"], "rows": [{"label": "RGB", "experiment": "rgb"}]}
    settings = files.load({"tables": {"two": {**table, "protocol": "two_folds"}}}, tables=["two", "layers"])
    assert list(settings.experiments) == ["deep", "rgb_two_folds"]
    assert settings.tables["two"].experiments == ["rgb_two_folds"]
    assert settings.experiments["rgb_two_folds"].protocol == "two_folds"
    assert settings.experiments["deep"].protocol == "cross_validation"


def test_a_table_of_two_folds_is_of_networks(files: Files) -> None:
    rows = [{"label": name, "experiment": name} for name in ("rgb", "both")]
    table = {"caption": "Two folds", "columns": ["loss"], "protocol": "two_folds", "rows": rows}
    assert files.errors({"tables": {"two": table}}) == [
        "ROWS: tables.two: 'both' trains no network; leave out `protocol: two_folds`"
    ]
    taken = {"experiments": {"rgb_two_folds": {"stream": "rgb"}}, "tables": {"two": {**table, "rows": rows[:1]}}}
    assert files.errors(taken) == [
        "ROWS: experiments.rgb_two_folds: 'rgb' under protocol two_folds has this name; rename it"
    ]


def test_protocols_are_not_mixed(files: Files) -> None:
    two = {"stream": "rgb", "protocol": "two_folds"}
    rows = [{"label": name, "experiment": name} for name in ("two", "flow")]
    mixed = {
        "experiments": {"two": two, "fused": {"fuse": ["two", "flow"]}},
        "tables": {"mixed": {"caption": "Mixed", "columns": ["loss"], "rows": rows}},
    }
    assert files.errors(mixed) == [
        "ROWS: experiments.fused.fuse: its experiments differ in protocol; fuse those of one protocol",
        "ROWS: tables.mixed.rows: two_folds evaluates other segments than cross_validation; give it its own table",
    ]


def test_a_row_may_be_under_another_protocol_than_its_table(files: Files) -> None:
    rows = [{"label": name, "experiment": name} for name in ("fused", "rgb")]
    dealt = [{"label": f"{name} dealt", "experiment": name, "protocol": "by_video"} for name in ("fused", "svm")]
    own = {
        "experiments": {"fused": {"fuse": ["rgb", "flow"]}, "svm": {"stream": "rgb", "classifier": {"kind": "svm"}}},
        "tables": {"splits": {"caption": "Splits", "columns": ["loss"], "rows": rows + dealt, "reference": "rgb"}},
    }
    settings = files.load(own, tables=["splits"])
    table = settings.tables["splits"]
    assert table.experiments == ["fused", "rgb", "fused_by_video", "svm_by_video"]
    assert settings.experiments["fused_by_video"].fuse == ["rgb_by_video", "flow_by_video"]
    assert {name: settings.protocol(name) for name in settings.experiments} == {
        **dict.fromkeys(("rgb", "flow", "fused"), "cross_validation"),
        **dict.fromkeys(("fused_by_video", "rgb_by_video", "flow_by_video", "svm_by_video"), "by_video"),
    }
    assert [table.name_of(row) for row in table.rows] == ["fused", "rgb", "fused_by_video", "svm_by_video"]
    assert [table.counterpart_of(row) for row in table.rows] == [None, None, "fused", None]
    assert settings.showable == ["fused", "rgb", "flow"]


def test_what_does_not_go_together_in_a_table_is_refused(files: Files) -> None:
    def problems(of_row: str, **values: object) -> list[str]:
        rows = [{"label": "RGB", "experiment": "rgb", "protocol": of_row}, {"label": "flow", "experiment": "flow"}]
        return files.errors({"tables": {"mixed": {"caption": "Mixed", "columns": ["loss"], "rows": rows} | values}})

    two = "ROWS: tables.mixed.rows: two_folds evaluates other segments than {}; give it its own table"
    assert problems("two_folds") == [two.format("cross_validation")]
    assert problems("by_video", protocol="two_folds") == [two.format("by_video")]
    assert problems("by_video", reference="rgb") == [
        "ROWS: tables.mixed.reference: no row has the experiment 'rgb' under the table's protocol"
    ]
    assert "'cross_validation', 'two_folds' or 'by_video'" in problems("by_person")[0]


@pytest.mark.parametrize("section", [{"report": {"experiment": "dealt"}}, {"detection": {"experiments": ["dealt"]}}])
def test_what_is_on_folds_by_video_is_neither_shown_nor_a_detector(files: Files, section: dict) -> None:
    own = {
        "experiments": {"dealt": {"stream": "rgb", "protocol": "by_video"}},
        "tables": {"own": {"caption": "Own", "columns": ["loss"], "rows": [{"label": "a", "experiment": "dealt"}]}},
    }
    with pytest.raises(InputError, match=r"'dealt' is neither trained by this run.*on other folds than by video"):
        files.load(own, tables=["own", "layers"], **section)


def test_names_of_the_workflows_own_tables_are_taken(files: Files) -> None:
    table = {"caption": "Mine", "columns": ["loss"], "rows": [{"label": "RGB", "experiment": "rgb"}]}
    assert files.errors({"tables": {"claims": table}}) == [
        "ROWS: tables.claims: the workflow writes a table of this name itself; rename yours"
    ]


def test_table_4_is_one_line_a_row() -> None:
    settings = load_settings(SMALLEST, "my.yaml", SHIPPED)
    rows = {row.label: settings.experiments[row.experiment] for row in settings.tables["table_4"].rows}
    assert len(rows) == 17
    rates = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert [rows[f"dropout layer, rate {rate}"].network.dropout for rate in rates] == rates
    assert [rows[f"GRU dropout, rate {rate}"].network.cell_dropout for rate in rates] == rates
    proposed = rows["proposed model"]
    assert rows["dropout layer, rate 0.4"] == rows["GRU dropout, rate 0.3"] == proposed
    assert not rows["no batch normalisation"].network.batch_normalisation
    assert rows["no dropout layer"].network.dropout == rows["no GRU dropout"].network.cell_dropout == 0
    assert rows["no classifier fc1 layer"].network.dense_units == 0
    changed = [row for row in rows.values() if row != proposed]
    assert all(row.model_copy(update={"network": proposed.network}) == proposed for row in changed)
    assert len({row.model_dump_json() for row in changed}) == 14


BAD_VALUES = {
    "misspelt key": ({"shrads": 3}, "shrads: unknown key; did you mean 'shards'?"),
    "misspelt key of a section": (
        {"resample": {"image_sise": 64}},
        "resample.image_sise: unknown key; did you mean 'image_size'?",
    ),
    "misspelt key of the data set": (
        {"dataset": {"kind": "demo", "secnds": 3.0}},
        "dataset.secnds: unknown key; did you mean 'seconds'?",
    ),
    "misspelt key of a stream": (
        {"streams": {"flow": {"kind": "flow", "win_size": 9}}},
        "streams.flow.win_size: unknown key; did you mean 'winsize'?",
    ),
    "misspelt key of the network": (
        {"network": {"cell_droput": 0.1}},
        "network.cell_droput: unknown key; did you mean 'cell_dropout'?",
    ),
    "misspelt key of the training": (
        {"training": {"pacience": 3}},
        "training.pacience: unknown key; did you mean 'patience'?",
    ),
    "preset of another algorithm": (
        {"streams": {"flow": {"kind": "flow", "dis_preset": "fast"}}},
        "streams.flow: algorithm farneback does not read dis_preset; leave it out",
    ),
    "parameters of another algorithm": (
        {"streams": {"flow": {"kind": "flow", "algorithm": "dis", "levels": 2, "winsize": 9}}},
        "streams.flow: algorithm dis does not read levels, winsize; leave it out",
    ),
    "key like no other": ({"zzz": 1}, "zzz: unknown key; config/README.md lists the keys"),
    "text for a number": ({"shards": "three"}, "shards: Input should be a valid integer (it is 'three')"),
    "number too small": (
        {"resample": {"image_size": 31}},
        "resample.image_size: Input should be greater than or equal to 32 (it is 31)",
    ),
    "word that is none of the list": ({"network": {"cell": "rnn"}}, "network.cell: Input should be 'gru', 'lstm' or"),
    "value for a section": ({"segments": 5}, "segments: Input should be"),
    "value for the network": ({"network": 3}, "network: Input should be a valid dictionary (it is 3)"),
    "unknown kind of data set": (
        {"dataset": {"kind": "folders"}},
        "dataset.kind: unknown kind 'folders'; did you mean 'folder'?",
    ),
    "no kind of data set": ({"dataset": {}}, "dataset.kind: missing; see config/README.md"),
    "data set without its folder": (
        {"dataset": {"kind": "folder", "labels": "labels.csv"}},
        "dataset.videos_dir: missing; see config/README.md",
    ),
    "no run": ({"run": None}, "run: missing; see config/README.md for what it means"),
    "no data set": ({"dataset": None}, "dataset: missing"),
    "run with a slash": ({"run": "a/b"}, "run: String should match pattern"),
    "run that leaves its folder": ({"run": ".."}, "run: String should match pattern"),
    "name of a stream": ({"streams": {"my-flow": {"kind": "flow"}}}, "streams.my-flow: String should match"),
    "no seed": ({"seeds": []}, "seeds: List should have at least 1 item"),
    "unknown table": (
        {"tables": ["layer"]},
        "tables: no table 'layer' in ROWS; did you mean 'layers'?",
    ),
}


def table(column: str = "loss", experiment: str = "rgb") -> dict:
    """A table of one row."""
    return {"caption": "", "columns": [column], "rows": [{"label": "x", "experiment": experiment}]}


BAD_EXPERIMENTS = {
    "unknown stream": (
        {"stream": "flwo"},
        "experiments.new.stream: no stream 'flwo' in my.yaml; did you mean 'flow'?",
    ),
    "nothing to read": ({}, "experiments.new: reads a stream or a descriptor: name one of the two"),
    "two things to read": ({"stream": "rgb", "descriptor": "profiles"}, "experiments.new: reads a stream or a descri"),
    "layer of a descriptor": ({"descriptor": "profiles", "layer": "fc1"}, "experiments.new: a layer belongs to a str"),
    "unknown descriptor": (
        {"descriptor": "profile"},
        "experiments.new.descriptor: no descriptor 'profile' in my.yaml; did you mean 'profiles'?",
    ),
    "unknown classifier": (
        {"descriptor": "profiles", "classifier": {"kind": "svn"}},
        "experiments.new.classifier.kind: unknown kind 'svn'; did you mean 'svm'?",
    ),
    "misspelt key of a classifier": (
        {"descriptor": "profiles", "classifier": {"kind": "svm", "gama": [1.0]}},
        "experiments.new.classifier.gama: unknown key; did you mean 'gamma'?",
    ),
    "classifier with a network": (
        {"descriptor": "profiles", "classifier": {"kind": "svm"}, "network": {}},
        "experiments.new.network: unknown key",
    ),
    "fusion of whole videos": (
        {"fuse": ["rgb", "videos"]},
        "experiments.new.fuse: no experiment 'videos' that can be fused",
    ),
    "fusion of none": (
        {"fuse": ["rgb", "flwo"]},
        "experiments.new.fuse: no experiment 'flwo' that can be fused; did you mean 'flow'?",
    ),
    "fusion of a fusion": ({"fuse": ["rgb", "both"]}, "experiments.new.fuse: no experiment 'both' that can be fused"),
    "fusion of itself": ({"fuse": ["rgb", "new"]}, "experiments.new.fuse: no experiment 'new' that can be fused"),
    "fusion of one": ({"fuse": ["rgb"]}, "experiments.new.fuse: List should have at least 2 items"),
    "misspelt key": ({"stream": "rgb", "leyer": "fc1"}, "experiments.new.leyer: unknown key; did you mean 'layer'?"),
    "misspelt key of the network": (
        {"stream": "rgb", "network": {"unit": 3}},
        "experiments.new.network.unit: unknown key; did you mean 'units'?",
    ),
    "misspelt key of a fusion": (
        {"fuse": ["rgb", "flow"], "rul": "mean"},
        "experiments.new.rul: unknown key; did you mean 'rule'?",
    ),
    "network that is a number": ({"stream": "rgb", "network": 3}, "experiments.new.network: Input should be"),
    "a word": ("rgb", "experiments.new: Input should be"),
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_a_wrong_value_is_one_clear_error(name: str, files: Files) -> None:
    values, message = BAD_VALUES[name]
    lines = files.errors(**values)
    assert len(lines) == 1
    assert lines[0].startswith(f"my.yaml: {message}")


@pytest.mark.parametrize("name", BAD_EXPERIMENTS)
def test_a_wrong_experiment_is_one_clear_error(name: str, files: Files) -> None:
    entry, message = BAD_EXPERIMENTS[name]
    lines = files.errors({"experiments": {"new": entry}})
    assert len(lines) == 1
    assert lines[0].startswith(f"ROWS: {message}")


def test_a_wrong_table_is_one_clear_error(files: Files) -> None:
    assert files.errors({"tables": {"new": table(experiment="rgbb")}}) == [
        "ROWS: tables.new.rows: no experiment 'rgbb'; did you mean 'rgb'?"
    ]
    (line,) = files.errors({"tables": {"new": table(column="los")}})
    assert line.startswith("ROWS: tables.new.columns.0: Input should be 'loss'")
    (line,) = files.errors({"experiments": {"a b": {"stream": "rgb"}}})
    assert line.startswith("ROWS: experiments.a b: String should match")


def test_all_wrong_keys_are_named_at_once(files: Files) -> None:
    lines = files.errors(shards=0, seeds=[-1], resample={"image_size": 1.5})
    assert [line.split(": ")[1] for line in lines] == ["shards", "resample.image_size", "seeds.0"]


def test_a_published_detector_is_asked_about_poses_of_whole_videos(files: Files) -> None:
    published = {"descriptor": "pose", "unit": "video", "classifier": {"kind": "published", "file": "model.h5"}}
    pose = {"pose": {"kind": "pose"}, "profiles": {"kind": "profiles", "faces": "ensemble"}}
    loaded = files.load({"experiments": {"own": published}}, descriptors=pose, resample={"sample_rate": 4})
    assert loaded.classified["own"].classifier.sample_rate == 4
    for change, words in (
        ({"unit": "segment"}, "experiments.own.unit: a published detector says signing or not"),
        ({"parts": ["hands"]}, "experiments.own: a published detector reads all of a descriptor of kind pose"),
        ({"descriptor": "profiles"}, "experiments.own: a published detector reads all of a descriptor of kind pose"),
        ({"classifier": {"kind": "published"}}, "experiments.own.classifier.file: missing"),
    ):
        (line,) = files.errors({"experiments": {"own": published | change}}, descriptors=pose)
        assert words in line
    (line,) = files.errors({"experiments": {"own": published}}, descriptors=pose, segments={"length": 1})
    assert "raise segments.length" in line


def test_averages_of_a_network_to_start_from_are_not_debiased(files: Files) -> None:
    """Debiased averages would begin anew with the first batch; record and detector say what was done."""
    started = {"stream": "rgb", "training": {"start_from": "detector"}}
    of_entry = files.load({"experiments": {"own": started}}).trained
    of_run = files.load({}, training={"start_from": "detector"}).trained
    averages = [
        entry.network.batch_normalisation_averages for entry in (of_entry["rgb"], of_entry["own"], of_run["rgb"])
    ]
    assert averages == ["debiased", "plain", "plain"]


def test_a_run_has_defaults_for_its_experiments_and_an_experiment_overrides_them(files: Files) -> None:
    own = {"stream": "rgb", "layer": "fc1", "network": {"units": 32}, "training": {"epochs": 9}}
    experiments = files.load(
        {"experiments": {"own": own}},
        layer="block5_gap",
        network={"units": 16, "cell": "lstm"},
        training={"epochs": 3, "patience": 2},
    ).trained
    plain = experiments["rgb"]
    assert (plain.layer, plain.network.units, plain.network.cell, plain.network.layers) == ("block5_gap", 16, "lstm", 2)
    assert (plain.training.epochs, plain.training.patience, plain.training.batch_size) == (3, 2, 32)
    own = experiments["own"]
    assert (own.layer, own.network.units, own.network.cell) == ("fc1", 32, "lstm")
    assert (own.training.epochs, own.training.patience) == (9, 2)


def test_streams_are_added_to_the_four_or_put_in_their_place(files: Files) -> None:
    streams = {"flow": {"kind": "flow", "after": 2}, "fast": {"kind": "mhi", "before": 1}}
    settings = files.load({"experiments": {"new": {"stream": "fast"}}}, streams=streams)
    assert list(settings.configuration.streams) == ["rgb", "flow", "mhi", "difference", "fast"]
    assert settings.configuration.streams["flow"].after == 2
    assert list(settings.streams) == ["rgb", "flow", "fast"]


def test_tables_restrict_a_run_to_what_their_rows_need(files: Files) -> None:
    settings = files.load(tables=["fused"])
    assert list(settings.tables) == ["fused"]
    assert list(settings.experiments) == ["rgb", "flow", "both"]
    assert list(settings.streams) == ["rgb", "flow"]
    settings = files.load(tables=["layers"])
    assert list(settings.experiments) == ["deep"]
    assert settings.layers("rgb") == ["block5"]
    assert set(files.load().experiments) == set(EXPERIMENTS["experiments"])


def test_layers_of_a_stream_are_those_that_experiments_read(files: Files) -> None:
    settings = files.load()
    assert settings.layers("rgb") == ["block5", "fc1"]
    assert settings.layers("flow") == ["fc1"]


def test_what_is_the_same_is_trained_as_the_first(files: Files) -> None:
    settings = files.load()
    assert settings.trained_as("again") == "rgb"
    assert settings.trained_as("both_again") == "both"
    assert settings.trained_as("rgb") == "rgb"
    assert settings.trained_as("deep") == "deep"
    assert files.load(network={"layers": 1}).trained_as("again") == "again"


def test_files_that_hold_no_yaml_mapping(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    with pytest.raises(InputError, match=r"my\.yaml: no such file; check the path"):
        read_yaml(path)
    path.write_text("run: demo\ndataset: {kind: demo\nshards: 3\n")
    with pytest.raises(InputError, match=r"my\.yaml: not valid YAML: line 3, column 7: expected .* \(.*of line 2\)$"):
        read_yaml(path)
    path.write_text("- run\n")
    with pytest.raises(InputError, match=r"my\.yaml: expected `key: value` lines"):
        read_yaml(path)
    path.write_bytes("run: ħ".encode("utf-16"))
    with pytest.raises(InputError, match=r"my\.yaml: cannot be read as text"):
        read_yaml(path)
    with pytest.raises(InputError, match="cannot be read as text"):
        read_yaml(tmp_path)


def test_the_file_of_experiments_may_be_named(files: Files, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("experiments: {only: {stream: mhi}}\ntables: {}\n")
    settings = files.load(experiments_file=str(tmp_path / "mine.yaml"))
    assert list(settings.experiments) == ["only"]
    (line,) = files.errors(experiments_file=str(tmp_path / "none.yaml"))
    assert "none.yaml: no such file" in line


def test_the_resolved_configuration_says_every_value(files: Files) -> None:
    settings = files.load(network={"units": 16})
    resolved = yaml.safe_load(resolved_yaml(settings))
    assert resolved["configuration"]["resample"]["max_samples"] == 2000
    assert resolved["experiments"]["rgb"]["network"]["units"] == 16
    assert resolved["experiments"]["rgb"]["training"]["patience"] == 10
    assert Settings.model_validate(resolved) == settings


def test_a_resolved_configuration_is_no_configuration_file_but_its_part_is(files: Files) -> None:
    settings = files.load(network={"units": 16})
    resolved = yaml.safe_load(resolved_yaml(settings))
    with pytest.raises(InputError, match=r"my.yaml: is the record of a run.*under `configuration`"):
        load_settings(resolved, "my.yaml", files.path)
    assert load_settings(resolved["configuration"], "my.yaml", files.path) == settings


def test_a_table_of_segments_cannot_show_whole_videos(files: Files) -> None:
    lines = files.errors(added={"tables": {"new": table(experiment="videos")}})
    assert lines == ["ROWS: tables.new: 'videos' predicts whole videos; give the table `unit: video`"]
    whole = table("recall_signing", experiment="videos") | {"unit": "video"}
    assert files.load(added={"tables": {"new": whole}}).tables["new"].unit == "video"


def test_a_column_fits_the_tables_unit(files: Files) -> None:
    lines = files.errors(added={"tables": {"new": table("recall_signing")}})
    assert lines == ["ROWS: tables.new.columns: recall_signing is not a column of a table of segments"]


def test_a_reference_is_a_row_of_its_table(files: Files) -> None:
    lines = files.errors(added={"tables": {"new": table() | {"reference": "rbg"}}})
    assert lines == ["ROWS: tables.new.reference: no row has the experiment 'rbg'; did you mean 'rgb'?"]
    assert files.load(added={"tables": {"new": table() | {"reference": "rgb"}}}).tables["new"].reference == "rgb"


def test_a_gain_is_a_row_s_accuracy_over_a_reference(files: Files) -> None:
    assert files.errors(added={"tables": {"new": table() | {"gain": "rbg"}}}) == [
        "ROWS: tables.new.gain: no row has the experiment 'rbg'; did you mean 'rgb'?",
        "ROWS: tables.new.gain: compares accuracy with a reference; give the table both",
    ]


def test_a_row_gains_nothing_over_itself(files: Files) -> None:
    own = table() | {"reference": "rgb", "gain": "rgb", "columns": ["accuracy"]}
    assert files.errors(added={"tables": {"new": own}}) == [
        "ROWS: tables.new.gain: names the reference itself; name the row that may have gained over it"
    ]


def test_one_sample_has_no_statistics_of_changes(files: Files) -> None:
    still = {"stream": "rgb", "network": {"cell": "statistics"}}
    (line,) = files.errors(added={"experiments": {"still": still}}, segments={"length": 1})
    assert line.startswith("ROWS: experiments.still.network.cell: statistics describe changes from sample to sample")


def test_features_of_a_whole_segment_are_no_sequence(files: Files) -> None:
    lines = files.errors(added={"experiments": {"new": {"descriptor": "visual_features"}}})
    assert lines == ["ROWS: experiments.new: visual features describe a whole segment; give it a `classifier`"]


def test_a_descriptor_names_an_entry_of_faces(files: Files) -> None:
    lines = files.errors(descriptors={"mine": {"kind": "profiles", "faces": "ensembel"}})
    assert lines == ["my.yaml: descriptors.mine.faces: no 'ensembel' in faces; did you mean 'ensemble'?"]


def test_a_person_s_points_need_no_faces(files: Files) -> None:
    rows = {"experiments": {"posed": {"descriptor": "pose"}}, "tables": {"new": table("accuracy", "posed")}}
    settings = files.load(added=rows, tables=["new"])
    assert {name: entry.short_side for name, entry in settings.descriptors.items()} == {"pose": 480}
    assert settings.faces == {}
    lines = files.errors(descriptors={"mine": {"kind": "pose", "faces": "ensemble"}})
    assert lines == ["my.yaml: descriptors.mine.faces: unknown key; did you mean 'frames'?"]


def test_patches_are_learned_for_a_classifier(files: Files) -> None:
    lines = files.errors(added={"experiments": {"new": {"descriptor": "learned_patches"}}})
    assert lines == ["ROWS: experiments.new: patches are learned for a classifier; give it a `classifier`"]
    new = {"descriptor": "learned_patches", "classifier": {"kind": "logistic"}}
    settings = files.load(added={"experiments": {"new": new}})
    assert settings.descriptors["learned_patches"].encoder.kind == "kmeans"
    assert settings.descriptors["learned_patches"].width == 2 * 48 * 85


BAD_PATCHES = {
    "larger than the frame": (
        {"short_side": 24, "encoder": {"kind": "kmeans", "patch_size": 25}},
        "encoder.patch_size is 25, more than the short_side of 24",
    ),
    "fewer places than parts": (
        {"short_side": 24, "encoder": {"kind": "kmeans", "patch_size": 20, "step": 4, "grid": 3}},
        "encoder.grid is 3, but patches of 20 pixels have 2 places along the short_side of 24, encoder.step pixels",
    ),
    "fewer than features": (
        {"encoder": {"kind": "sparse_autoencoder", "features": 200, "patches": 199}},
        "encoder: patches is 199, fewer than the 200 features to learn from them",
    ),
    "three frames": ({"frames": 3}, "frames: Input should be less than or equal to 2 (it is 3)"),
    "unknown encoder": (
        {"encoder": {"kind": "kmean"}},
        "encoder.kind: unknown kind 'kmean'; did you mean 'kmeans'?",
    ),
    "misspelt key of an encoder": (
        {"encoder": {"kind": "kmeans", "patchsize": 8}},
        "encoder.patchsize: unknown key; did you mean 'patch_size'?",
    ),
    "key of the other kind": (
        {"encoder": {"kind": "kmeans", "sparsity": 0.1}},
        "encoder.sparsity: unknown key",
    ),
    "no kind": ({"encoder": {"features": 8}}, "encoder.kind: missing"),
}


@pytest.mark.parametrize("name", BAD_PATCHES)
def test_patches_that_cannot_be_learned_are_one_clear_error(name: str, files: Files) -> None:
    values, message = BAD_PATCHES[name]
    (line,) = files.errors(descriptors={"mine": {"kind": "learned_patches"} | values})
    assert line.startswith((f"my.yaml: descriptors.mine: {message}", f"my.yaml: descriptors.mine.{message}"))


def test_more_detectors_cannot_agree_than_there_are(files: Files) -> None:
    lines = files.errors(faces={"one": {"detectors": ["profileface"]}})
    assert lines == ["my.yaml: faces.one: agreement of 2 detectors, but there are 1"]


def test_parts_are_those_of_a_persons_points(files: Files) -> None:
    rows = {
        "experiments": {"hands": {"descriptor": "pose", "parts": ["hands"]}},
        "tables": {"new": table("loss", "hands")},
    }
    assert len(files.load(added=rows, tables=["new"]).experiments["hands"].columns) == 21
    wrong = {
        "of_profiles": {"descriptor": "profiles", "parts": ["hands"]},
        "of_stream": {"stream": "rgb", "parts": ["hands"]},
        "unknown": {"descriptor": "pose", "parts": ["feet"]},
        "twice": {"descriptor": "pose", "parts": ["body", "body"]},
    }
    found = {name: "\n".join(files.errors(added={"experiments": {name: entry}})) for name, entry in wrong.items()}
    assert found["of_profiles"] == (
        "ROWS: experiments.of_profiles.parts: belong to a descriptor of kind pose, not profiles"
    )
    assert "parts belong to a descriptor of kind pose" in found["of_stream"]
    assert "experiments.unknown.parts" in found["unknown"]
    assert "a value is named twice" in found["twice"]


CURVE = {"experiments": ["both", "deep"], "shares": [0.125, 0.5, 1], "draws": 2}


def test_a_learning_curve_repeats_experiments_on_shares_with_one_seed_a_draw(files: Files) -> None:
    settings = files.load({"learning_curve": CURVE}, tables=["learning_curve"], seeds=[4, 7, 9])
    points = [f"share_{share}_draw_{draw}" for share in ("0_125", "0_5") for draw in (1, 2)]
    added = {f"{name}_{point}" for name in ("both", "rgb", "flow", "deep") for point in points}
    assert settings.points == added
    assert set(settings.experiments) == added | {"rgb", "flow", "both", "deep"}
    assert settings.fused["both_share_0_125_draw_2"].fuse == ["rgb_share_0_125_draw_2", "flow_share_0_125_draw_2"]
    assert settings.trained["deep_share_0_5_draw_1"].subset.model_dump() == {"share": 0.5, "draw": 1}
    assert settings.subset("both_share_0_125_draw_2").draw == 2
    assert settings.subset("both") is None
    assert [settings.seeds_of(name) for name in ("both", "both_share_0_5_draw_1", "rgb_share_0_5_draw_2")] == [
        *([4, 7, 9], [4], [7]),
    ]
    assert settings.draw_seed(5) == 7
    assert settings.showable == ["both", "rgb", "flow", "deep"]
    assert settings.tables == {}
    again = Settings.model_validate(yaml.safe_load(resolved_yaml(settings)))
    assert again == settings


def test_a_learning_curve_is_chosen_like_a_table(files: Files) -> None:
    assert files.load({"learning_curve": CURVE}).points
    without = files.load({"learning_curve": CURVE}, tables=["layers"])
    assert (without.points, without.learning_curve) == (frozenset(), None)
    assert "learning_curve" not in resolved_yaml(without)
    assert files.errors(tables=["learning_curve"]) == [
        "my.yaml: tables: no table 'learning_curve' in ROWS; known: fused, layers"
    ]
    part = files.load({"learning_curve": CURVE | {"shares": [0.25, 0.5]}}, tables=["learning_curve"])
    assert set(part.experiments) == part.points
    assert part.showable == []


BAD_CURVES = {
    "share of nothing": ({"shares": [0, 1]}, "shares.0: Input should be greater than 0 (it is 0)"),
    "share above everything": ({"shares": [0.5, 1.5]}, "shares.1: Input should be less than or equal to 1 (it is 1.5)"),
    "falling shares": ({"shares": [0.5, 0.25]}, "shares: every share must be larger than the one before (it is [0.5"),
    "equal shares": ({"shares": [0.5, 0.5]}, "shares: every share must be larger than the one before (it is [0.5"),
    "one share": ({"shares": [1.0]}, "shares: List should have at least 2 items"),
    "no draw": ({"draws": 0}, "draws: Input should be greater than 0 (it is 0)"),
    "misspelt key": ({"draw": 2}, "draw: unknown key; did you mean 'draws'?"),
    "no experiments": ({"experiments": []}, "experiments: List should have at least 1 item"),
    "experiment twice": ({"experiments": ["rgb", "rgb"]}, "experiments: a value is named twice"),
    "unknown experiment": ({"experiments": ["rgbb"]}, "experiments: no experiment 'rgbb'; did you mean 'rgb'?"),
    "whole videos": ({"experiments": ["videos"]}, "experiments: 'videos' predicts whole videos; name experiments of"),
    "two folds": ({"experiments": ["halves"]}, "experiments: 'halves' has protocol two_folds; name experiments of"),
    "fusion of folds by video": (
        {"experiments": ["dealt_both"]},
        "experiments: 'dealt_both' has protocol by_video; name experiments of cross_validation",
    ),
    "share of a share": ({"experiments": ["less"]}, "experiments: 'less' has a subset already; name the experiment"),
    "nothing to learn": (
        {"experiments": ["shipped"]},
        "experiments: 'shipped' trains nothing (training.epochs is 0); name experiments that learn",
    ),
}


@pytest.mark.parametrize("name", BAD_CURVES)
def test_a_wrong_learning_curve_is_one_clear_error_wherever_it_is_read(name: str, files: Files) -> None:
    values, message = BAD_CURVES[name]
    own = {
        "halves": {"stream": "rgb", "protocol": "two_folds"},
        "dealt": {"stream": "rgb", "protocol": "by_video"},
        "dealt_flow": {"stream": "flow", "protocol": "by_video"},
        "dealt_both": {"fuse": ["dealt", "dealt_flow"]},
        "less": {"stream": "rgb", "subset": {"share": 0.5}},
        "shipped": {"stream": "rgb", "training": {"epochs": 0, "start_from": "detector"}},
    }
    (line,) = files.errors({"experiments": own, "learning_curve": CURVE | values}, tables=["layers"])
    assert line.startswith(f"ROWS: learning_curve.{message}")


def test_names_of_a_learning_curve_may_be_taken(files: Files) -> None:
    own = {"deep_share_0_5_draw_1": {"stream": "rgb"}}
    (line,) = files.errors({"experiments": own, "learning_curve": CURVE})
    assert line == "ROWS: experiments.deep_share_0_5_draw_1: 'deep' on a share of 0.5 has this name; rename it"

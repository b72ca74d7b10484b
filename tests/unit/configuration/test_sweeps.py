"""One entry for several values becomes an experiment and a row for each, or one clear error."""

from pathlib import Path

import pytest

from signwild.base.errors import InputError
from signwild.configuration.sweeps import expand_sweeps

FILE = Path("rows.yaml")


def expanded(experiments: dict, rows: list | None = None) -> dict:
    """Return the file of these experiments, with a table of these rows, after the expansion."""
    return expand_sweeps({"experiments": experiments, "tables": {"t": {"caption": "T", "rows": rows or []}}}, FILE)


def error(experiments: dict, rows: list | None = None) -> str:
    with pytest.raises(InputError) as caught:
        expanded(experiments, rows)
    return str(caught.value)


def test_an_experiment_and_a_row_for_every_value_in_their_order() -> None:
    content = expanded(
        {
            "plain": {"stream": "rgb"},
            "rate": {"stream": "rgb", "network": {"layers": 1}, "sweep": {"network.dropout": [0.1, 0.25]}},
            "last": {"stream": "flow"},
        },
        [
            {"label": "plain", "experiment": "plain"},
            {"label": "rate {value} of all", "experiment": "rate"},
            {"label": "one", "experiment": "rate_0_25"},
        ],
    )
    assert content["experiments"] == {
        "plain": {"stream": "rgb"},
        "rate_0_1": {"stream": "rgb", "network": {"layers": 1, "dropout": 0.1}},
        "rate_0_25": {"stream": "rgb", "network": {"layers": 1, "dropout": 0.25}},
        "last": {"stream": "flow"},
    }
    assert list(content["experiments"]) == ["plain", "rate_0_1", "rate_0_25", "last"]
    assert content["tables"]["t"]["rows"] == [
        {"label": "plain", "experiment": "plain"},
        {"label": "rate 0.1 of all", "experiment": "rate_0_1"},
        {"label": "rate 0.25 of all", "experiment": "rate_0_25"},
        {"label": "one", "experiment": "rate_0_25"},
    ]


def test_a_key_of_the_experiment_itself_can_be_swept() -> None:
    experiments = expanded({"by": {"sweep": {"stream": ["rgb", "flow"]}}})["experiments"]
    assert experiments == {"by_rgb": {"stream": "rgb"}, "by_flow": {"stream": "flow"}}


@pytest.mark.parametrize("sweep", [None, {}, [0.1], {"dropout": 0.1}, {"dropout": []}, {"a": [1], "b": [2]}, {1: [1]}])
def test_a_sweep_names_one_key_and_its_values(sweep: object) -> None:
    assert error({"rate": {"stream": "rgb", "sweep": sweep}}) == (
        "rows.yaml: experiments.rate.sweep: name one key and its values, such as {network.dropout: [0.1, 0.2]}"
    )


def test_a_value_beside_the_sweep_is_an_error() -> None:
    entry = {"stream": "rgb", "network": {"dropout": 0.4}, "sweep": {"network.dropout": [0.1]}}
    assert "dropout has a value beside the sweep" in error({"rate": entry})


def test_a_section_that_is_a_value_is_an_error() -> None:
    assert "layer has no keys" in error({"rate": {"layer": "fc1", "sweep": {"layer.deep": [1]}}})


def test_names_are_not_taken_twice() -> None:
    assert "two of the values" in error({"rate": {"sweep": {"network.dropout": [0.1, "0 1"]}}})
    sweep = {"stream": "rgb", "sweep": {"network.dropout": [0.1]}}
    assert "an experiment 'rate_0_1' already" in error({"rate": sweep, "rate_0_1": {"stream": "rgb"}})
    assert "an experiment 'rate_0_1' already" in error({"rate_0_1": {"stream": "rgb"}, "rate": sweep})


def test_a_row_on_a_sweep_says_where_the_value_goes() -> None:
    rows = [{"label": "rates", "experiment": "rate"}]
    message = error({"rate": {"sweep": {"network.dropout": [0.1]}}}, rows)
    assert message == "rows.yaml: tables.t.rows: 'rate' is a sweep; its label needs {value}"


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"experiments": None},
        {"experiments": {}, "tables": {"t": None}},
        {"experiments": {}, "tables": {"t": {"rows": [{"label": "odd", "experiment": ["rate"]}, "odd"]}}},
    ],
)
def test_what_is_no_sweep_is_left_for_the_models_to_judge(content: dict) -> None:
    assert {**expand_sweeps(content, FILE), **content} == expand_sweeps(content, FILE)

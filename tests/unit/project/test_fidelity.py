"""The paper, the authors' code and ours: the list in docs/fidelity.md and the configurations say the same."""

import json
import re

import pytest
import yaml
from documented_keys import EXPERIMENT_KEYS, documented_rows, schema_keys
from places import ROOT

from signwild.configuration.settings import Configuration, load_settings, read_yaml
from signwild.predictions.records import flat_parameters

PAGE = ROOT / "docs/fidelity.md"
EXPERIMENTS = ROOT / "config/experiments.yaml"

OF_THE_RUN = {"run", "dataset", "seeds"}
"""What a run is about: says nothing of how it works."""


def departures() -> dict[str, object]:
    """Return the authors' values of the page's first table, by their keys."""
    rows = documented_rows(PAGE, "| topic | paper | authors' code | our default | authors' value |")
    written = [entry for _, cells in rows for entry in re.findall("`(.+?)`", cells[4]) or ["no value: " + cells[0]]]
    return {key: yaml.safe_load(value) for key, _, value in (entry.partition(": ") for entry in written)}


def other_keys() -> list[str]:
    """Return the keys of the page's second table: one setting for all, or ours alone."""
    rows = documented_rows(PAGE, "| topic | paper | authors' code | our default | key |")
    return [key for _, cells in rows for key in re.findall("`(.+?)`", cells[4]) or ["no key: " + cells[0]]]


def settings_of(name: str) -> dict[str, object]:
    """Return what a shipped configuration sets besides the run, by dotted keys, without the kinds of streams."""
    content = read_yaml(ROOT / f"config/{name}.yaml")
    kept = {section: value for section, value in content.items() if section not in OF_THE_RUN}
    return {key: value for key, value in flat_parameters(kept).items() if not key.endswith(".kind")}


def test_every_key_of_the_lists_exists_and_stands_in_one_of_them() -> None:
    known = {*schema_keys(), *(f"experiments.{key}" for key in EXPERIMENT_KEYS)}
    named = [*departures(), *other_keys()]
    assert len(named) > 40
    assert [key for key in named if key not in known] == []
    assert departures().keys() & set(other_keys()) == set()


def test_the_authors_configuration_sets_what_the_list_says_and_nothing_else() -> None:
    assert settings_of("original") == departures()


def test_every_value_of_the_authors_configuration_departs_from_the_default() -> None:
    defaults = schema_keys()
    same = [key for key, value in settings_of("original").items() if json.dumps(value).strip('"') == defaults[key]]
    assert same == []


def test_a_second_table_row_where_the_authors_differ_says_same() -> None:
    """A row in which the authors' setting differs from ours belongs in the first table."""
    rows = documented_rows(PAGE, "| topic | paper | authors' code | our default | key |")
    differing = [
        cells[0]
        for _, cells in rows
        if not re.match("same|–|none", cells[2]) and not cells[3].startswith("same") and cells[2] != cells[3]
    ]
    assert differing == []


def test_the_papers_configuration_is_the_defaults_on_the_authors_samples() -> None:
    samples = {"low_rates": "steps"}
    assert settings_of("paper") == flat_parameters({"resample": samples})
    raw = read_yaml(ROOT / "config/paper.yaml")
    loaded = load_settings(raw, "config/paper.yaml", EXPERIMENTS)
    bare = Configuration.model_validate({"run": raw["run"], "dataset": raw["dataset"], "resample": samples})
    assert loaded.configuration.model_copy(update={"seeds": bare.seeds}) == bare
    assert loaded.tables.keys() == read_yaml(EXPERIMENTS)["tables"].keys()


@pytest.mark.parametrize("name", ["paper", "original"])
def test_both_name_their_run_and_work_on_the_same_videos(name: str) -> None:
    raw = read_yaml(ROOT / f"config/{name}.yaml")
    configuration = load_settings(raw, name, EXPERIMENTS).configuration
    assert configuration.run == name
    assert raw["dataset"] == {"kind": "signing-in-the-wild"}
    assert configuration.seeds == [1, 2, 3]
    assert configuration.weights.source == "imagenet"

"""The paper's numbers and the size of its data set, as recorded in the project."""

import pytest
import yaml
from places import ROOT

from signwild.base.errors import InputError
from signwild.configuration.sweeps import expand_sweeps
from signwild.stages.tables.paper_numbers import attrition, read_paper_results

PAPER_FILE = ROOT / "config" / "paper_results.yaml"


@pytest.mark.parametrize(("videos", "reasons"), [(1120, []), (1064, []), (1063, ["attrition: 1,063 of 1,120 videos"])])
def test_too_few_of_the_papers_videos_are_a_reason(tmp_path, videos, reasons):
    path = tmp_path / "dataset.csv"
    path.write_text(f"class,videos,samples\nsigning,400,9\ntotal,{videos},\n")
    assert attrition(path) == reasons
    assert attrition(None) == []


def test_paper_has_all_rows_of_its_tables():
    path = ROOT / "config/experiments.yaml"
    shipped = expand_sweeps(yaml.safe_load(path.read_text()), path)
    paper = read_paper_results(PAPER_FILE, shipped["experiments"])
    assert set(paper) <= set(shipped["tables"])
    sizes = {name: len(rows) for name, rows in paper.items()}
    assert sizes == {
        "table_1": 2,
        "table_2": 7,
        "table_2_time": 3,
        "table_3": 6,
        "table_4": 17,
        "table_5": 3,
        "table_5_videos": 2,
        "table_1_two_folds": 2,
        "table_3_two_folds": 6,
        "table_4_two_folds": 17,
    }
    for table, rows in paper.items():
        assert rows.keys() <= {row["experiment"] for row in shipped["tables"][table]["rows"]}
    assert paper["table_4"]["no_dropout"] == {"loss": 0.7145}
    assert [row["loss"] for row in paper["table_1"].values()] == [0.6681, 0.5037]
    assert paper["table_2"]["rgb_flow"] == {"accuracy": 0.8767}
    assert [row["forward_time_ms"] for row in paper["table_2_time"].values()] == [57.8, 17.1, 9.7]
    assert min(paper["table_3"], key=lambda name: paper["table_3"][name]["loss"]) == "gru_2"
    assert [tuple(row.values()) for row in paper["table_5"].values()] == [
        (1.114, 0.6923),
        (0.841, 0.7802),
        (0.573, 0.8759),
    ]
    assert all("of their own" in row["source"] for row in paper["table_5_videos"].values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("table_1: {rgb: {los: 0.5}}", "table_1: rgb: unknown column 'los'"),
        ("table_1: {rbg: {loss: 0.5}}", "table_1: rbg: unknown experiment"),
        ("table_1: {rgb: {loss: low}}", "'low' is not a number"),
        ("table_1: {rgb: {source: 7, loss: 0.5}}", "source: 7 is not text"),
        ("table_1: {rgb: 0.5}", "name columns"),
        ("table_1: 0.5", "form table: experiment"),
        ("table_1: {", "is not YAML"),
    ],
)
def test_mistakes_in_the_papers_numbers_are_named(tmp_path, text, said):
    path = tmp_path / "paper.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"paper.yaml.*{said}"):
        read_paper_results(path, experiments=["rgb", "flow"])

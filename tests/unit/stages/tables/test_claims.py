"""The paper's statements, checked against results: supported, contradicted, undecided, or no verdict."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from made_results import made_predictions, write_results

from signwild.configuration.sections.experiments.claim import Claim, StatementsFile
from signwild.configuration.settings import load_settings
from signwild.plan.run import SHIPPED_CLAIMS, Plan
from signwild.stages.tables.check_claims import CheckedStatement, check_claims, judge, together

SHIPPED = SHIPPED_CLAIMS.parent / "experiments.yaml"


def claim(column: str = "loss", kind: str = "better", margin: float | None = None, **values: object) -> Claim:
    return Claim(tables=["t"], column=column, kind=kind, margin=margin, experiment="a", against=["b"], **values)


def verdicts(of: Claim, *intervals: tuple[float, float]) -> list[str]:
    return judge(of, pd.DataFrame(intervals, columns=["versus_low", "versus_high"]))


def test_better_is_lower_for_a_loss_and_higher_for_an_accuracy() -> None:
    intervals = (-0.2, -0.1), (-0.1, 0.1), (0.1, 0.2)
    assert verdicts(claim("loss"), *intervals) == ["supported", "undecided", "contradicted"]
    assert verdicts(claim("accuracy"), *intervals) == ["contradicted", "undecided", "supported"]


def test_as_good_allows_a_margin_on_the_worse_side() -> None:
    intervals = (-0.5, 0.03), (-0.1, 0.06), (0.06, 0.2)
    assert verdicts(claim("loss", "as_good", 0.05), *intervals) == ["supported", "undecided", "contradicted"]


def test_a_statement_holds_where_all_its_comparisons_do() -> None:
    assert together(["supported", "supported"]) == "supported"
    assert together(["supported", "undecided"]) == "undecided"
    assert together(["supported", "contradicted", "undecided"]) == "contradicted"


def test_as_good_needs_a_margin() -> None:
    with pytest.raises(ValueError, match="as_good needs a margin"):
        claim(kind="as_good")
    with pytest.raises(ValueError, match="as_good needs a margin"):
        claim(margin=0.1)


def check(folder: Path, skills: dict[str, float], not_telling: tuple[str, ...] = ()) -> pd.DataFrame:
    """Check "a is better than the others" on made results of these skills."""
    for name, skill in skills.items():
        write_results(folder / "run", name, predictions=made_predictions(videos=40, skill=skill))
    statement = CheckedStatement(
        says="a is better",
        where="section 1",
        claim=claim(by=-0.1).model_copy(update={"against": [name for name in skills if name != "a"]}),
        table="t",
        folders={name: f"training/{name}" for name in skills},
        labels={"a": "our best"},
    )
    return check_claims({"first": statement}, folder / "run", [1], folder / "claims", list(not_telling))


def test_a_statement_is_checked_on_real_predictions(tmp_path: Path) -> None:
    table = check(tmp_path, {"a": 2.5, "b": 0.5, "c": 2.5})
    assert table["verdict"].tolist() == ["supported", "undecided"]
    assert set(table["statement_verdict"]) == {"undecided"}
    assert table["difference"][0] < -0.3
    assert table["difference"][1] == 0
    text = (tmp_path / "claims.md").read_text()
    assert "| a is better (section 1) | loss: our best − b | −0.1000 | −" in text
    assert "supported (overall: undecided) |" in text
    again = pd.read_csv(tmp_path / "claims.csv")
    assert again["high"][0] == pytest.approx(table["high"][0], abs=1e-6)


def test_no_verdict_where_nothing_can_be_concluded(tmp_path: Path) -> None:
    table = check(tmp_path, {"a": 2.5, "b": 0.5}, not_telling=("random weights",))
    assert table["verdict"].tolist() == [""]
    text = (tmp_path / "claims.md").read_text()
    assert "not comparable |" in text
    assert "No verdict, because of: random weights." in text
    assert "supported |" not in text


def test_the_papers_statements_are_about_its_own_tables_and_numbers() -> None:
    statements = StatementsFile(statements=yaml.safe_load(SHIPPED_CLAIMS.read_text())).statements
    paper = yaml.safe_load((SHIPPED_CLAIMS.parent / "paper_results.yaml").read_text())
    for name, statement in statements.items():
        stated = statement.claim
        for table in stated.tables:
            assert {stated.experiment, *stated.against} <= paper[table].keys(), name
        if stated.by is not None:
            (other,) = stated.against
            numbers = paper[stated.tables[0]]
            expected = numbers[stated.experiment][stated.column] - numbers[other][stated.column]
            assert stated.by == pytest.approx(expected), name


def test_a_run_is_held_against_what_its_tables_show() -> None:
    def statements(*tables: str) -> dict:
        raw = {"run": "mine", "dataset": {"kind": "demo"}, "weights": {"source": "random"}, "tables": list(tables)}
        return Plan(load_settings(raw, "my.yaml", SHIPPED)).statements()

    assert statements("table_2_time") == {}
    found = statements("table_1_two_folds", "table_5")
    assert list(found) == ["fc1_beats_block5", "ours_beats_baseline", "rnn_helps_baseline"]
    assert found["fc1_beats_block5"]["table"] == "table_1_two_folds"
    assert found["fc1_beats_block5"]["folders"]["rgb_fc1"] == "training/rgb_fc1_two_folds"
    assert statements("table_1_two_folds", "table_1")["fc1_beats_block5"]["table"] == "table_1"
    assert found["fc1_beats_block5"]["labels"] == {"rgb_fc1": "VGG-16 fc1", "rgb_block5": "VGG-16 block5_conv3"}
    assert CheckedStatement.model_validate_json(json.dumps(found["ours_beats_baseline"]))

"""Tables beside the paper's numbers, from results on disk to the three files."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from made_results import made_predictions, write_results

from signwild.comparison import compare, read_forward_times, read_paper_results
from signwild.errors import InputError
from signwild.metrics import per_fold

ROOT = Path(__file__).parents[2]
PAPER_FILE = ROOT / "config" / "paper_results.yaml"
ROWS = [
    {"experiment": "rgb", "label": "RGB stream only"},
    {"experiment": "flow", "label": "optical flow & more_"},
    {"experiment": "rgb_flow", "label": "RGB + optical flow"},
    {"experiment": "own", "label": "a | of one's own"},
]
COLUMNS = ["loss", "accuracy", "parameters", "forward_time_ms"]
PAPER = {
    "table_2": {
        "rgb": {"loss": 0.5128, "accuracy": 0.8501},
        "flow": {"loss": 0.5387, "accuracy": 0.8312, "forward_time_ms": 57.8, "parameters": 3754244},
        "rgb_flow": {"accuracy": 0.8767},
    }
}
TIMES = {"flow": {"motion_ms": 50.0, "network_ms": 12.34}}


@pytest.fixture
def results(tmp_path) -> Path:
    """Two seeds of three trained experiments and one fusion."""
    run = tmp_path / "demo"
    for seed in (1, 2):
        for skill, name in enumerate(["rgb", "flow", "own"]):
            table = made_predictions(skill=skill, seed=seed)
            write_results(run, name, seed, predictions=table, parameters={"stream": name})
        write_results(run, "rgb_flow", seed, kind="fusion", predictions=made_predictions(skill=9, seed=seed))
    return run


def compared(run: Path, output: Path, rows: list = ROWS, reasons: tuple = (), **changes) -> pd.DataFrame:
    """The table of the results in ``run``."""
    folders = {row["experiment"]: sorted(run.glob(f"*/{row['experiment']}/seed_*")) for row in rows}
    values = {
        "table_name": "table_2",
        "caption": "Motion & fusion",
        "rows": rows,
        "columns": COLUMNS,
        "predictions": {name: [folder / "predictions.parquet" for folder in found] for name, found in folders.items()},
        "records": {name: [folder / "record.json" for folder in found] for name, found in folders.items()},
        "paper": PAPER,
        "not_comparable": list(reasons),
        "output_stem": output / "table_2",
        "forward_times": TIMES,
    }
    return compare(**values | changes)


def test_numbers_are_means_over_seeds_and_folds_beside_the_papers(results, tmp_path):
    compared(results, tmp_path)
    table = pd.read_csv(tmp_path / "table_2.csv").set_index("experiment")
    folds = pd.concat([per_fold(made_predictions(skill=1, seed=seed)) for seed in (1, 2)])
    flow = table.loc["flow"]
    assert flow["loss_ours"] == pytest.approx(folds["loss"].mean(), abs=1e-6)
    assert flow["loss_sd"] == pytest.approx(folds["loss"].std(ddof=1), abs=1e-6)
    assert flow["accuracy_paper"] == 0.8312
    assert flow["accuracy_difference"] == pytest.approx(folds["accuracy"].mean() - 0.8312, abs=1e-6)
    assert flow["forward_time_ms_ours"] == pytest.approx(62.34)
    assert flow["forward_time_ms_difference"] == pytest.approx(62.34 - 57.8)
    assert (flow["n_values"], flow["n_segments"], flow["n_videos"]) == (4, 24, 6)
    assert flow["chance_accuracy"] == pytest.approx(1 / 3, abs=1e-6)
    assert math.isnan(table.loc["rgb_flow", "loss_paper"])
    assert table["verdict"].fillna("").tolist() == ["comparable", "comparable", "comparable", ""]


def test_parameters_are_whole_numbers_and_missing_for_a_fusion(results, tmp_path):
    compared(results, tmp_path)
    table = pd.read_csv(tmp_path / "table_2.csv", dtype=str, keep_default_na=False).set_index("experiment")
    assert table["parameters_ours"].tolist() == ["3754243", "3754243", "", "3754243"]
    assert table["parameters_difference"].tolist() == ["", "-1", "", ""]


def test_markdown_shows_percent_dashes_and_the_best_in_bold(results, tmp_path):
    compared(results, tmp_path)
    lines = (tmp_path / "table_2.md").read_text().splitlines()
    rows = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:]] for line in lines if "|" in line}
    assert rows["RGB + optical flow"][0] == "–"  # the paper gives no loss for a fusion
    assert rows["RGB + optical flow"][1].startswith("**")
    assert rows["RGB + optical flow"][3] == "87.67"
    assert rows["RGB + optical flow"][4] == "**100.00** ± 0.00"
    assert rows["RGB + optical flow"][5] == "+12.33"
    assert rows["RGB stream only"][5].startswith("−")
    assert rows["optical flow & more_"][9:11] == ["57.8", "**62.3** (50.0 + 12.3)"]
    assert "3,754,243" in rows["RGB stream only"]
    text = "\n".join(lines)
    assert text.count("**100.00**") == 1
    assert "| a \\| of one's own" in text
    assert "24 segments of 6 videos" in text
    assert "(4 values)" in text
    assert "accuracy of 33.33%; a uniform guess has a loss of ln 3 = 1.0986" in text


def test_reasons_make_every_verdict_not_comparable(results, tmp_path):
    table = compared(results, tmp_path, reasons=("rendered demo data", "random weights"))
    assert set(table["verdict"]) == {"not comparable"}
    assert "Not comparable with the paper: rendered demo data; random weights." in (tmp_path / "table_2.md").read_text()


def test_latex_is_a_booktabs_float_with_special_characters_escaped(results, tmp_path):
    compared(results, tmp_path)
    text = (tmp_path / "table_2.tex").read_text()
    for part in ("\\toprule", "\\bottomrule", "\\caption{Motion \\& fusion}", "optical flow \\& more\\_", "33.33\\%"):
        assert part in text
    assert "\\textbf{100.00} $\\pm$ 0.00" in text
    assert text.isascii()
    body = text[text.index("\\midrule") : text.index("\\bottomrule")].strip().splitlines()[1:]
    assert len(body) == len(ROWS)
    assert {line.replace("\\&", "").count("&") for line in body} == {13}


def test_single_value_has_no_deviation(tmp_path):
    write_results(tmp_path / "demo", "rgb", predictions=made_predictions(folds=1))
    table = compared(tmp_path / "demo", tmp_path, rows=ROWS[:1], columns=["loss"])
    assert table["loss_sd"].isna().all()
    assert "±" not in (tmp_path / "table_2.md").read_text().split("Every row")[0]


def test_rows_on_different_segments_are_refused_by_name(results, tmp_path):
    write_results(results, "flow", 2, predictions=made_predictions(segments=5, seed=2))
    with pytest.raises(InputError, match=r"rgb and flow rest on different segments.*24 and 30"):
        compared(results, tmp_path)


def test_same_segments_in_another_order_or_other_folds(results, tmp_path):
    write_results(results, "flow", 2, predictions=made_predictions(seed=2).iloc[::-1])
    compared(results, tmp_path)
    write_results(results, "flow", 2, predictions=made_predictions(folds=3, seed=2))
    with pytest.raises(InputError, match=r"rgb and flow rest on different segments or folds"):
        compared(results, tmp_path)


def test_unknown_column_is_refused(results, tmp_path):
    with pytest.raises(InputError, match=r"table_2: unknown column 'f1'.*loss, accuracy"):
        compared(results, tmp_path, columns=["f1"])


def test_paper_has_all_rows_of_its_three_tables():
    paper = read_paper_results(PAPER_FILE)
    sizes = {name: len(rows) for name, rows in paper.items()}
    assert sizes == {"table_1": 2, "table_2": 7, "table_2_time": 3, "table_3": 6}
    assert [row["loss"] for row in paper["table_1"].values()] == [0.6681, 0.5037]
    assert paper["table_2"]["rgb_flow"] == {"accuracy": 0.8767}
    assert [row["forward_time_ms"] for row in paper["table_2_time"].values()] == [57.8, 17.1, 9.7]
    assert min(paper["table_3"], key=lambda name: paper["table_3"][name]["loss"]) == "gru_2"


def test_table_without_losses_says_nothing_of_chance_or_segments(results, tmp_path):
    compared(results, tmp_path, rows=ROWS[1:2], columns=["forward_time_ms"])
    text = (tmp_path / "table_2.md").read_text()
    assert "**62.3** (50.0 + 12.3)" in text
    assert "+4.5" in text
    assert "segments" not in text
    assert "Chance" not in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("table_1: {rgb: {los: 0.5}}", "table_1: rgb: unknown column 'los'"),
        ("table_1: {rbg: {loss: 0.5}}", "table_1: rbg: unknown experiment"),
        ("table_1: {rgb: {loss: low}}", "'low' is not a number"),
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


def test_forward_times_need_both_parts(tmp_path):
    path = tmp_path / "times.json"
    path.write_text(json.dumps({"flow": {"motion_ms": 50}}))
    with pytest.raises(InputError, match=r"times.json.*motion_ms and network_ms.*network_ms"):
        read_forward_times(path)


def test_program_reads_results_under_the_name_they_were_trained_as(results, tmp_path):
    definition = {
        "caption": "RNNs",
        "columns": ["parameters", "loss"],
        "rows": [
            {"experiment": "gru_2", "label": "GRU 2", "trained_as": "rgb"},
            {"experiment": "rgb_flow", "label": "RGB + flow"},
        ],
    }

    def program(definition: dict, folder: str) -> subprocess.CompletedProcess:
        options = [
            "--table",
            "table_3",
            "--definition",
            json.dumps(definition),
            "--paper",
            PAPER_FILE,
            "--results",
            results,
        ]
        options += ["--seeds", "1", "2", "--not-comparable", "random weights", "--output-stem", tmp_path / folder / "t"]
        command = [sys.executable, ROOT / "scripts" / "compare_experiments.py", *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert program(definition, "one").returncode == 0
    assert program(definition, "two").returncode == 0
    table = pd.read_csv(tmp_path / "one" / "t.csv")
    assert table["experiment"].tolist() == ["gru_2", "rgb_flow"]
    assert table["verdict"].tolist() == ["not comparable"] * 2
    for suffix in ("csv", "md", "tex"):
        assert (tmp_path / f"one/t.{suffix}").read_bytes() == (tmp_path / f"two/t.{suffix}").read_bytes()

    definition["rows"][0]["trained_as"] = "gru_9"
    refused = program(definition, "three")
    assert refused.returncode == 1
    assert "run the experiment gru_9 first" in refused.stderr

"""Tables beside the paper's numbers, from results on disk to the three files."""

import json
import math
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from made_results import made_predictions, made_video_predictions, write_results
from places import ROOT, rule_program

from signwild.base.errors import InputError
from signwild.configuration.sections.experiments.table import columns_of
from signwild.predictions.metrics import by_video, evaluate, per_fold
from signwild.predictions.stopping_notes import NOTES
from signwild.stages.tables.compare_experiments import Comparison, compare
from signwild.stages.tables.forward_times import ForwardTimes, read_forward_times
from signwild.stages.tables.gains import gain_notes
from signwild.stages.tables.layout import COLUMNS as ALL_COLUMNS
from signwild.stages.tables.layout import DIGITS, number_text, read_comparison, to_html

PAPER_FILE = ROOT / "config" / "paper_results.yaml"
ROWS = [
    {"experiment": "rgb", "label": "RGB stream only", "folder": "training/rgb"},
    {"experiment": "flow", "label": "optical flow & more_", "folder": "training/flow"},
    {"experiment": "rgb_flow", "label": "RGB + optical flow", "folder": "fusion/rgb_flow"},
    {"experiment": "own", "label": "a | of one's own", "folder": "training/own"},
]
COLUMNS = ["loss", "accuracy", "parameters", "forward_time_ms"]
PAPER = {
    "table_2": {
        "rgb": {"loss": 0.5128, "accuracy": 0.8501},
        "flow": {"loss": 0.5387, "accuracy": 0.8312, "forward_time_ms": 57.8, "parameters": 3754244},
        "rgb_flow": {"accuracy": 0.8767},
    }
}
TIMES = ForwardTimes({"flow": {"motion_ms": 50.0, "network_ms": 12.34}}, {"fc1": 11.04, "mobilenet_v2/final_gap": 99.5})


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


def compared(
    run: Path,
    output: Path,
    rows: list = ROWS,
    reasons: tuple = (),
    columns: list = COLUMNS,
    seeds=(1, 2),
    **definition,
) -> pd.DataFrame:
    """Return the table of the results in ``run``."""
    comparison = {"caption": "Motion & fusion", "rows": rows, "columns": columns, **definition}
    return compare(
        "table_2",
        Comparison.model_validate(comparison),
        run,
        list(seeds),
        PAPER,
        "person",
        list(reasons),
        output / "table_2",
        output / "intervals.png",
        TIMES,
    )


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
    by_seed = folds["loss"].to_numpy().reshape(2, 2)
    assert flow["loss_sd_seeds"] == pytest.approx(by_seed.mean(axis=1).std(ddof=1), abs=1e-6)
    assert flow["loss_sd_folds"] == pytest.approx(by_seed.mean(axis=0).std(ddof=1), abs=1e-6)
    assert flow["loss_low"] < flow["loss_ours"] < flow["loss_high"]


BY_VIDEO = {"protocol": "by_video", "reference": "rgb"}


def write_by_video(results: Path, folds: dict[str, int] | None = None) -> list[dict]:
    """Write a better experiment on other folds of the same videos, 50 instead of 0 and 1; return rows with it."""
    for seed in (1, 2):
        table = made_predictions(skill=3, seed=seed)
        if folds:
            table["fold"] = table["video_id"].map(folds)
        write_results(results, "rgb_by_video", seed, predictions=table, parameters={"stream": "rgb"})
    own = {"experiment": "rgb_by_video", "label": "RGB, folds by video", "folder": "training/rgb_by_video"}
    return [ROWS[0], own | BY_VIDEO, ROWS[1]]


def test_a_row_on_folds_by_video_is_compared_with_the_same_experiment_by_person(results, tmp_path):
    rows = write_by_video(results, {f"video {number:03d}": number // 3 for number in range(6)})
    table = compared(results, tmp_path, rows, columns=["loss", "accuracy"]).set_index("experiment")
    assert table["reference"].tolist() == ["", "rgb", ""]
    assert table["protocol"].tolist() == ["cross_validation", "by_video", "cross_validation"]
    dealt = table.loc["rgb_by_video"]
    assert dealt["accuracy_versus"] == pytest.approx(
        dealt["accuracy_ours"] - table.loc["rgb", "accuracy_ours"], abs=2e-6
    )
    assert dealt["accuracy_versus_low"] <= dealt["accuracy_versus"] <= dealt["accuracy_versus_high"]
    assert table.loc[["rgb", "flow"], "accuracy_versus"].isna().all()
    text = (tmp_path / "table_2.md").read_text()
    assert "RGB, folds by video: folds by video. Videos stay whole, but a person may be trained on" in text
    assert "By video minus by person is what such familiar material adds" in text
    assert "the row minus the reference, RGB stream only, on the same resampled videos" in text
    (line,) = [line for line in text.splitlines() if line.startswith("| RGB stream only")]
    assert line.count("reference") == 2
    (line,) = [line for line in text.splitlines() if line.startswith("| optical flow")]
    assert "reference" not in line
    (line,) = [line for line in text.splitlines() if line.startswith("| RGB, folds by video")]
    assert "**" not in line
    read = read_comparison(tmp_path / "table_2.csv").set_index("experiment")
    assert read["protocol"].equals(table["protocol"])


def test_a_table_with_a_reference_names_it_beside_rows_on_folds_by_video(results, tmp_path):
    first, dealt, last = write_by_video(results, {f"video {number:03d}": number // 3 for number in range(6)})
    rows = [first, dealt, last | {"reference": "rgb"}]
    compared(results, tmp_path, rows, columns=["loss"])
    assert "the row minus the reference, RGB stream only, on" in (tmp_path / "table_2.md").read_text()
    compared(results, tmp_path, [first | {"reference": "flow"}, dealt, last], columns=["loss"])
    text = (tmp_path / "table_2.md").read_text()
    assert "more_ (of a row on folds by video, the same experiment on the other folds), on the same" in text
    assert "within the folds of the first row" in text


def test_a_table_on_folds_by_video_alone_does_not_speak_of_persons(results, tmp_path):
    _, dealt, _ = write_by_video(results, {f"video {number:03d}": number // 3 for number in range(6)})
    compared(results, tmp_path, [dealt | {"reference": None}], columns=["loss"])
    text = (tmp_path / "table_2.md").read_text()
    assert "Folds by person: groups stay whole" not in text
    assert "within their folds" in text


def test_a_table_says_where_folds_by_video_are_those_by_person(results, tmp_path):
    compared(results, tmp_path, write_by_video(results), columns=["loss"])
    assert (
        "RGB, folds by video: folds by video, which are those by person here" in (tmp_path / "table_2.md").read_text()
    )


def test_rows_of_one_protocol_on_different_folds_are_refused(results, tmp_path):
    first, dealt, last = write_by_video(results, {f"video {number:03d}": number // 3 for number in range(6)})
    with pytest.raises(InputError, match="rgb and rgb_by_video have different segments or folds"):
        compared(results, tmp_path, [first, dealt | {"protocol": "cross_validation"}, last])
    write_results(results, "rgb_by_video", 1, predictions=made_predictions()[1:], parameters={"stream": "rgb"})
    with pytest.raises(InputError, match="rgb and rgb_by_video have different segments or folds"):
        compared(results, tmp_path, [first, dealt, last], seeds=[1])
    with pytest.raises(ValueError, match="reference: 'flow' is not the experiment of any row"):
        compared(results, tmp_path, [first, dealt | {"reference": "flow"}])


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
    assert rows["RGB + optical flow"][4] == "87.67"
    assert rows["RGB + optical flow"][5] == "**100.00** ± 0.00"
    assert rows["RGB + optical flow"][6:8] == ["[100.00, 100.00]", "+12.33"]
    assert rows["RGB stream only"][7].startswith("−")
    assert rows["optical flow & more_"][11:13] == ["57.8", "**62.3** (50.0 + 12.3)"]
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
    text = (tmp_path / "table_2.md").read_text()
    assert "Not comparable with the paper: rendered demo data; random weights." in text
    assert "Verdict:" not in text


def test_verdicts_say_where_the_papers_number_lies(results, tmp_path, monkeypatch):
    wanted = ["loss", "accuracy", "parameters", "forward_time_ms"]
    plain = compared(results, tmp_path, rows=ROWS[:2]).set_index("experiment")
    low, high = plain.loc["flow", ["accuracy_low", "accuracy_high"]]
    assert low < plain.loc["flow", "accuracy_ours"] < high

    def verdicts(**numbers: float) -> tuple[list[str], str]:
        monkeypatch.setitem(PAPER["table_2"], "flow", numbers)
        row = compared(results, tmp_path, rows=ROWS[:2]).set_index("experiment").loc["flow"]
        return [row[f"{column}_verdict"] for column in wanted], row["verdict"]

    assert verdicts(accuracy=low - 0.001) == (["", "above", "", ""], "above")
    assert "Verdict: inside, the paper's number is in our interval" in (tmp_path / "table_2.md").read_text()
    assert verdicts(accuracy=high + 0.001) == (["", "below", "", ""], "below")
    assert verdicts(accuracy=high - 0.001, loss=9) == (["below", "inside", "", ""], "loss below, accuracy inside")
    assert verdicts(parameters=3754243) == (["", "", "equal", ""], "equal")
    assert verdicts(parameters=7, forward_time_ms=62.34)[1] == (
        "trainable parameters different, forward time not comparable"
    )


def test_rows_are_set_against_the_reference_on_the_same_videos(results, tmp_path):
    table = compared(results, tmp_path, reference="rgb").set_index("experiment")
    for name in ("flow", "rgb_flow"):
        expected = table.loc[name, "loss_ours"] - table.loc["rgb", "loss_ours"]
        assert table.loc[name, "loss_versus"] == pytest.approx(expected, abs=1e-6)
        assert table.loc[name, "loss_versus_low"] <= expected <= table.loc[name, "loss_versus_high"]
    assert table.loc["rgb", ["loss_versus", "loss_versus_low", "accuracy_versus_high"]].isna().all()
    assert "parameters_versus" not in table
    text = (tmp_path / "table_2.md").read_text()
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if "|" in line}
    assert lines["RGB stream only"].count("reference") == 2
    assert "∗" in lines["RGB + optical flow"]
    assert table.loc["rgb_flow", "loss_versus_high"] < 0
    assert "minus the reference, RGB stream only, on the same resampled videos" in text
    tex = (tmp_path / "table_2.tex").read_text()
    assert "$\\ast$" in tex
    assert tex.isascii()
    compared(results, tmp_path)
    assert "reference" not in (tmp_path / "table_2.md").read_text()
    with pytest.raises(ValueError, match="'svm' is not the experiment of any row"):
        compared(results, tmp_path, reference="svm")


def test_a_gain_over_the_reference_is_told_first(results, tmp_path):
    table = compared(results, tmp_path, reference="rgb", gain="rgb_flow").set_index("experiment")
    row = table.loc["rgb_flow"]
    shown = [f"{100 * row[f'accuracy_versus{part}']:+.1f}" for part in ("", "_low", "_high")]
    note = json.loads((tmp_path / "table_2.json").read_text())["notes"][0]
    assert f"the difference is {shown[0]} points [{shown[1]}, {shown[2]}]: a gain." in note
    assert note.startswith("On held-out videos, RGB + optical flow classifies ")


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((0.01, 0.05), ": a gain."),
        ((-0.05, -0.01), ": a loss: keep as it is."),
        ((-0.01, 0.05), ": a difference that may be chance."),
    ],
)
def test_what_an_interval_says_of_a_gain(interval, verdict):
    parts = ("versus", "versus_low", "versus_high")
    rows = {
        "experiment": ["old", "new"],
        "reference": ["old", "old"],
        "label": ["as it is", "adapted"],
        "accuracy_ours": [0.8, 0.83],
        **{f"accuracy_{part}": [math.nan, number] for part, number in zip(parts, (0.03, *interval), strict=True)},
    }
    assert gain_notes(pd.DataFrame(rows), "new")[0].endswith(verdict)
    assert gain_notes(pd.DataFrame(rows), None) == []


def test_html_has_the_numbers_of_the_file(results, tmp_path):
    rows = [{**ROWS[0], "label": "<b>RGB & more</b>"}, *ROWS[1:]]
    compared(results, tmp_path, rows=rows, reference="rgb", reasons=("<script>",))
    about = json.loads((tmp_path / "table_2.json").read_text())
    assert (about["table"], about["unit"], about["reference"]) == ("table_2", "segment", "rgb")
    read = read_comparison(tmp_path / "table_2.csv")
    page = to_html(read, about["columns"], about["caption"])
    assert "<b>" not in page
    assert "<script>" not in page
    tree = ElementTree.fromstring(f"<div>{page}</div>")
    upper, lower = tree.findall("table/thead/tr")
    assert "±" in page
    assert "± " not in page  # no line ends there
    spans = [int(group.get("span")) for group in tree.findall("table/colgroup")]
    assert spans == [int(cell.get("colspan", 1)) for cell in upper]
    cells = [[cell.text or cell[0].text for cell in row] for row in tree.findall("table/tbody/tr")]
    assert sum(int(cell.get("colspan", 1)) for cell in upper) == len(cells[0])
    assert len(lower) == len(cells[0]) - 2
    assert tree.find("table/caption").text == "Motion & fusion"
    assert [row[0] for row in cells] == [row["label"] for row in rows]
    assert cells[1][1:3] == ["0.5387", f"{read['loss_ours'][1]:.4f} ±\xa0{read['loss_sd'][1]:.4f}"]
    assert {cell.get("scope") for cell in [*upper, *lower]} == {"col", "colgroup"}
    lines = [line.split("|")[1:-1] for line in (tmp_path / "table_2.md").read_text().splitlines() if line[:2] == "| "]
    plain = [[cell.strip().replace("**", "").replace("\\|", "|") for cell in line] for line in lines[2:]]
    rows_found = tree.findall("table/tbody/tr")
    found = [["".join(cell.itertext()).replace("\xa0", " ") for cell in row] for row in rows_found]
    assert found[1:3] == plain[1:3]


def test_what_is_shown_is_rounded_from_the_numbers_of_the_file(results, tmp_path):
    shown = compared(results, tmp_path, reference="rgb")
    read = read_comparison(tmp_path / "table_2.csv")
    numbers = read.select_dtypes("float").columns
    assert len(numbers) > 20
    pd.testing.assert_frame_equal(shown[numbers], read[numbers], check_exact=True)


def test_the_figure_is_of_repeatable_bytes_and_follows_the_numbers(results, tmp_path):
    compared(results, tmp_path)
    one = (tmp_path / "intervals.png").read_bytes()
    compared(results, tmp_path)
    assert (tmp_path / "intervals.png").read_bytes() == one
    width = matplotlib.image.imread(tmp_path / "intervals.png").shape[1]
    compared(results, tmp_path, columns=["loss"])
    assert matplotlib.image.imread(tmp_path / "intervals.png").shape[1] < width
    write_results(results, "flow", 2, predictions=made_predictions(skill=4, seed=2))
    compared(results, tmp_path)
    assert (tmp_path / "intervals.png").read_bytes() != one


def test_latex_is_a_booktabs_float_with_special_characters_escaped(results, tmp_path):
    compared(results, tmp_path)
    text = (tmp_path / "table_2.tex").read_text()
    for part in ("\\toprule", "\\bottomrule", "\\caption{Motion \\& fusion}", "optical flow \\& more\\_", "33.33\\%"):
        assert part in text
    assert "\\textbf{100.00} $\\pm$ 0.00" in text
    assert text.isascii()
    body = text[text.index("\\midrule") : text.index("\\bottomrule")].strip().splitlines()[1:]
    assert len(body) == len(ROWS)
    assert {line.replace("\\&", "").count("&") for line in body} == {15}


def test_single_value_has_no_deviation(tmp_path):
    write_results(tmp_path / "demo", "rgb", predictions=made_predictions(folds=1))
    table = compared(tmp_path / "demo", tmp_path, rows=ROWS[:1], columns=["loss"], seeds=[1])
    assert table["loss_sd"].isna().all()
    page = (tmp_path / "table_2.md").read_text()
    assert "±" not in page
    assert "videos; ours is a single value." in page


def test_numbers_are_rounded_as_python_rounds_them():
    assert number_text(np.float64(0.00035), ALL_COLUMNS["loss"]) == "0.0003"  # 0.0004 by NumPy
    assert number_text(np.float64(-1e-9), ALL_COLUMNS["loss"], "+") == "+0.0000"


def test_rows_on_different_segments_are_refused_by_name(results, tmp_path):
    write_results(results, "flow", 2, predictions=made_predictions(segments=5, seed=2))
    with pytest.raises(InputError, match=r"rgb and flow have different segments.*24 and 30"):
        compared(results, tmp_path)


def test_same_segments_in_another_order_or_other_folds(results, tmp_path):
    write_results(results, "flow", 2, predictions=made_predictions(seed=2).iloc[::-1])
    compared(results, tmp_path)
    write_results(results, "flow", 2, predictions=made_predictions(folds=3, seed=2))
    with pytest.raises(InputError, match=r"rgb and flow have different segments or folds"):
        compared(results, tmp_path)


def test_unknown_column_is_refused(results, tmp_path):
    with pytest.raises(InputError, match=r"table_2: unknown column 'f1'.*loss, accuracy"):
        compared(results, tmp_path, columns=["f1"])
    with pytest.raises(InputError, match=r"table_2: unknown column 'loss'.*recall_signing"):
        compared(results, tmp_path, columns=["loss"], unit="video")


def test_table_without_losses_says_nothing_of_chance_or_segments(results, tmp_path):
    compared(results, tmp_path, rows=ROWS[1:2], columns=["forward_time_ms"])
    text = (tmp_path / "table_2.md").read_text()
    assert "**62.3** (50.0 + 12.3)" in text
    assert "+4.5" in text
    assert "segments" not in text
    assert "Chance" not in text


def test_networks_are_shown_by_what_is_read_of_them_and_how_fast_they_are(results, tmp_path):
    read = [{"layer": "fc1", "features": 4096}, {"layer": "mobilenet_v2/final_gap", "features": 1280}, {}]
    rows = [row | own for row, own in zip(ROWS, read, strict=False)]
    table = compared(results, tmp_path, rows=rows, columns=["features", "images_per_second"]).set_index("experiment")
    assert table["features_ours"].dropna().to_dict() == {"rgb": 4096, "flow": 1280}
    assert table["images_per_second_ours"].dropna().to_dict() == {"rgb": 11.04, "flow": 99.5}
    text = (tmp_path / "table_2.md").read_text()
    assert re.search(r"\| +4,096 \| +11\.0 \|", text)
    assert re.search(r"\| +1,280 \| +\*\*99\.5\*\* \|", text)
    assert "Images per second: of the network alone, in full batches, on the machine of this run." in text
    again = read_comparison(tmp_path / "table_2.csv")
    assert again["features_ours"].dropna().tolist() == [4096, 1280]
    assert str(again["features_ours"].dtype) == "Int64"


def test_forward_times_need_both_parts(tmp_path):
    path = tmp_path / "times.json"
    path.write_text(json.dumps({"streams": {"flow": {"motion_ms": 50}}, "networks": {}}))
    with pytest.raises(InputError, match=r"times.json.*motion_ms and network_ms.*network_ms"):
        read_forward_times(path)


def test_columns_of_a_unit_are_what_its_metrics_hold():
    for unit, predictions in [("segment", made_predictions()), ("video", made_video_predictions())]:
        metrics = {ALL_COLUMNS[name].metric for name in columns_of(unit)} - {None}
        assert metrics == {name for name in evaluate(predictions, unit) if not name.startswith("n_")}


def test_precision_is_the_mean_over_classes_and_its_definition_stands_below(results, tmp_path):
    row = {"experiment": "svm", "label": "SVM", "folder": "classification/svm"}
    for seed in (1, 2):
        write_results(results, "svm", seed, kind="classification", predictions=made_predictions(skill=2, seed=seed))
    columns = ["loss", "precision", "f1_signing", "parameters"]
    table = compared(results, tmp_path, rows=[*ROWS, row], columns=columns).set_index("experiment")
    folds = pd.concat([per_fold(made_predictions(skill=2, seed=seed)) for seed in (1, 2)])
    assert table.loc["svm", "precision_ours"] == pytest.approx(folds["precision_macro"].mean())
    assert table.loc["svm", "precision_sd"] == round(folds["precision_macro"].std(), DIGITS)
    assert table.loc["svm", "f1_signing_ours"] == pytest.approx(folds["f1_signing"].mean())
    assert pd.isna(table.loc["svm", "parameters_ours"])
    text = (tmp_path / "table_2.md").read_text()
    assert "Precision (%), ours" in text
    assert f"{100 * table.loc['svm', 'precision_ours']:.2f} ± " in text
    assert "**100.00** ± 0.00" in text
    assert "a class that is never predicted counting as 0; the paper does not define its own" in text
    assert "Precision (%), paper" not in text  # the paper has none for these rows
    assert "percentage points" not in text
    compared(results, tmp_path)
    assert "Precision:" not in (tmp_path / "table_2.md").read_text()


def test_whole_videos_are_signing_against_the_rest(results, tmp_path):
    rows = [*ROWS[:1], {"experiment": "clips", "label": "whole clips", "folder": "classification/clips"}]
    for seed in (1, 2):
        table = made_video_predictions(skill=2, seed=seed).sample(frac=1, random_state=seed)
        write_results(
            results, "clips", seed, kind="classification", predictions=table, parameters={"unit": "video", "c": 1}
        )
    columns = ["precision_signing", "recall_signing", "f1_signing", "accuracy"]
    table = compared(results, tmp_path, rows=rows, columns=columns, unit="video").set_index("experiment")
    for name, seeds in [
        ("rgb", [by_video(made_predictions(skill=0, seed=seed)) for seed in (1, 2)]),
        ("clips", [made_video_predictions(skill=2, seed=seed) for seed in (1, 2)]),
    ]:
        folds = pd.concat([per_fold(predictions, "video") for predictions in seeds])
        for column in columns:
            assert table.loc[name, f"{column}_ours"] == pytest.approx(folds[column].mean())
        assert table.loc[name, "n_values"] == 4
    assert table[["n_videos", "n_signing"]].to_numpy().tolist() == [[6, 2]] * 2
    assert "n_segments" not in table
    assert table["chance_accuracy"].tolist() == pytest.approx([2 / 3] * 2)
    text = (tmp_path / "table_2.md").read_text()
    assert "the same 6 videos, 2 of them signing" in text
    assert "Signing or not, at p ≥ 0.5" in text
    assert "the mean over its segments" in text
    assert "p $\\geq$ 0.5" in (tmp_path / "table_2.tex").read_text()
    assert (tmp_path / "table_2.tex").read_text().isascii()


def test_rows_on_different_videos_are_refused_by_name(results, tmp_path):
    rows = [*ROWS[:1], {"experiment": "clips", "label": "whole clips", "folder": "classification/clips"}]
    predictions = made_video_predictions()
    write_results(results, "clips", kind="classification", predictions=predictions, parameters={"unit": "video"})
    with pytest.raises(InputError, match="clips predicts whole videos; give the table `unit: video`"):
        compared(results, tmp_path, rows=rows, seeds=[1])
    wanted = {"rows": rows, "seeds": [1], "columns": ["f1_signing"], "unit": "video"}
    compared(results, tmp_path, **wanted)
    for others in (predictions.head(5), predictions.assign(label="other"), predictions.assign(fold=0)):
        write_results(results, "clips", kind="classification", predictions=others, parameters={"unit": "video"})
        with pytest.raises(InputError, match=rf"rgb and clips have different videos.*6 and {len(others)} videos"):
            compared(results, tmp_path, **wanted)
    torn = made_predictions()
    torn.loc[0, "fold"] = 1
    write_results(results, "rgb", predictions=torn)
    with pytest.raises(
        InputError, match=r"rgb/seed_1/predictions.parquet: video 'video 000' has segments in two folds"
    ):
        compared(results, tmp_path, **wanted)


def test_numbers_of_others_are_named_and_never_comparable(results, tmp_path, monkeypatch):
    monkeypatch.setitem(PAPER["table_2"]["flow"], "source", "Shipman et al., on 227 videos of their own")
    table = compared(results, tmp_path, notes=["A sentence of one's own, with 100%.", "Another."])
    assert table["verdict"].tolist() == ["loss above, accuracy below", "not comparable", "above", ""]
    text = (tmp_path / "table_2.md").read_text()
    said = "optical flow & more_: reported by Shipman et al., on 227 videos of their own."
    assert said in text
    assert text.endswith("\n\nA sentence of one's own, with 100%.\n\nAnother.\n")
    assert "with 100\\%." in (tmp_path / "table_2.tex").read_text()


def test_a_note_says_by_what_trainings_stopped(results, tmp_path):
    def notes(*folders: str) -> list[str]:
        given = [{"experiment": Path(own).name, "label": Path(own).name.upper(), "folder": own} for own in folders]
        compared(results, tmp_path, rows=given, columns=["loss"])
        return [line for line in (tmp_path / "table_2.md").read_text().splitlines() if "training stops" in line]

    held_out, inner = (f": {NOTES[stop]}." for stop in ("held_out", "inner"))
    for seed in (1, 2):
        write_results(results, "other", seed, parameters={"training.stop_on": "inner"})
        write_results(results, "both", seed, "fusion", stop_on=["held_out", "inner"])
        write_results(results, "svm", seed, "classification", made_predictions())
        write_results(results, "asked", seed, parameters={"training.epochs": 0})
    assert notes("training/other", "training/asked") == [f"Networks{inner}"]
    assert notes("training/rgb", "classification/svm") == [f"Networks{held_out}"]
    assert notes("training/other") == [f"Networks{inner}"]
    assert notes("training/rgb", "training/other", "fusion/both") == [f"RGB; BOTH{held_out}", f"OTHER; BOTH{inner}"]
    assert notes("classification/svm") == []


def test_remarks_say_what_a_classifier_did_without(results, tmp_path):
    rows = [*ROWS[:1], {"experiment": "svm", "label": "baseline", "folder": "classification/svm"}]

    def notes(*folds: dict, **values: object) -> list[str]:
        for seed in (1, 2):
            write_results(results, "svm", seed, "classification", made_predictions(), folds=folds, **values)
        compared(results, tmp_path, rows=rows, columns=["loss"])
        return [line for line in (tmp_path / "table_2.md").read_text().splitlines() if line.startswith("baseline: ")]

    def fit(search: int, fit: int, training: int, split: str = "groups") -> dict:
        names = ("search_segments", "fit_segments", "training_segments", "inner_split")
        return dict(zip(names, (search, fit, training, split), strict=True))

    whole = fit(12, 12, 12)
    assert notes({}, {}) == []
    assert notes(whole, whole, faceless=0.0) == []
    assert notes(fit(4990, 19990, 40123), fit(5000, 20000, 40007, "segments"), faceless=0.1234) == [
        "baseline: 12.3% of the segments show no face.",
        "baseline: tuned on 4,990 to 5,000 and fitted on 19,990 to 20,000 of the 40,007 to 40,123 segments "
        "that a fold leaves to train on.",
        "baseline: in 2 of 4 fits the groups of videos were too few for every class, so tuning split single segments.",
    ]
    assert notes(fit(5000, 8000, 8000), whole) == [
        "baseline: tuned on 5,000 and fitted on 8,000 of the 8,000 segments that a fold leaves to train on."
    ]
    assert notes(whole, fit(12, 12, 12, "none")) == [
        "baseline: in 2 of 4 fits a class had one segment to train on, so tuning and calibration used what was fitted."
    ]


def test_program_reads_results_from_the_folders_that_it_is_told(results, tmp_path):
    write_results(results, "svm", 1, kind="classification", predictions=made_predictions(skill=2))
    write_results(results, "svm", 2, kind="classification", predictions=made_predictions(skill=2))
    definition = {
        "caption": "RNNs",
        "columns": ["parameters", "loss"],
        "rows": [
            {"experiment": "gru_2", "label": "GRU 2", "folder": "training/rgb"},
            {"experiment": "rgb_flow", "label": "RGB + flow", "folder": "fusion/rgb_flow"},
            {"experiment": "svm", "label": "SVM", "folder": "classification/svm"},
        ],
        "notes": ["As one likes."],
    }

    def program(definition: dict, folder: str) -> subprocess.CompletedProcess:
        options = ["--table-name", "table_3", "--comparison", json.dumps(definition), "--paper", PAPER_FILE]
        options += ["--run-folder", results, "--seeds", "1", "2", "--not-comparable", "random weights"]
        options += ["--group-by", "source"]
        options += ["--output-stem", tmp_path / folder / "t", "--figure", tmp_path / folder / "t.png"]
        command = [*rule_program("tables.compare_experiments"), *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert program(definition, "one").returncode == 0
    assert program(definition, "two").returncode == 0
    table = pd.read_csv(tmp_path / "one" / "t.csv")
    assert table["experiment"].tolist() == ["gru_2", "rgb_flow", "svm"]
    assert table["verdict"].tolist() == ["not comparable"] * 3
    assert "Folds by source: groups stay whole" in (tmp_path / "one" / "t.md").read_text()
    for suffix in ("csv", "md", "tex", "json", "png"):
        assert (tmp_path / f"one/t.{suffix}").read_bytes() == (tmp_path / f"two/t.{suffix}").read_bytes()

    definition["rows"][0]["folder"] = "training/gru_9"
    refused = program(definition, "three")
    assert refused.returncode == 1
    assert "training/gru_9/seed_1/record.json: there is no such file; train the experiment first" in refused.stderr

"""Parts of the report: the files that it reads, its words, and the errors."""

import json
import platform
import shutil
import subprocess
from dataclasses import replace
from html import escape
from pathlib import Path

import pandas as pd
import pytest
from made_report import EXPERIMENTS, HOSTILE_ID, TABLES, write_run
from places import SCRIPTS, rule_program

from signwild.base.errors import InputError
from signwild.base.templates import TEMPLATES, escape_markdown, render, templates_digest, wrap_prose
from signwild.base.words import counted, duration, listed, memory, number, percent
from signwild.configuration.settings import load_settings
from signwild.plan.report import picture_files, report_definition
from signwild.plan.run import SHIPPED_EXPERIMENTS, Plan
from signwild.stages.learning_curve.compare_shares import curve_lines, last_steps, read_curve
from signwild.stages.report.definition import ReportDefinition
from signwild.stages.report.sources import read_sources, videos_by_class
from signwild.stages.report.summary import in_short, mistakes
from signwild.stages.report.system import describe_system
from signwild.stages.report.tables import BEYOND, grouped, heading_of, read_dataset_table, table_title
from signwild.stages.report.times import read_times
from signwild.stages.report.write_report import write_report
from signwild.stages.signers.compare_signers import read_signers, spread_lines
from signwild.stages.tables.check_claims import claim_lines, read_claims


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ReportDefinition]:
    """A finished run and the definition of its report; tests work on copies."""
    folder = tmp_path_factory.mktemp("report") / "made"
    return folder, write_run(folder)


@pytest.fixture
def run(made: tuple[Path, ReportDefinition], tmp_path: Path) -> Path:
    return shutil.copytree(made[0], tmp_path / "results/made")


@pytest.fixture
def definition(made: tuple[Path, ReportDefinition]) -> ReportDefinition:
    return made[1]


def written(definition: ReportDefinition, run: Path, configfile: str | None = None) -> dict[str, str]:
    """Write the three files, and return their text."""
    write_report(definition, run, configfile, run / "report")
    return {path.name: path.read_text(encoding="utf-8") for path in (run / "report").iterdir()}


def test_the_program_writes_a_page_and_two_cards(definition: ReportDefinition, run: Path) -> None:
    command = [*rule_program("report.write_report"), "--definition", definition.model_dump_json()]
    command += ["--run-folder", run, "--output-dir", run / "report"]
    subprocess.run([str(part) for part in command], check=True)
    assert {path.name for path in (run / "report").glob("[!.]*")} == {"index.html", "model_card.md", "data_card.md"}


def test_what_comes_from_outside_is_escaped_in_the_page(definition: ReportDefinition, run: Path) -> None:
    page = written(definition, run)["index.html"]
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in page
    assert "http://" not in page.replace("http://a.b", "")
    assert "<b>and</b>" not in page


def test_what_comes_from_outside_is_escaped_in_the_cards(definition: ReportDefinition, run: Path) -> None:
    files = written(definition, run)
    (row,) = [line for line in files["data_card.md"].splitlines() if "alert(1)" in line]
    assert row.startswith(r"| &lt;script&gt;alert(1)&lt;/script&gt;\|\*x\* | signing | undecodable |")
    assert r"\| \[link\](http://a.b) |" in row
    assert "| A table of our own | optical flow &lt;only&gt; | Calibration error | " in files["model_card.md"]
    for name in ("data_card.md", "model_card.md"):
        assert "<script" not in files[name]
        header = None
        for line in files[name].splitlines():
            cells = line.replace(r"\|", "").count("|")
            assert not line.startswith("|") or header in (None, cells), line
            header = cells if line.startswith("|") else None


def test_the_box_is_there_only_where_numbers_cannot_be_compared(definition: ReportDefinition, run: Path) -> None:
    assert 'id="not-comparable"' in written(definition, run)["index.html"]
    comparable = definition.model_copy(update={"not_comparable": []})
    files = written(comparable, run)
    assert 'id="not-comparable"' not in files["index.html"]
    assert "Not comparable" not in files["model_card.md"]


def test_too_few_of_the_papers_videos_are_said_first(definition: ReportDefinition, run: Path) -> None:
    comparable = definition.model_copy(update={"not_comparable": [], "paper_dataset": True})
    table = pd.read_csv(run / "tables/dataset.csv")
    for videos, said in ((1120, False), (812, True)):
        table.assign(videos=videos).to_csv(run / "tables/dataset.csv", index=False)
        page = written(comparable, run)["index.html"]
        assert ("Not comparable with the paper: attrition: 812 of 1,120 videos." in page) == said
        assert ('id="not-comparable"' in page) == said


def test_the_command_is_the_one_that_was_given(definition: ReportDefinition, run: Path) -> None:
    assert "<code>make demo</code>" in written(definition, run)["index.html"]
    assert (
        "<code>make demo</code>" in written(definition, run, str(SCRIPTS.parent / "config/config.yaml"))["index.html"]
    )
    assert "make run CONFIG=&#39;/a b/my.yaml&#39;" in written(definition, run, "/a b/my.yaml")["index.html"]


def test_facts_are_those_of_the_tables_and_manifests(definition: ReportDefinition, run: Path) -> None:
    best, videos, segments, experiments, mistake, time = in_short(read_sources(definition, run))
    table = pd.read_csv(run / "tables/table_2.csv")
    row = table.loc[table["accuracy_ours"].idxmax()]
    assert best.number == f"{100 * row['accuracy_ours']:.1f}%"
    assert f"{row['label']} (Table 2; 95% interval {100 * row['accuracy_low']:.1f} to" in best.text
    assert "The paper reports 85.0%" in best.text
    assert "most frequent class gives 33.3%" in best.text
    assert (videos.number, videos.text) == (
        "6",
        "of 8 videos could be used; 2 could not (missing: 1, undecodable: 1).",
    )
    assert (segments.number, segments.text) == (
        "24",
        "segments with one label, in 2 folds: 8 signing, 8 speaking and 8 other.",
    )
    assert (experiments.number, experiments.text) == ("2", "experiments (2 networks trained), with seed 1.")
    counts = read_sources(definition, run).confusion
    assert f"by optical flow <only>: {mistakes(counts)[0].count} of 8" in mistake.text
    assert time.number == "2 min 2 s"


def test_experiments_and_mistakes_that_are_equally_frequent_are_all_named(
    definition: ReportDefinition, run: Path
) -> None:
    for name in ("table_2", "calibrated"):
        table = pd.read_csv(run / f"tables/{name}.csv")
        table.assign(accuracy_ours=[0.91241, 0.91239]).to_csv(run / f"tables/{name}.csv", index=False)
    sources = read_sources(definition, run)
    counts = sources.confusion.copy()
    counts[:] = [[6, 2, 0], [0, 6, 2], [0, 0, 8]]
    best, *_, mistake, _ = in_short(replace(sources, confusion=counts))
    assert best.number == "91.2%"
    assert best.text.startswith("is the best accuracy over segments, shared by RGB stream only (Table 2; 95% interval ")
    assert ") and optical flow <only> (Table 2; " in best.text
    assert "paper" not in best.text
    assert (
        "by optical flow <only>: 2 of 8, and as often speaking for other: the most frequent mistakes." in mistake.text
    )


def test_rows_on_folds_by_video_are_not_the_best(definition: ReportDefinition, run: Path) -> None:
    for name in ("table_2", "calibrated"):
        table = pd.read_csv(run / f"tables/{name}.csv").assign(protocol=["cross_validation", "by_video"])
        table.assign(accuracy_ours=[0.8, 0.99]).to_csv(run / f"tables/{name}.csv", index=False)
    best, *_ = in_short(read_sources(definition, run))
    assert best.number == "80.0%"
    assert "optical flow" not in best.text
    values = {"protocols": ["cross_validation", "by_video"]}
    files = written(definition.model_copy(update=values), run)
    assert "other videos of the tested persons to train on" in files["model_card.md"]
    assert "by person; by video where a row says so" in files["index.html"]


def test_tables_of_numbers_that_the_paper_does_not_have_are_beyond_it() -> None:
    assert heading_of("table_5_videos") == "Table 5"
    assert [heading_of(name) for name in ("table_6", "table_7", "table_1b", "mine")] == [BEYOND] * 4
    assert table_title("table_7", "Folds") == "Folds"


def test_mistakes_are_sorted_by_their_share_and_counted() -> None:
    counts = pd.DataFrame([[5, 5, 0], [1, 3, 0], [0, 0, 0]], index=list("abc"), columns=list("abc"))
    found = mistakes(counts)
    assert [(pair.truth, pair.prediction, pair.count, pair.of) for pair in found[:2]] == [
        ("a", "b", 5, 10),
        ("b", "a", 1, 4),
    ]
    assert [pair.share for pair in found] == [0.5, 0.25, 0, 0]


def test_videos_count_in_every_class_that_they_hold() -> None:
    videos = pd.DataFrame({"status": ["ok", "missing"], "classes": [("signing", "other"), ("no label",)]})
    assert videos_by_class(videos).to_numpy().tolist() == [
        ["signing", 1, 1, 0],
        ["speaking", 0, 0, 0],
        ["other", 1, 1, 0],
        ["no label", 1, 0, 1],
    ]


def test_tables_of_one_number_stand_together_and_ours_last(definition: ReportDefinition, run: Path) -> None:
    order = ["calibrated", "table_2", "table_2_two_folds"]
    sources = read_sources(definition.model_copy(update={"tables": order}), run)
    names = {heading: [table.name for table in own] for heading, own in grouped(sources.tables).items()}
    assert list(names.items()) == [("Table 2", order[1:]), ("Beyond the paper", ["calibrated"])]
    assert len(TABLES) == len(order)


def test_times_are_sums_by_rule_with_missing_memory(run: Path) -> None:
    log = run / "logs/train_experiment/rgb/seed_1.log"
    log.parent.mkdir(parents=True)
    for name in ("seed_1.log", "seed_1.attempt_1.log", "seed_1.attempt_2.log", "seed_11.attempt_1.log"):
        log.with_name(name).touch()
    # Of the first attempt the time is known, the second was killed with its shell.
    log.with_name("seed_1.attempt_1.log").write_text("epoch 1\nattempt 1 failed after 30 s with exit code 1\n")
    times = read_times(run, ["rgb", "flow"], [1], []).set_index("rule")
    assert times.loc["train_experiment"].tolist() == [2, 150.5, 130.5, 1100, 2]
    assert times.loc["cut", "jobs"] == 1
    assert pd.isna(times.loc["cut", "memory_mib"])


def test_times_count_the_points_of_a_learning_curve(definition: ReportDefinition, run: Path) -> None:
    path = run / "benchmarks/train_experiment/rgb_share_0_5_draw_1/seed_1.jsonl"
    path.parent.mkdir()
    path.write_text('{"s": 9.5, "max_rss": 1}\n')
    times = read_sources(definition, run).times.set_index("rule")
    assert times.loc["train_experiment", ["jobs", "seconds"]].tolist() == [3, 130.0]
    without = read_sources(definition.model_copy(update={"points": []}), run).times.set_index("rule")
    assert without.loc["train_experiment", ["jobs", "seconds"]].tolist() == [2, 120.5]


@pytest.mark.parametrize("text", ["", "not JSON", "[]", '{"s": 1}', '{"s": null, "max_rss": 1}'])
def test_a_benchmark_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/cut.jsonl").write_text(text)
    with pytest.raises(InputError, match=r"cut\.jsonl: is not a benchmark"):
        read_times(tmp_path, [], [], [])


def test_times_are_of_what_the_report_rests_on(definition: ReportDefinition, run: Path) -> None:
    times = read_sources(definition, run).times
    beside = ["track_runs", "draw_faces/ensemble/0", "draw_poses/pose/0", "write_report"]
    gone = ["train_experiment/old/seed_1", "train_experiment/rgb/seed_7", "fuse_experiments/rgb_old/seed_1"]
    for name in [*beside, *gone, "train_final/rgb"]:
        path = run / f"benchmarks/{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"s": 5000, "max_rss": 9000}\n')
    pd.testing.assert_frame_equal(read_sources(definition, run).times, times)
    final = read_sources(definition.model_copy(update={"final": ["rgb"]}), run).times
    assert final["rule"].tolist() == ["train_final", *times["rule"]]
    (run / "benchmarks/extract_features/rgb").mkdir(parents=True)
    shutil.copy(run / "benchmarks/track_runs.jsonl", run / "benchmarks/extract_features/rgb/0.jsonl")
    assert read_sources(definition, run).times["rule"].tolist() == ["extract_features", *times["rule"]]


def test_cards_say_what_the_run_did(definition: ReportDefinition, run: Path) -> None:
    files = written(definition, run)
    assert "images and motion at 5 Hz; " in files["model_card.md"]
    assert "a segment of 20 samples (4.0 s)" in files["model_card.md"]
    assert "Every fold is held out once, except in tables of two folds.\nTables in two folds" in files["model_card.md"]
    values = {"length": 12, "sample_rate": 8, "max_seconds": 90.0, "protocols": ["two_folds"]}
    files = written(definition.model_copy(update=values), run)
    assert "images and motion at 8 Hz; " in files["model_card.md"]
    assert "a segment of 12 samples (1.5 s)" in files["model_card.md"]
    assert "at most the first 1 min 30 s, samples at 8 Hz;" in files["data_card.md"]
    assert "A segment has 12 samples in a row" in files["data_card.md"]
    assert "held out once" not in files["model_card.md"]
    files = written(definition.model_copy(update={"protocols": ["cross_validation"]}), run)
    assert "Folds by person: groups stay whole; a group is a person, or a video" in files["model_card.md"]
    assert "- Folds are by person, not by source: a studio" in files["model_card.md"]
    assert "6 groups (a group is a person, or a video where no person is given)" in files["data_card.md"]
    assert "- Groups, by person, were assigned to" in files["data_card.md"]
    assert (
        "Every fold is held out once.\nNetworks: training stops by the loss on the very fold" in files["model_card.md"]
    )
    assert "two folds" not in files["model_card.md"].split("## How it was tested")[1].split("##")[0]


def test_page_and_cards_say_that_folds_are_by_source(definition: ReportDefinition, run: Path) -> None:
    files = written(definition.model_copy(update={"group_by": "source"}), run)
    assert "<dt>Folds</dt><dd>2, by source</dd>" in files["index.html"]
    for name, text in files.items():
        assert "a group is a source with all videos of its persons" in text, name
        assert "a group is a person" not in text.split('id="tables"')[0], name
    assert "or to have the same source" in files["model_card.md"]
    assert "Folds are by person" not in files["model_card.md"]


def test_a_metric_that_is_undefined_is_a_dash_in_the_card(definition: ReportDefinition, run: Path) -> None:
    table = pd.read_csv(run / "tables/table_2.csv")
    table.loc[0, "accuracy_ours"] = float("nan")
    table.to_csv(run / "tables/table_2.csv", index=False)
    card = written(definition, run)["model_card.md"]
    assert "| Table 2 | RGB stream only | Accuracy (%) | – | " in card
    assert "| nan |" not in card


@pytest.mark.parametrize(
    "file",
    [
        "figures/figure_1.png",
        "figures/intervals_table_2.png",
        "figures/curves_rgb.png",
        "tables/table_2.json",
        "tables/dataset.csv",
        "tables/attrition.csv",
        "figures/attrition.png",
        "segments/balance.tsv",
        "resample/0.tsv",
        "run_config.yaml",
        "training/rgb/seed_1/record.json",
    ],
)
def test_a_file_that_is_missing_is_named(definition: ReportDefinition, run: Path, file: str) -> None:
    (run / file).unlink()
    with pytest.raises(InputError, match=file.replace(".", r"\.")):
        write_report(definition, run, None, run / "report")
    assert not (run / "report/index.html").exists()


def test_a_picture_and_a_table_of_another_form_are_named(definition: ReportDefinition, run: Path) -> None:
    (run / "figures/figure_1.png").write_bytes(b"GIF89a")
    with pytest.raises(InputError, match=r"figure_1\.png: is not a PNG"):
        write_report(definition, run, None, run / "report")
    (run / "tables/table_2.json").write_text(json.dumps({"caption": "no columns"}))
    with pytest.raises(InputError, match=r"table_2\.json: is not a description of a table \(KeyError"):
        write_report(definition, run, None, run / "report")


def test_a_picture_that_is_not_listed_is_not_shown(definition: ReportDefinition, run: Path) -> None:
    kept = [name for name in definition.pictures if not name.startswith(("figure", "confusion_flow"))]
    page = written(definition.model_copy(update={"pictures": kept, "shown": None}), run)["index.html"]
    assert 'id="figures"' not in page
    assert page.count("<img") == len(kept)
    assert len(EXPERIMENTS) == page.count('class="experiment"')


def test_statistics_of_the_data_set_are_shown_with_whatever_columns_they_have(tmp_path: Path) -> None:
    (tmp_path / "dataset.csv").write_text(
        "class,labelled_samples,hours,labelled_samples_paper\nsigning,1234,2,\ntotal,1,2.5,9\n"
    )
    titles, rows = read_dataset_table(tmp_path / "dataset.csv")
    assert titles == ["Class", "Labelled samples", "Hours", "Labelled samples, paper"]
    assert rows[1] == ["total", "1", "2.50", "9"]
    assert rows[0] == ["signing", "1,234", "2", "–"]


def test_statements_of_the_paper_are_shown_where_the_run_has_rows_for_them(
    definition: ReportDefinition, run: Path
) -> None:
    page = written(definition, run)["index.html"]
    (line,) = claim_lines(read_claims(run / "tables/claims.csv"), {"table_2": EXPERIMENTS})
    assert "Flow &lt;i&gt;alone&lt;/i&gt; does better than images (section 5.2)" in page
    assert all(f">{escape(cell)}</td>" in page for cell in line[1:])
    assert line[1] == "loss: optical flow <only> − RGB stream only"
    assert 'id="claims"' not in written(definition.model_copy(update={"claims": False}), run)["index.html"]
    (run / "tables/claims.csv").write_text("statement\nflow\n")
    with pytest.raises(InputError, match=r"claims\.csv: has no column says"):
        written(definition, run)


def test_persons_are_shown_with_their_spread_where_experiments_were_compared_by_them(
    definition: ReportDefinition, run: Path
) -> None:
    page = written(definition, run)["index.html"]
    assert '<a href="#per-signer">Person by person</a>' in page
    (line, *_) = spread_lines(read_signers(run / "tables/per_signer.csv"), "person")
    assert "".join(f"<td>{cell}</td>" for cell in line[2:]) in page
    assert "figures/per_signer.png" in page
    assert "Folds by person" in page
    page = written(definition.model_copy(update={"signers": False}), run)["index.html"]
    assert "per-signer" not in page
    (run / "tables/per_signer.csv").unlink()
    with pytest.raises(InputError, match=r"per_signer\.csv: cannot be read as a table of persons"):
        written(definition, run)


def test_the_learning_curve_is_shown_with_what_its_last_step_brought(definition: ReportDefinition, run: Path) -> None:
    page = written(definition, run)["index.html"]
    assert '<a href="#learning-curve">Learning curve</a>' in page
    table = read_curve(run / "tables/learning_curve.csv")
    (sentence,) = last_steps(table, "person")
    assert f"<p>{sentence}</p>" in page
    for line in curve_lines(table):
        assert "".join(f"<td>{cell}</td>" for cell in line[1:]) in page
    assert "figures/learning_curve.png" in page
    assert "experiment-rgb_share" not in page
    page = written(definition.model_copy(update={"learning_curve": False}), run)["index.html"]
    assert "learning-curve" not in page
    (run / "tables/learning_curve.csv").unlink()
    with pytest.raises(InputError, match=r"learning_curve\.csv: cannot be read as a learning curve"):
        written(definition, run)


def test_detectors_are_shown_where_the_run_has_some(definition: ReportDefinition, run: Path) -> None:
    write_report(definition, run, None, run / "report")
    page = (run / "report/index.html").read_text()
    assert '<a href="#detection">' in page
    assert "Segments of signing, F1 at overlap 0.25" in page
    assert "averaged over" in page
    write_report(definition.model_copy(update={"detectors": []}), run, None, run / "report")
    assert 'id="detection"' not in (run / "report/index.html").read_text()


def test_words() -> None:
    assert [number(1234.5, 1), number(-2), number(float("nan"))] == ["1,234.5", "−2", "–"]
    assert [percent(0.1234), percent(float("nan"))] == ["12.3%", "–"]
    assert [duration(59.94), duration(60), duration(3725)] == ["59.9 s", "1 min 0 s", "1 h 2 min"]
    assert [memory(512), memory(1536)] == ["512 MB", "1.5 GB"]
    assert [counted(1, "video"), counted(1200, "video")] == ["1 video", "1,200 videos"]
    assert [listed([1]), listed("ab"), listed("abc")] == ["1", "a and b", "a, b and c"]


def test_markdown_is_shown_as_it_stands() -> None:
    assert escape_markdown("a|b\n<i>&`_") == r"a\|b &lt;i&gt;&amp;\`\_"
    assert escape_markdown(", ") == ", "
    assert HOSTILE_ID not in escape_markdown(HOSTILE_ID)


def test_markdown_that_a_template_calls_safe_stays(tmp_path: Path) -> None:
    (tmp_path / "card.md.j2").write_text("{{ words | safe }} {{ words }}\n")
    assert render("card.md.j2", tmp_path, words="*own* & <i>") == "*own* & <i> \\*own\\* &amp; &lt;i&gt;\n"


def test_long_prose_is_wrapped_and_tables_are_not() -> None:
    row, title = f"| {'cell ' * 40}|", f"## {'title ' * 30}"
    text = wrap_prose("\n".join([title, "short", f"- {'word ' * 40}", row, "words " * 40, "```", row[2:], "```"]))
    lines = text.split("\n")
    assert [lines[0], lines[1], lines[4]] == [title, "short", row]
    assert [lines[2][:6], lines[3][:6]] == ["- word", "  word"]
    assert lines[-3:] == ["```", row[2:], "```"]
    assert max(len(line) for line in lines[:-3] if line not in (row, title)) <= 120
    assert text.split() == f"{title} short - {'word ' * 40}{row} {'words ' * 40} ``` {row[2:]} ```".split()


def test_the_system_is_described() -> None:
    system = describe_system()
    assert system.versions["Python"] == platform.python_version()
    assert {"TensorFlow", "Keras", "OpenCV", "scikit-learn", "Snakemake"} <= system.versions.keys()
    assert len(system.lock_sha256) == 64
    assert system.cores >= 1


def test_a_users_own_files_are_no_changed_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "requirements/cpu.txt"
    lock.parent.mkdir()
    lock.write_text("one==1\n")
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr("signwild.stages.report.system.PROJECT", tmp_path)
    (tmp_path / "mine.yaml").write_text("run: mine\n")
    assert describe_system().clean
    lock.write_text("one==2\n")
    assert not describe_system().clean


def test_the_digest_of_templates_follows_their_text(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    assert templates_digest(tmp_path / "templates") == templates_digest()
    with (tmp_path / "templates/page.html.j2").open("a") as page:
        page.write("more")
    assert templates_digest(tmp_path / "templates") != templates_digest()


def test_the_report_names_what_was_computed_and_the_rows_that_show_it() -> None:
    raw = {"run": "mine", "dataset": {"kind": "demo"}, "weights": {"source": "random"}, "seeds": [1, 7]}
    made = Plan(load_settings(raw | {"tables": ["table_1", "table_2"]}, "my.yaml", SHIPPED_EXPERIMENTS))
    definition = report_definition(made, ["0", "1"])
    assert definition.seeds == [1, 7]
    assert definition.shards == ["0", "1"]
    assert definition.tables == ["table_1", "table_2"]
    assert [entry.name for entry in definition.experiments] == made.computed()
    rows = {entry.folder: entry.rows for entry in definition.experiments}
    assert rows["training/rgb_fc1"] == ["VGG-16 fc1 (Table 1)", "RGB stream only (Table 2)"]
    assert rows["fusion/rgb_flow"] == ["RGB + optical flow (Table 2)"]
    assert set(definition.pictures) == {Path(path).name for path in picture_files(made)}
    assert definition.not_comparable == ["rendered demo videos", "random weights"]
    assert (definition.length, definition.sample_rate, definition.max_seconds) == (20, 5, 400)
    assert definition.protocols == ["cross_validation"]


@pytest.mark.parametrize(
    ("tables", "protocols"),
    [
        (["table_4_two_folds"], ["two_folds"]),
        (["table_4_two_folds", "table_5"], ["cross_validation", "two_folds"]),
    ],
)
def test_the_report_knows_the_protocols_of_its_tables(tables: list[str], protocols: list[str]) -> None:
    raw = {"run": "mine", "dataset": {"kind": "demo"}, "weights": {"source": "random"}, "tables": tables}
    made = Plan(load_settings(raw, "my.yaml", SHIPPED_EXPERIMENTS))
    assert report_definition(made, ["0"]).protocols == protocols

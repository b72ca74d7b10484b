"""Causes of jobs in words, from reasons as Snakemake gives them."""

from pathlib import Path

import pytest
from snakemake.jobs import Reason
from snakemake.persistence import ParamsChange

from signwild.upkeep.forecast.causes import explain
from signwild.upkeep.forecast.dry_run import PlannedJob, stage_of_rules
from signwild.upkeep.forecast.reasons import CODE, FOLDER, own_cause

STAGES = {"resample_videos": "resample", "compute_stream": "streams", "extract_features": "features"}


def job(reason: str, rule: str = "extract_features", inputs: str = "", outputs: str = "a.tsv") -> PlannedJob:
    """A job of a dry run."""
    return PlannedJob(rule, {}, reason, tuple(inputs.split()), tuple(outputs.split()), "")


def changed(before: set[str], now: set[str]) -> str:
    """Return the reason of a job whose parameters changed, in Snakemake's words."""
    reason = Reason()
    reason.params_changed = ParamsChange(before, now, {"a.tsv"})
    return str(reason)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ({repr("a" * 20)}, {repr("b" * 20)}, CODE),
        ({repr("a" * 64)}, {repr("b" * 64)}, FOLDER),
        ({"20"}, {"10"}, "parameters changed: 20 -> 10"),
        ({"'first run'"}, {"'it''s now: other'"}, "parameters changed: first run -> its now: other"),
        (
            {repr('{"network": {"dropout": 0.4, "units": 16}, "stream": "rgb"}')},
            {repr('{"network": {"dropout": 0.5, "units": 16}, "stream": "rgb"}')},
            "parameters changed: network.dropout 0.4 -> 0.5",
        ),
        (
            {repr('{"every": 3, "agreement": 2}'), repr("a" * 20)},
            {repr('{"every": 5, "agreement": 2}'), repr("b" * 20)},
            "parameters changed: every 3 -> 5; code too",
        ),
        ({repr('{"a": 1, "b": 1, "c": 1}')}, {repr('{"a": 2, "b": 2, "c": 2}')}, "a 1 -> 2, b 1 -> 2 and 1 more"),
        ({"[1, 2]"}, {"[1, 2, 3]"}, "parameters changed: [1, 2] -> [1, 2, 3]"),
        (set(), {"'--ask'"}, "parameters changed"),
        (
            {repr("""--requests '[{"layers": ["fc1"]}, {"layers": ["fc1"]}]'""")},
            {repr("""--requests '[{"layers": ["fc1", "block5"]}, {"layers": ["fc1"]}]'""")},
            'parameters changed: requests.layers ["fc1"] -> ["fc1", "block5"]',
        ),
    ],
)
def test_changed_parameters_are_said_by_their_values(before: set[str], now: set[str], words: str) -> None:
    assert own_cause(job(changed(before, now))).endswith(words)


def test_several_entries_are_each_held_against_the_one_that_is_most_like_it() -> None:
    old = {repr('{"name": "a", "size": 1, "rate": 5}'), repr('{"name": "b", "size": 2, "rate": 5}')}
    new = {repr('{"name": "a", "size": 1, "rate": 6}'), repr('{"name": "b", "size": 2, "rate": 7}')}
    said = own_cause(job(changed(old, new)))
    assert "rate 5 -> 6" in said
    assert "rate 5 -> 7" in said
    assert "size" not in said


def test_other_causes_are_said_in_short_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    benchmark = tmp_path / "job.jsonl"
    benchmark.touch()
    missing = job("Missing output files: b.tsv, a.tsv")
    assert own_cause(missing) == "never made"
    made_before = PlannedJob("r", {}, missing.reason, (), (), str(benchmark))
    assert own_cause(made_before) == "is gone: a.tsv and 1 more"
    assert own_cause(made_before, is_going_on=True) == "is being made right now, or is gone: a.tsv and 1 more"
    assert own_cause(job("Forced execution")) == "was being written when the last run ended"
    assert own_cause(job("Forced execution"), is_going_on=True) == "is being made right now"
    assert own_cause(job("Updated input files: x/0.labels.tsv")) == "labels changed: x/0.labels.tsv"
    assert own_cause(job("Updated input files: x/b.eaf, x/a.eaf")) == "labels changed: x/a.eaf and 1 more"
    assert own_cause(job(f"Updated input files: {tmp_path}/list.txt")) == "input changed: list.txt"
    assert own_cause(job("Set of input files has changed since last execution")) == "reads other files than before"
    assert own_cause(job("Input files updated by another job: b.tsv")) == ""


def test_a_reason_that_is_new_to_us_is_passed_on() -> None:
    assert own_cause(job("The moon is full")) == "The moon is full"


def test_what_follows_names_the_stage_where_the_cause_lies() -> None:
    jobs = [
        job("Input files updated by another job: s.h5", "extract_features", "s.h5", "f.tsv"),
        job("Input files updated by another job: r.tsv", "compute_stream", "r.tsv", "s.h5"),
        job(changed({"1"}, {"2"}), "resample_videos", "", "r.tsv"),
    ]
    assert [(one.stage, one.is_root) for one in explain(jobs, STAGES)] == [
        ("resample", True),
        ("streams", False),
        ("features", False),
    ]
    assert {one.why for one in explain(jobs, STAGES)[1:]} == {"follows from resample"}


def test_temporary_files_that_are_needed_again_say_by_which_stages(tmp_path: Path) -> None:
    benchmark = tmp_path / "job.jsonl"
    benchmark.touch()
    decode = PlannedJob("resample_videos", {}, "Missing output files: r.clips.h5", (), ("r.clips.h5",), str(benchmark))
    jobs = [decode, job(changed({"1"}, {"2"}), "extract_features", "r.clips.h5", "f.tsv")]
    first, second = explain(jobs, STAGES)
    assert (first.why, first.is_root) == ("its temporary files are needed again by features", False)
    assert second.is_root


def test_every_rule_has_a_stage_in_the_order_of_the_workflow() -> None:
    stages = stage_of_rules()
    order = list(dict.fromkeys(stages.values()))
    assert stages["train_experiment"] == stages["fuse_experiments"] == "training"
    assert order.index("dataset") < order.index("resample") < order.index("features") < order.index("report")

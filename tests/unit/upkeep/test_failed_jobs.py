"""The last words of a failed job, from logs as programs leave them."""

import json
from pathlib import Path

import pytest

from signwild.upkeep.job_events import read_job_events
from signwild.upkeep.launch.failed_jobs import NO_WORDS, failure_in_words, last_words

LOGS = {
    "an error of ours": ("a note\nerror: labels.csv:3: no\n", ["labels.csv:3: no"]),
    "the last of several": ("error: first\nmore\nerror: last\n  below\n\n", ["last", "  below"]),
    "a progress bar before it": ("resample: 3%|..\rresample: 9%|..\rerror: full\n", ["full"]),
    "an unexpected error": (
        'Traceback (most recent call last):\n  File "a.py", line 3\nValueError: no such mode\n',
        ["the last line of its log is: ValueError: no such mode"],
    ),
    "a killed job": ("resample: 3%|..\rresample: 9%|..", ["the last line of its log is: resample: 9%|.."]),
    "no word": ("", [NO_WORDS]),
    "no word but its time": ("attempt 1 failed after 3 s with exit code 137\n", [NO_WORDS]),
    "an error of ours and its time": ("error: no\nattempt 2 failed after 30 s with exit code 1\n", ["no"]),
    "an unexpected error and its time": (
        "ValueError: no such mode\n\nattempt 1 failed after 12 s with exit code 1\n",
        ["the last line of its log is: ValueError: no such mode"],
    ),
    "empty lines": ("\n \n", [NO_WORDS]),
    "many lines": (
        "error: all of these:\n" + "".join(f"  {number}\n" for number in range(30)),
        ["all of these:", *(f"  {number}" for number in range(11)), "  ... (19 more lines)"],
    ),
}


@pytest.mark.parametrize("name", LOGS)
def test_the_last_words_of_a_log(name: str, tmp_path: Path) -> None:
    text, words = LOGS[name]
    (tmp_path / "job.log").write_bytes(text.encode())
    assert last_words(tmp_path / "job.log") == words


def test_letters_that_are_no_text_and_a_log_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "job.log").write_bytes(b"error: \xff.mp4 is odd\n")
    assert last_words(tmp_path / "job.log") == ["\ufffd.mp4 is odd"]
    assert last_words(tmp_path / "gone.log") == [NO_WORDS]


def test_a_job_without_a_log_has_no_words() -> None:
    lines = failure_in_words([{"rule_name": "cut", "wildcards": {"run": "a", "seed": "1"}, "log": []}])
    assert lines[2:5] == ["Job:   cut (run a, seed 1)", f"Error: {NO_WORDS}", ""]


def test_events_of_a_run_that_was_killed_while_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    assert read_job_events(path).jobs == []
    events = [{"event": "job", "number": number, "rule_name": f"rule{number}"} for number in range(3)]
    events += [{"event": "failed", "number": number} for number in (2, 1)] + [{"event": "finished", "number": 2}]
    path.write_text("".join(json.dumps(event) + "\n" for event in events) + '{"event": "fai')
    read = read_job_events(path)
    assert [job["rule_name"] for job in read.jobs] == ["rule0", "rule1", "rule2"]
    assert [job["rule_name"] for job in read.failed] == ["rule1"]

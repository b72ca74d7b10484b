"""Comparison of a job's plan with that of the run that started it."""

from pathlib import Path

import pytest

from signwild.base.errors import InputError
from signwild.plan.same_plan import PLANNED, plan_digest, refuse_another_plan

RULES = """
rule draw_picture:
    input: "a.txt"
    # smaller is faster
    params: size=3
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A file of rules."""
    path = tmp_path / "rules.smk"
    path.write_text(RULES)
    return path


def test_comments_and_layout_of_rules_do_not_count_and_their_words_do(rules: Path) -> None:
    before = plan_digest([rules], {"seed": 1})
    rules.write_text(
        RULES.replace("# smaller is faster", "# larger is better").replace("params: size=3", "params:\n        size=3")
    )
    assert plan_digest([rules], {"seed": 1}) == before
    assert plan_digest([rules], {"seed": 2}) != before
    rules.write_text(RULES.replace("a.txt", "b.txt"))
    assert plan_digest([rules], {"seed": 1}) != before


def test_the_first_plan_is_handed_on_and_another_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLANNED, "as before")
    refuse_another_plan("as before")
    with pytest.raises(InputError, match="changed during the run, so this job does not start"):
        refuse_another_plan("another")
    monkeypatch.delenv(PLANNED)
    refuse_another_plan("the first")
    with pytest.raises(InputError, match="changed during the run"):
        refuse_another_plan("another")

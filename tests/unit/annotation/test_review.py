"""A review: the order of proposals, decisions in files, other programs and reviewers, and the log."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from made_review import SPANS, made_review, opened, times

from signwild.annotation.review.judgements import Proposal
from signwild.annotation.review.ranking import probability_of, wrong_seconds
from signwild.annotation.review.reviewed_file import ChangedFile
from signwild.annotation.review.session import LIST, Session, alone
from signwild.annotation.review.work_log import LOG, WorkLog, read_log
from signwild.annotation.targets import Target
from signwild.annotation.tier_names import check_names, written_tiers
from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.eaf_file import EafFile
from signwild.stages.dataset.elan_reader import eaf_files


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return made_review(tmp_path / "annotations")


def ids(session: Session) -> dict[tuple[str, int], str]:
    """Return the id of each proposal, by class and start."""
    return {(one["label"], one["start_ms"]): one["name"] for one in session.as_json()["proposals"]}


def test_what_is_most_probably_wrong_comes_first(target: Target) -> None:
    order = [(one["label"], one["start_ms"]) for one in opened(target).as_json()["proposals"]]
    # 2 s at 0.3, 4 s at 0.75, 6 s at 0.95, 4 s at 0.95 are 1.4, 1, 0.3 and 0.2 s.
    assert order == [("signing", 12000), ("speaking", 6000), ("other", 14000), ("signing", 1000)]


def test_windows_tell_more_than_words() -> None:
    windows = pd.DataFrame({"time_s": [0.5, 1.5, 2.5, 3.5]})
    windows[list(PROBABILITIES)] = [[0.9, 0.1, 0], [0.5, 0.5, 0], [0.2, 0.8, 0], [0.1, 0.9, 0]]
    own = Proposal("a1", "signing (proposed)", "signing", 1000, 3000, "sure")
    assert probability_of(own, windows) == pytest.approx(0.35)
    assert wrong_seconds(own, 0.35) == pytest.approx(1.3)
    # The moment 1 s of the video is time 0 of the file.
    assert probability_of(own, windows, origin_ms=1000) == pytest.approx(0.15)
    between = Proposal("a2", "signing (proposed)", "signing", 600, 700, "sure")
    assert probability_of(between, windows) == pytest.approx(0.9)
    assert probability_of(own, None) == pytest.approx(0.95)


def test_decisions_are_in_the_file_at_once_and_can_be_taken_back(target: Target) -> None:
    before, session = target.eaf.read_bytes(), opened(target)
    names = ids(session)
    session.judge(0, names["signing", 1000], "signing", 1200, 5000)
    assert times(target, "signing") == [(1200, 5000)]
    session.judge(0, names["speaking", 6000], "other", 6000, 10000)
    new = session.judge(0, "", "speaking", 10500, 11000)[0].name
    assert times(target, "other") == [(6000, 10000)]
    assert times(target, "speaking") == [(10500, 11000)]
    session.judge(0, names["signing", 1000], None, 1000, 5000)
    assert times(target, "signing") == []
    history = session.as_json()["history"]
    assert [name for _, _, name, _ in history] == [
        names["signing", 1000],
        names["speaking", 6000],
        new,
        names["signing", 1000],
    ]
    for number, file, name, _ in reversed(history):
        session.undo(file, name, number)
    assert target.eaf.read_bytes() == before
    backups = sorted(path.name for path in target.eaf.parent.glob("*.before_*"))
    assert backups == ["interview.eaf.before_1"]
    assert (target.eaf.parent / backups[0]).read_bytes() == before


def test_decisions_go_to_tiers_of_ones_own_and_all_of_a_class_count(target: Target) -> None:
    text = target.eaf.read_text(encoding="utf-8").replace('TIER_ID="signing"', 'TIER_ID="RH-gloss"')
    target.eaf.write_text(text.replace('TIER_ID="speaking"', 'TIER_ID="LH-gloss"'), encoding="utf-8")
    other_hand = opened(target, tiers=written_tiers(["signing=LH-gloss"], "--tiers"))
    other_hand.judge(0, "", "signing", 15000, 16000)
    session = opened(target, tiers=written_tiers(["signing=RH-gloss", "signing=LH-gloss"], "--tiers"))
    assert session.as_json()["files"][0]["annotations"] == [("signing", 15000, 16000)]
    name = ids(session)["signing", 12000]
    session.judge(0, name, "signing", 12000, 14000)
    assert times(target, "RH-gloss") == [(12000, 14000)]
    with pytest.raises(InputError, match=r'tier "LH-gloss" has an annotation at 15-16 s, which 15\.5-17 s overlaps'):
        session.judge(0, "", "signing", 15500, 17000)
    session.judge(0, ids(session)["speaking", 6000], "speaking", 6000, 10000)
    assert times(target, "speaking") == [(6000, 10000)]


def test_tiers_that_cannot_be_written_to_are_one_error(target: Target, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'--tiers: "signing \(proposed\)" is a tier of proposals'):
        written_tiers(["signing=signing (proposed)"], "--tiers")
    named = written_tiers(["signing=RH-glos"], "--tiers")
    with pytest.raises(
        InputError, match=r'no \.eaf file has a tier "RH-glos"; they have signing, speaking, other; corr'
    ):
        check_names(named, [target.eaf], "--tiers")
    assert check_names(Tiers(), [target.eaf], "--tiers") == ""
    text = target.eaf.read_text(encoding="utf-8")
    for name in CLASSES:
        text = text.replace(f'TIER_ID="{name}"', f'TIER_ID="my {name}"')
    target.eaf.write_text(text, encoding="utf-8")
    note = check_names(Tiers(), [target.eaf], "--tiers")
    assert "goes to new ones" in note
    assert "the files have my signing, my speaking, my other; name yours with --tiers" in note
    file = tmp_path / "mine.yaml"
    file.write_text(
        "run: mine\ndataset: {kind: folder, videos_dir: v, labels: l, tiers: {signing: [RH-gloss, LH-gloss]}}\n"
    )
    assert written_tiers([], "--tiers", file).signing == ["RH-gloss", "LH-gloss"]
    assert written_tiers([], "--tiers", file).other == ["other"]
    with pytest.raises(InputError, match="both name tiers; give one of them"):
        written_tiers(["signing=RH"], "--tiers", file)
    file.write_text("run: mine\ndataset: {kind: signing-in-the-wild}\n")
    with pytest.raises(InputError, match=r"mine\.yaml: dataset\.kind: only `folder` has tiers; give --tiers instead"):
        written_tiers([], "--tiers", file)


def test_what_overlaps_another_class_is_saved_and_said(target: Target) -> None:
    session = opened(target)
    names = ids(session)
    assert session.judge(0, names["signing", 12000], "signing", 12000, 14000)[1] == ""
    _, notice = session.judge(0, names["other", 14000], "other", 13500, 20000)
    assert notice.startswith("Saved: other at 13.5-20 s overlaps signing at 12-14 s.")
    assert "dataset: {overlap: ...}" in notice
    assert times(target, "other") == [(13500, 20000)]
    assert session.judge(0, names["other", 14000], None, 13500, 20000)[1] == ""


def test_the_order_of_decisions_is_known_to_a_page_that_is_loaded_again(target: Target) -> None:
    session = opened(target)
    name = ids(session)["signing", 1000]
    session.judge(0, name, "signing", 1000, 5000)
    session.judge(0, name, "other", 1000, 4000)
    assert session.as_json()["history"] == [[1, 0, name, None], [2, 0, name, ["signing", 1000, 5000]]]
    session.undo(0, name, 2)
    assert times(target, "signing") == [(1000, 5000)]
    assert session.as_json()["history"] == [[1, 0, name, None]]
    session.judge(0, name, "other", 1000, 4000)
    session.undo(0, name)
    assert (times(target, "signing"), session.as_json()["history"]) == ([], [])
    session.judge(0, name, "other", 1000, 4000)
    session.load_again(0)
    assert session.as_json()["history"] == []


def test_a_review_goes_on_where_the_last_one_ended(target: Target) -> None:
    session = opened(target)
    session.judge(0, ids(session)["signing", 1000], "signing", 1000, 5000)
    again = opened(target)
    assert len(again.order) == 3
    assert again.as_json()["files"][0]["annotations"] == [("signing", 1000, 5000)]


def test_a_file_without_any_proposal_left_is_decided(target: Target) -> None:
    session = opened(target)
    for (_, start), name in ids(session).items():
        session.judge(0, name, None, start, start + 1)
    again = opened(target)
    assert (again.files, again.decided) == ([], 1)


def test_what_overlaps_is_refused_and_nothing_changes(target: Target) -> None:
    session = opened(target)
    names = ids(session)
    session.judge(0, names["signing", 1000], "signing", 1000, 5000)
    before = target.eaf.read_bytes()
    with pytest.raises(InputError, match=r'interview\.eaf: on tier "signing" 1-5 s and 4-7 s overlap, both'):
        session.judge(0, names["speaking", 6000], "signing", 4000, 7000)
    with pytest.raises(InputError, match="is no stretch of the video"):
        session.judge(0, names["speaking", 6000], "speaking", 7000, 7000)
    with pytest.raises(InputError, match="has no proposal a99"):
        session.judge(0, "a99", "speaking", 0, 1)
    assert target.eaf.read_bytes() == before
    assert session.as_json()["files"][0]["added"] == []


def test_a_decision_that_was_refused_takes_no_other_back(target: Target) -> None:
    session = opened(target)
    names = ids(session)
    decision, _ = session.judge(0, names["signing", 1000], "signing", 1000, 5000)
    with pytest.raises(InputError, match="1-5 s and 4-7 s overlap, both of this review"):
        session.judge(0, names["speaking", 6000], "signing", 4000, 7000)
    with pytest.raises(InputError, match="has no such decision"):
        session.undo(0, names["signing", 1000], decision.number + 1)
    assert times(target, "signing") == [(1000, 5000)]


def test_what_was_decided_before_a_file_was_loaded_again_is_kept_apart(target: Target) -> None:
    session = opened(target)
    names = ids(session)
    for number in (1, 2):
        session.judge(0, names["signing", 1000], "signing", 1000, 5000)
        target.eaf.write_bytes(target.eaf.read_bytes().replace(b'AUTHOR="', b'AUTHOR="A'))
        with pytest.raises(ChangedFile, match=rf"interview\.eaf\.review_{number} "):
            session.judge(0, names["speaking", 6000], "speaking", 6000, 10000)
        target.eaf.write_bytes(target.eaf.with_name("interview.eaf.before_1").read_bytes())
        session.load_again(0)
    session.judge(0, names["signing", 1000], "signing", 1000, 5000)
    target.eaf.write_bytes(target.eaf.with_name("interview.eaf.before_1").read_bytes())
    with pytest.raises(ChangedFile, match="stays as it is; load the file again"):
        session.undo(0, names["signing", 1000])
    assert len(list(target.eaf.parent.glob("*.review_*"))) == 2


def test_a_file_that_another_program_saved_is_kept_and_so_are_the_decisions(target: Target) -> None:
    session = opened(target)
    names = ids(session)
    session.judge(0, names["signing", 1000], "signing", 1000, 5000)
    of_elan = target.eaf.read_bytes().replace(b'AUTHOR=""', b'AUTHOR="Anna"')
    target.eaf.write_bytes(of_elan)
    with pytest.raises(ChangedFile, match=r"interview\.eaf: was changed by another .* interview\.eaf\.review_1 "):
        session.judge(0, names["speaking", 6000], "speaking", 6000, 10000)
    with pytest.raises(ChangedFile, match=r"interview\.eaf\.review_1 "):
        session.undo(0, names["signing", 1000])
    kept = target.eaf.with_name("interview.eaf.review_1")
    assert list(EafFile(kept).times("speaking")) == [(6000, 10000)], "an undo must not take it from there"
    with pytest.raises(ChangedFile, match=r"interview\.eaf\.review_1 "):
        session.judge(0, names["speaking", 6000], "speaking", 6000, 10000)
    assert target.eaf.read_bytes() == of_elan
    assert [path.name for path in eaf_files(target.eaf.parent)] == ["interview.eaf"], "it would count twice"
    own = target.eaf.with_name("interview.eaf.review_1")
    assert list(EafFile(own).times("signing")) == [(1000, 5000)]
    assert list(EafFile(own).times("speaking")) == [(6000, 10000)]
    session.load_again(0)
    session.judge(0, names["speaking", 6000], "speaking", 6000, 10000)
    assert b'AUTHOR="Anna"' in target.eaf.read_bytes()
    assert times(target, "speaking") == [(6000, 10000)]
    assert target.eaf.with_name("interview.eaf.before_2").read_bytes() == of_elan


def test_decisions_that_another_program_undid_are_counted_once(target: Target, tmp_path: Path) -> None:
    before, session = target.eaf.read_bytes(), opened(target, WorkLog(tmp_path / "log", is_on=True))
    name = ids(session)["signing", 1000]
    session.judge(0, name, "signing", 1000, 5000)
    target.eaf.write_bytes(before)
    session.load_again(0)
    session.judge(0, name, "signing", 1000, 5000)
    assert read_log(tmp_path / "log")["kept"].iloc[-1] == 1


def test_nothing_is_annotated_behind_the_end_of_the_video(target: Target) -> None:
    session = opened(target)
    session.judge(0, ids(session)["other", 14000], "other", 14000, 90000)
    assert times(target, "other") == [(14000, 20000)]
    with pytest.raises(InputError, match="is no stretch of the video"):
        session.judge(0, "", "signing", 30000, 40000)


def test_names_that_are_no_text_are_reviewed_too(tmp_path: Path) -> None:
    made = made_review(tmp_path / "tape")
    folder = made.eaf.parent.rename(tmp_path / os.fsdecode(b"tape \xe9\xe2\x80\xa8"))
    target = Target(folder / made.eaf.name, folder / made.video.name)
    session = opened(target, WorkLog(tmp_path / "log", is_on=True))
    session.judge(0, ids(session)["signing", 1000], "signing", 1000, 5000)
    assert read_log(tmp_path / "log")["kept"].tolist() == [1, 1]
    assert len(pd.read_csv(session.write_list(tmp_path))) == 4


def test_a_second_reviewer_of_the_folder_is_told(target: Target) -> None:
    with alone([target]), pytest.raises(InputError, match="somebody else is reviewing this folder"), alone([target]):
        pass
    with alone([target]):
        pass


def test_files_that_cannot_be_read_are_named_and_the_others_go_on(target: Target, tmp_path: Path) -> None:
    broken = made_review(tmp_path / "annotations", "broken")
    broken.eaf.write_text("<nothing/>")
    faults: list[str] = []
    session = Session([broken, target], tmp_path / "found", WorkLog(tmp_path, is_on=False), faults.append, Tiers())
    assert len(session.files) == 1
    assert len(faults) == 1
    assert "broken.eaf" in faults[0]


def test_the_list_has_every_proposal(target: Target, tmp_path: Path) -> None:
    table = pd.read_csv(opened(target).write_list(tmp_path))
    assert (tmp_path / LIST).exists()
    assert len(table) == sum(map(len, SPANS.values()))
    assert table["wrong_s"].is_monotonic_decreasing
    assert table.loc[0, ["tier", "start_s", "end_s", "sureness"]].tolist() == ["signing (proposed)", 12, 14, "unsure"]


def test_the_log_says_what_it_took_and_what_stood(target: Target, tmp_path: Path) -> None:
    session = opened(target, WorkLog(tmp_path / "log", is_on=True))
    names = ids(session)
    session.judge(0, names["signing", 1000], "signing", 1000, 5000)
    session.judge(0, names["speaking", 6000], "speaking", 6500, 10000)
    session.judge(0, names["other", 14000], "signing", 14000, 20000)
    session.judge(0, names["signing", 12000], "signing", 12000, 14000)
    session.judge(0, names["signing", 12000], None, 12000, 14000)
    session.undo(0, session.judge(0, "", "other", 0, 500)[0].name)
    session.judge(0, "", "other", 0, 600)
    session.worked(0, 90)
    session.worked(0, 30)
    table = read_log(tmp_path / "log").set_index("file")
    row = table.loc[str(target.eaf)]
    assert row[["kept", "moved", "relabelled", "rejected", "added"]].tolist() == [1, 1, 1, 1, 1]
    assert row["stood_share"] == 0.25
    assert row["work_min"] == 2
    assert row["work_min_per_video_hour"] == pytest.approx(2 / (20 / 3600))
    assert table.loc["all", "kept"] == 1
    events = [json.loads(line) for line in (tmp_path / "log" / LOG).read_text().splitlines()]
    assert {key for event in events for key in event} == {"file", "event", "kind", "seconds", "video_s", "proposals"}


def test_without_a_log_nothing_is_written(target: Target, tmp_path: Path) -> None:
    session = opened(target, WorkLog(tmp_path / "log", is_on=False))
    session.judge(0, ids(session)["signing", 1000], "signing", 1000, 5000)
    session.worked(0, 1)
    assert not (tmp_path / "log").exists()
    with pytest.raises(InputError, match="make review"):
        read_log(tmp_path / "log")


def test_a_line_that_is_not_of_the_log_is_named(tmp_path: Path) -> None:
    (tmp_path / LOG).write_text('{"file": "a", "event": "kept"}\n{"file": "a", "event": "eaten"}\n')
    with pytest.raises(InputError, match=f"{LOG}, line 2"):
        read_log(tmp_path)

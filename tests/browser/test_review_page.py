"""The page of a review in a browser: keys decide, moved ends and undo reach the file, and faults are shown."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from made_review import SPANS, made_review
from places import ROOT
from playwright.sync_api import Browser, Page

from signwild.annotation.review.server import review_server
from signwild.annotation.review.session import Session
from signwild.annotation.review.work_log import WorkLog, read_log
from signwild.annotation.targets import Target
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.dataset.eaf_file import EafFile

LOADED = "document.querySelectorAll('#rows tr').length"
CURRENT = "document.querySelector('tr[aria-current]').cells[0].textContent"
WAIT_S = 30


@pytest.fixture
def target(tmp_path: Path, request: pytest.FixtureRequest) -> Target:
    return made_review(tmp_path / "annotations", suffix=getattr(request, "param", ".mp4"))


@pytest.fixture
def page(browser: Browser, target: Target, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page of a review of one file, and of more if a test names them, which is at its first proposal."""
    folder = target.eaf.parent
    others = [made_review(folder, name) for name in getattr(request, "param", ())]
    server, address = review_server(
        Session([target, *others], folder / "found", WorkLog(folder / "log", is_on=True), pytest.fail, Tiers()), port=0
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        page.goto(address)
        page.wait_for_selector("tr[aria-current]")
        yield page
    finally:
        context.close()
        server.shutdown()
    assert not faults


def awaited(value: Callable[[], object], wanted: object) -> None:
    """Wait until a value is the wanted one; fail with what it is after WAIT_S."""
    end = monotonic() + WAIT_S
    while (found := value()) != wanted and monotonic() < end:
        sleep(0.05)
    assert found == wanted


def tier(target: Target, name: str) -> list[tuple[float, float]]:
    return list(EafFile(target.eaf).times(name))


def test_keys_accept_relabel_reject_and_take_back(page: Page, target: Target) -> None:
    assert page.evaluate(CURRENT) == "signing"
    page.keyboard.press("Enter")
    awaited(lambda: tier(target, "signing"), [(12000, 14000)])
    assert page.evaluate(CURRENT) == "speaking"
    page.keyboard.press("3")
    awaited(lambda: tier(target, "other"), [(6000, 10000)])
    page.keyboard.press("x")
    awaited(lambda: tier(target, "other (proposed)"), [])
    assert page.inner_text("#progress") == "3 of 4 decided"
    page.keyboard.press("z")
    awaited(lambda: tier(target, "other (proposed)"), [(14000, 20000)])
    assert page.inner_text("#progress") == "2 of 4 decided"
    page.reload()
    page.wait_for_selector("tr[aria-current]")
    assert page.inner_text("#progress") == "2 of 4 decided"


def test_decisions_are_taken_back_after_a_reload(page: Page, target: Target) -> None:
    page.keyboard.press("Enter")
    page.keyboard.press("3")
    awaited(lambda: tier(target, "other"), [(6000, 10000)])
    page.reload()
    page.wait_for_selector("tr[aria-current]")
    page.keyboard.press("z")
    awaited(lambda: (tier(target, "other"), page.evaluate(CURRENT)), ([], "speaking"))
    page.keyboard.press("z")
    awaited(lambda: tier(target, "signing"), [])
    assert not page.is_visible("#notice")
    page.keyboard.press("z")
    assert "undo reaches to the start of this review" in page.inner_text("#notice")


def test_an_overlap_of_two_classes_is_said_at_once(page: Page, target: Target) -> None:
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    awaited(lambda: page.inner_text("#progress"), "2 of 4 decided")
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    page.wait_for_selector("#notice:not([hidden])")
    assert "other at 13.9-20 s overlaps signing at 12-14 s" in page.inner_text("#notice")
    assert tier(target, "other") == [(13900, 20000)]
    page.keyboard.press("Enter")
    page.wait_for_selector("#notice", state="hidden")


def test_a_decision_that_is_refused_after_its_undo_takes_no_other_back(page: Page, target: Target) -> None:
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    awaited(lambda: tier(target, "speaking"), [(6000, 10000)])
    page.keyboard.press("k")
    for _ in range(21):  # to 12.1 s, where there is signing
        page.keyboard.press("r")
    page.evaluate(
        """() => ["1", "z"].forEach(key =>
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })))"""
    )
    page.wait_for_selector("#fault:not([hidden])")
    assert "overlap, both of this review" in page.inner_text("#fault")
    page.keyboard.press("j")
    page.keyboard.press("x")
    awaited(lambda: tier(target, "other (proposed)"), [])
    assert tier(target, "speaking") == [(6000, 10000)]
    assert page.inner_text("#progress") == "3 of 4 decided"


def test_a_key_that_is_held_decides_once(page: Page, target: Target) -> None:
    press = """key => document.body.dispatchEvent(
        new KeyboardEvent("keydown", { key, repeat: true, bubbles: true, cancelable: true }))"""
    page.keyboard.press("Enter")
    for _ in range(5):
        page.evaluate(press, "Enter")
    page.evaluate(press, "w")
    page.keyboard.press("a")
    awaited(lambda: tier(target, "speaking"), [(6100, 10000)])
    assert page.inner_text("#progress") == "2 of 4 decided"


def test_a_failed_undo_is_said(page: Page, target: Target) -> None:
    page.keyboard.press("Enter")
    awaited(lambda: tier(target, "signing"), [(12000, 14000)])
    target.eaf.write_bytes(target.eaf.read_bytes().replace(b'AUTHOR=""', b'AUTHOR="Anna"'))
    page.keyboard.press("z")
    page.wait_for_selector("#again:not([hidden])")
    page.wait_for_timeout(500)
    assert page.is_visible("#fault")
    assert page.inner_text("#progress") == "1 of 4 decided"


def test_ends_are_moved_by_keys_and_by_dragging(page: Page, target: Target) -> None:
    for key in ("w", "w", "e"):
        page.keyboard.press(key)
    page.keyboard.press("a")
    awaited(lambda: tier(target, "signing"), [(12200, 13900)])
    box = page.locator("#end").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 60, box["y"] + 10, steps=4)
    page.mouse.up()
    page.keyboard.press("a")
    awaited(lambda: len(tier(target, "speaking")), 1)
    ((start, end),) = tier(target, "speaking")
    assert start == 6000
    # 12 s of the video, four before the proposal and four after it, are as wide as the track.
    width = page.locator("#track").bounding_box()["width"]
    assert end == pytest.approx(10000 - 60 * 12000 / width, abs=60)


def test_an_annotation_is_added_where_the_player_is(page: Page, target: Target) -> None:
    awaited(lambda: page.evaluate("document.getElementById('player').readyState >= 2"), True)
    page.evaluate("document.getElementById('player').currentTime = 16.5")
    awaited(lambda: page.evaluate("document.getElementById('player').seeking"), False)
    page.keyboard.press("n")
    page.keyboard.press("2")
    awaited(lambda: len(tier(target, "speaking")), 1)
    ((start, end),) = tier(target, "speaking")
    assert start == pytest.approx(16500, abs=100)
    assert end == start + 1000
    page.keyboard.press("z")
    awaited(lambda: tier(target, "speaking"), [])
    assert page.evaluate(LOADED) == 4
    # Before the old end a start takes the end along; what is new is taken back by a rejection.
    page.keyboard.press("n")
    page.evaluate("document.getElementById('player').currentTime = 18.4")
    awaited(lambda: page.evaluate("document.getElementById('player').seeking"), False)
    page.keyboard.press("i")
    page.keyboard.press("2")
    awaited(lambda: len(tier(target, "speaking")), 1)
    ((start, end),) = tier(target, "speaking")
    assert start == pytest.approx(18400, abs=100)
    assert end == start + 1000
    page.locator("#rows tr").last.click()
    page.keyboard.press("x")
    awaited(lambda: tier(target, "speaking"), [])
    page.keyboard.press("n")
    page.keyboard.press("x")
    assert page.evaluate(LOADED) == 4
    assert page.inner_text("#progress") == "0 of 4 decided"
    log = read_log(target.eaf.parent / "log").iloc[-1]
    assert (log["rejected"], log["added"]) == (0, 0)


@pytest.mark.parametrize("target", [".mp4", ".avi"], indirect=True)
def test_the_proposal_is_shown_also_of_formats_that_browsers_do_not_play(page: Page) -> None:
    shown = "document.getElementById('player').readyState >= 2 && document.getElementById('time').textContent"
    awaited(lambda: page.evaluate(shown) not in (False, "", "0:00.0"), True)
    page.keyboard.press(" ")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    awaited(lambda: page.evaluate("document.getElementById('player').seeking"), False)
    minutes, seconds = page.evaluate(shown).split(":")
    assert int(minutes) == 0
    assert 14 <= float(seconds) <= 20
    assert page.is_hidden("#unplayable")


def test_an_overlap_is_said_and_the_proposal_stays_open(page: Page, target: Target) -> None:
    page.keyboard.press("Enter")
    awaited(lambda: tier(target, "signing"), [(12000, 14000)])
    for _ in range(41):
        page.keyboard.press("r")
    page.keyboard.press("1")
    page.wait_for_selector("#fault:not([hidden])")
    assert 'on tier "signing" 6-14.1 s and 12-14 s overlap, both of this review' in page.inner_text("#fault-text")
    assert page.inner_text("#progress") == "1 of 4 decided"
    assert page.evaluate(CURRENT) == "speaking"


def test_a_file_that_another_program_saved_is_said_and_loaded_again(page: Page, target: Target) -> None:
    target.eaf.write_bytes(target.eaf.read_bytes().replace(b'AUTHOR=""', b'AUTHOR="Anna"'))
    page.keyboard.press("Enter")
    page.wait_for_selector("#again:not([hidden])")
    assert "interview.eaf.review_1" in page.inner_text("#fault-text")
    page.click("#again")
    page.wait_for_selector("#fault", state="hidden")
    page.keyboard.press("Enter")
    awaited(lambda: tier(target, "signing"), [(12000, 14000)])
    assert b'AUTHOR="Anna"' in target.eaf.read_bytes()


@pytest.mark.parametrize("page", [("lecture",)], indirect=True)
def test_files_that_another_program_saved_are_named_until_they_are_loaded_again(page: Page, target: Target) -> None:
    files = [target.eaf, target.eaf.with_name("lecture.eaf")]
    for file in files:
        file.write_bytes(file.read_bytes().replace(b'AUTHOR=""', b'AUTHOR="Anna"'))
    for number in (1, 2):  # the most doubtful proposal of each
        page.keyboard.press("Enter")
        awaited(lambda: page.evaluate("changed.size"), number)
        page.keyboard.press("j")
    for name in ("interview", "lecture"):
        awaited(lambda name=name: f"{name}.eaf: was changed" in page.inner_text("#fault-text"), True)
        page.click("#again")
    page.wait_for_selector("#fault", state="hidden")
    page.keyboard.press("Enter")
    awaited(lambda: page.inner_text("#progress"), "1 of 8 decided")


def test_seconds_at_work_are_logged(page: Page, target: Target) -> None:
    page.keyboard.press("Enter")
    folder = target.eaf.parent / "log"
    awaited(lambda: read_log(folder)["work_min"].iloc[-1] > 0, True)
    assert read_log(folder)["kept"].iloc[-1] == 1


def test_the_page_fits_and_every_class_has_its_colour(page: Page) -> None:
    page.keyboard.press("Enter")
    for width in (360, 800, 1400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    colours = {
        page.evaluate("name => getComputedStyle(document.querySelector(`tr.${name}`)).getPropertyValue('--own')", name)
        for name in SPANS
    }
    assert len(colours) == len(SPANS)
    assert "" not in colours


def test_the_benchmark_of_the_page_measures_decisions() -> None:
    command = [sys.executable, ROOT / "benchmarks/measure_review.py", "--proposals", "45"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"(until it is .*: median \d+ ms, at most \d+ ms, of 40 decisions\n){2}", done.stdout)

"""The pages of a detection in a browser: they play, seek, say what cannot be played, and fit."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from made_detection import HOSTILE_NAME, made_detection
from made_videos import numbered_frames, write_video
from playwright.sync_api import Browser, Page

from signwild.configuration.sections.detection import Decision
from signwild.stages.detector.pages import SummaryRow, write_summary, write_video_page

TIME = "document.getElementById('player').currentTime"
PLACES = """new Promise(done => {
  const places = new Set();
  const look = frames => {
    places.add(document.getElementById("playhead").style.left);
    if (frames) requestAnimationFrame(() => look(frames - 1));
    else done(places.size);
  };
  look(40);
})"""
"""In how many places the playhead is within 40 frames of the screen."""

STATE = """(({paused, seeking, ended, currentTime, readyState, networkState, error}) =>
  ({paused, seeking, ended, currentTime, readyState, networkState, error: error?.message}))(
  document.getElementById("player"))"""
"""What the player is at, for the message of a test that fails."""

READY = "document.getElementById('player').readyState >= 1"
PLAYHEAD = "parseFloat(document.getElementById('playhead').style.left)"

FLAG = "312 of 400 frames could be decoded: the results end at <b>10.4 s</b>."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of pages about real videos of 20 s, and of their list."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "videos").mkdir()
    frames, rows = numbered_frames(200), []
    for name in (HOSTILE_NAME, "old.avi"):
        video = write_video(folder / "videos" / name, frames, "10")
        detected = made_detection(video, flags=[FLAG])
        write_video_page(detected, folder / "pages" / f"{name}.html", Path("../videos") / name)
        found = (detected.verdict, detected.signing_share, detected.signing_s, detected.duration_s)
        rows.append(SummaryRow(name, f"pages/{name}.html", *found, detected.signing_probability, detected.flags))
    hours = made_detection(spans=[(0.0, "other"), (35000.0, "speaking"), (35900.0, "other")], duration_s=36000.0)
    write_video_page(hours, folder / "pages/hours.html", Path("../videos") / HOSTILE_NAME)
    rows.append(SummaryRow("broken.mp4", error="undecodable: <i>no</i> frame"))
    flags = ["Check this video yourself."]
    rows.append(SummaryRow("doubtful.mp4", "pages/hours.html", "unsure", 0.4, 8.0, 20.0, 0.45, flags))
    write_summary(rows, folder, "demo 1f2e", "rgb", Decision(sure_signing_from=0.7, sure_rest_to=0.3))
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must neither complain nor ask anything of the network."""
    page, complaints = browser.new_page(viewport={"width": 1280, "height": 1200}), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))

    def block(route) -> None:
        complaints.append(route.request.url)
        route.abort()

    page.route(lambda url: not url.startswith(("file:", "data:")), block)
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def player(page: Page, site: Path) -> Page:
    """The page of a video that plays."""
    page.goto((site / f"pages/{HOSTILE_NAME}.html").as_uri())
    wait(page, READY)
    return page


def wait(page: Page, condition: str) -> None:
    """Wait until a condition holds. Playwright's own way evaluates a string, which the page forbids."""
    deadline = monotonic() + 60  # a busy machine needs seconds until a video plays
    while not page.evaluate(condition):
        assert monotonic() < deadline, (condition, page.evaluate(STATE))
        page.wait_for_timeout(20)


def time(page: Page) -> float:
    return page.evaluate(TIME)


def test_names_and_notes_are_shown_as_they_stand(player: Page) -> None:
    assert player.title() == f"{HOSTILE_NAME} · Signing in the Wild"
    assert player.locator("h1").inner_text() == HOSTILE_NAME
    assert player.locator("header .warning").inner_text() == FLAG
    assert player.locator(".verdict").inner_text() == "A video of signing: signing for 0:12 of 0:20 (62.5%)"
    assert player.locator("script").count() == 1
    assert player.locator("#unplayable").is_hidden()
    assert player.evaluate("[player.duration, player.videoWidth]") == [20, 128]


def test_a_click_or_a_drag_on_the_timeline_goes_there(player: Page) -> None:
    box = player.locator("#track").bounding_box()
    middle = box["y"] + box["height"] / 2
    player.mouse.click(box["x"] + box["width"] / 2, middle)
    assert time(player) == pytest.approx(10, abs=0.2)
    assert player.evaluate(PLAYHEAD) == pytest.approx(50, abs=1)
    assert player.locator("#label").inner_text() == "signing (85%)"
    player.mouse.move(box["x"] + box["width"] / 4, middle)
    player.mouse.down()
    player.mouse.move(box["x"] + 0.7 * box["width"], middle, steps=5)
    player.mouse.up()
    player.mouse.move(box["x"], middle)
    assert time(player) == pytest.approx(14, abs=0.2)
    assert player.locator("#label").inner_text() == "speaking (78%)"
    assert player.locator("#track").get_attribute("aria-valuetext") == "0:14"
    assert player.locator("tr[aria-current]").inner_text().split() == ["0:12.5", "0:15.0", "speaking", "78%"]


@pytest.mark.parametrize("focus", ["body", "#player", "#track", ".segments .scroll"])
def test_keys_go_about_in_the_video(player: Page, focus: str) -> None:
    player.locator(focus).focus()
    steps = {"n": 5, "ArrowRight": 6, "]": 15, "Shift+ArrowLeft": 5, "ArrowLeft": 4, "Shift+ArrowRight": 14, "p": 5}
    for key, position in (steps | {"N": 15, "[": 5, "Alt+n": 5}).items():
        player.keyboard.press(key)
        assert time(player) == pytest.approx(position, abs=0.01), key
    player.keyboard.press("Space")
    wait(player, f"{TIME} > 5.3")
    player.keyboard.press("Space")
    assert player.evaluate("player.paused")


def test_space_on_a_button_presses_it(player: Page) -> None:
    player.get_by_role("button", name="0:12.5").focus()
    player.keyboard.press("Space")
    assert time(player) == pytest.approx(12.5, abs=0.01)
    assert player.evaluate("player.paused")


def test_buttons_of_the_segments_go_to_their_start(player: Page) -> None:
    for name, start in {"0:15.0": 15, "0:05.0": 5, "0:00.0": 0}.items():
        player.get_by_role("button", name=name).click()
        assert time(player) == pytest.approx(start, abs=0.01)
    player.keyboard.press("Space")
    wait(player, "!player.paused")


def test_the_playhead_moves_with_the_video(player: Page) -> None:
    player.get_by_role("button", name="0:05.0").click()
    before = player.evaluate(PLAYHEAD)
    player.keyboard.press("n")
    player.evaluate("player.currentTime = 4.8")
    player.evaluate("player.play()")
    assert player.evaluate(PLACES) > 10
    wait(player, f"{PLAYHEAD} > {before} + 2")
    player.evaluate("player.pause()")
    wait(player, f"Math.abs({PLAYHEAD} - 5 * {TIME}) < 0.5")
    assert player.locator("#label").inner_text() == "signing (85%)"
    assert player.locator("#time").inner_text().startswith("0:05.")


def test_a_video_that_the_browser_cannot_play_is_said_to_be_one(page: Page, site: Path) -> None:
    page.goto((site / "pages/old.avi.html").as_uri())
    page.locator("#unplayable").wait_for()
    assert "cannot play the video" in page.locator("#unplayable").inner_text()
    page.get_by_role("button", name="0:12.5").click()
    assert page.evaluate(PLAYHEAD) == 62.5
    page.keyboard.press("Space")
    page.keyboard.press("p")
    assert page.locator("#label").inner_text() == "signing (85%)"


@pytest.mark.parametrize("width", [380, 1280])
@pytest.mark.parametrize("name", [f"pages/{HOSTILE_NAME}.html", "pages/hours.html", "index.html"])
def test_nothing_is_wider_than_the_window(page: Page, site: Path, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto((site / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    regions = page.locator(".scroll")
    assert regions.evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)") == [0]


def test_a_video_has_its_colours_in_the_dark_and_its_timeline_on_paper(player: Page) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = player.evaluate(background)
    player.emulate_media(color_scheme="dark")
    assert player.evaluate(background) != light
    player.emulate_media(media="print", color_scheme="dark")
    assert player.evaluate(background) == light
    assert player.locator("#player").is_hidden()
    assert player.locator("#track").bounding_box()["height"] > 100


def test_the_list_leads_to_the_pages_of_its_videos(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    assert page.locator("h1").inner_text() == "Signing in 4 videos"
    counts = "1 unsure, please check; 2 of signing, 0 not of signing; 1 could not be used"
    assert page.locator(".verdict").inner_text() == counts
    assert page.locator("tbody tr").first.inner_text().split("\t")[0] == "doubtful.mp4"
    assert page.locator("tbody tr").last.inner_text().split("\t")[-1] == "undecodable: <i>no</i> frame"
    page.get_by_role("link", name=HOSTILE_NAME).click()
    wait(page, READY)
    assert page.locator("h1").inner_text() == HOSTILE_NAME

"""The report in a browser: it opens from disk, shows everything, fits every width, and prints."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from made_report import HOSTILE_ID, HOSTILE_REASON, TABLES, write_run
from playwright.sync_api import Browser, Page

from signwild.stages.report.write_report import write_report

CELLS = "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.innerText.trim()))"


@dataclass
class Opened:
    """A page, what its console said, and what it asked of the network."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def cells(self, selector: str) -> list[list[str]]:
        """Text of the body's cells of a table."""
        return self.page.locator(selector).evaluate(CELLS)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run with its report."""
    folder = tmp_path_factory.mktemp("report") / "results/made"
    write_report(write_run(folder), folder, None, folder / "report")
    return folder


@pytest.fixture(scope="module")
def opened(run: Path, browser: Browser) -> Iterator[Opened]:
    opened = Opened(browser.new_page())
    opened.page.on("console", lambda message: opened.console.append(message.text))
    opened.page.on("pageerror", lambda error: opened.console.append(str(error)))

    def block(route) -> None:
        opened.requests.append(route.request.url)
        route.abort()

    opened.page.route(lambda url: not url.startswith(("file:", "data:")), block)
    opened.page.goto((run / "report/index.html").as_uri())
    yield opened
    opened.page.close()


def test_it_opens_without_an_error_and_without_the_network(opened: Opened) -> None:
    assert opened.page.title() == "Report of the run made · Signing in the Wild"
    assert opened.console == []
    assert opened.requests == []
    assert opened.page.locator("script").count() == 0


def test_it_first_says_what_cannot_be_compared(opened: Opened) -> None:
    text = opened.page.locator("body").inner_text()
    assert text.index("Not comparable with the paper: rendered demo videos; random weights.") < text.index("In short")


def test_every_picture_is_there_and_described(opened: Opened) -> None:
    pictures = opened.page.locator("img")
    sizes = pictures.evaluate_all("images => images.map(image => [image.naturalWidth, image.naturalHeight])")
    # attrition, figures 1 and 4, intervals of three tables, persons, the learning curve, three of each of two
    # experiments, and a confusion matrix again
    assert sizes == [[60, 40]] * 15
    assert all(pictures.evaluate_all("images => images.map(image => image.alt)"))


@pytest.mark.parametrize("name", TABLES)
def test_cells_of_a_table_are_the_numbers_of_its_file(opened: Opened, run: Path, name: str) -> None:
    table = pd.read_csv(run / f"tables/{name}.csv")
    cells = opened.cells(f"#{name} table")
    assert [row[0] for row in cells] == table["label"].tolist()
    for row, shown in zip(table.itertuples(), cells, strict=True):
        text = " ".join(shown)
        assert f"{row.loss_ours:.4f}" in text
        if "accuracy" in TABLES[name][1]:
            assert f"{100 * row.accuracy_ours:.2f}" in text
    assert opened.page.locator(f"#{name} caption").inner_text() == TABLES[name][0]


def test_cells_of_the_other_tables_are_the_numbers_of_their_files(opened: Opened, run: Path) -> None:
    assert opened.cells("#dataset") == [
        ["signing", "2", "–", "0.50", "–"],
        ["total", "6", "1,200", "1.25", "1,120"],
    ]
    assert opened.cells("#videos") == [
        ["signing", "3", "2", "1"],
        ["speaking", "2", "2", "0"],
        ["other", "2", "2", "0"],
        ["no label", "1", "0", "1"],
    ]
    assert opened.cells("#attrition") == [
        ["available", "can be used", "2", "2", "2", "6"],
        ["unusable", "no file", "0", "0", "0", "1"],
        ["unusable", "a file that cannot be decoded", "1", "0", "0", "1"],
    ]
    balance = pd.read_table(run / "segments/balance.tsv").set_index(["fold", "label"])
    for fold, *classes, total in opened.cells("#balance"):
        own = balance.loc[int(fold)]
        assert classes == [f"{row.segments} ({row.videos})" for row in own.itertuples()]
        assert total == str(own["segments"].sum())
    assert opened.cells("#times-by-rule") == [
        ["train_experiment", "2", "2 min 0 s", "1 min 40 s", "1.1 GB"],
        ["cut", "1", "1.0 s", "1.0 s", "–"],
    ]


def test_what_comes_from_outside_is_shown_as_it_stands(opened: Opened) -> None:
    assert [HOSTILE_ID, "signing", "undecodable", HOSTILE_REASON] in opened.cells("#not-used")


def test_headings_are_in_order_and_the_contents_lead_to_them(opened: Opened) -> None:
    levels = opened.page.locator("h1, h2, h3, h4").evaluate_all("titles => titles.map(title => +title.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    targets = opened.page.locator("nav a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(targets) == 13
    assert all(opened.page.locator(target).count() == 1 for target in targets)
    assert opened.page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("name", TABLES)
def test_notes_are_below_the_box_that_scrolls(opened: Opened, name: str) -> None:
    opened.page.set_viewport_size({"width": 360, "height": 800})
    box = opened.page.locator(f"#{name} .scroll")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert box.locator("p").count() == 0
    below = box.bounding_box()["y"] + box.bounding_box()["height"]
    notes = opened.page.locator(f"#{name} > .note")
    assert notes.count() > 2
    for note in notes.all():
        assert note.bounding_box()["y"] >= below
        assert note.bounding_box()["x"] + note.bounding_box()["width"] <= 360


@pytest.mark.parametrize("name", TABLES)
def test_a_table_need_not_be_scrolled_in_a_window_of_usual_width(opened: Opened, name: str) -> None:
    opened.page.set_viewport_size({"width": 1200, "height": 800})
    box = opened.page.locator(f"#{name} .scroll")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")
    is_wide = len(TABLES[name][1]) > 3
    heights = box.locator("tbody td").evaluate_all("cells => cells.map(cell => cell.clientHeight)")
    assert (max(heights) > 40) == is_wide  # numbers are on one line where there is room


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(opened: Opened, width: int) -> None:
    opened.page.set_viewport_size({"width": width, "height": 800})
    opened.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width


def test_the_cards_lie_beside_it(opened: Opened, run: Path) -> None:
    links = opened.page.locator("a[href$='.md']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert {"model_card.md", "data_card.md"} == set(links)
    assert all((run / "report" / link).is_file() for link in links)


def test_it_prints_on_several_pages_with_what_is_folded_away(run: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((run / "report/index.html").as_uri())
    page.emulate_media(media="print")
    assert page.locator(".experiment").count() == 2
    assert page.locator(".experiment img").first.bounding_box()["height"] > 0
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") > 1

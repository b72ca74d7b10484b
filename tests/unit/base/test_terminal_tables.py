"""Tables on a terminal: readable at any width, and no number is cut."""

import re

import pytest
from made_results import made_predictions, write_results

from signwild.base.table_forms import BEST
from signwild.base.terminal_tables import MIN_WIDTH, terminal_table
from signwild.stages.tables.compare_experiments import Comparison, compare

LABELS = {"rgb": "RGB stream only", "flow": "polar motion profiles + nearest neighbours (Yanovich)"}
PAPER = {"wide": {"rgb": {"loss": 0.5128, "accuracy": 0.8501}, "flow": {"loss": 0.5387, "accuracy": 0.8121}}}
NUMBER = re.compile(r"[\d*.,±+−∗\[\] ]+")
CLAIMS = """**The paper's statements**

| Statement                  | Comparison |            Ours [95% interval] |
| -------------------------- | ---------: | -----------------------------: |
| Flow \\| motion does better | loss: a − b | −0.0210 [−0.0310, −0.0110] |
|                            | loss: a − c | −0.0110 [−0.0210, +0.0110] |
"""


@pytest.fixture(scope="module")
def markdown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A comparison of 13 columns, as the workflow writes it."""
    folder = tmp_path_factory.mktemp("wide")
    for seed, name in enumerate(LABELS, start=3):
        write_results(folder, name, predictions=made_predictions(seed=seed))
    rows = [{"experiment": name, "label": label, "folder": f"training/{name}"} for name, label in LABELS.items()]
    columns = ["loss", "accuracy", "precision", "parameters"]
    values = {"caption": "A wide table", "columns": columns, "rows": rows, "reference": "rgb"}
    (folder / "tables").mkdir()
    stem = folder / "tables/wide"
    compare("wide", Comparison.model_validate(values), folder, [1], PAPER, "person", [], stem, folder / "wide.png")
    return stem.with_suffix(".md").read_text(encoding="utf-8")


def cells_of(markdown: str) -> list[list[str]]:
    """Return the rows of the Markdown table, without its title row and the line below that."""
    rows = [line for line in markdown.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().replace("**", "") for cell in row.split("|")[1:-1]] for row in rows]


@pytest.mark.parametrize("width", [60, 80, 100, 240])
def test_every_cell_is_shown_whole_in_lines_that_fit(markdown: str, width: int) -> None:
    lines = terminal_table(markdown, width)
    assert max(map(len, lines)) <= width
    assert "**" not in "".join(lines)
    assert "…" not in "".join(lines)
    for label, *cells in cells_of(markdown):
        row = "  ".join(line for line in lines if line.startswith(" ".join(label.split()[:2]))) + " "
        for cell in filter(NUMBER.fullmatch, cells):
            _, found, row = row.partition(f" {cell} ")
            assert found, f"{cell} is missing, or not in its place"
            row = f" {row}"


@pytest.mark.parametrize(("width", "blocks"), [(60, 9), (80, 6), (100, 5), (240, 2), (400, 1)])
def test_the_first_column_is_repeated_in_each_block(markdown: str, width: int, blocks: int) -> None:
    lines = terminal_table(markdown, width)
    assert sum(line.startswith("Experiment ") for line in lines) == blocks
    assert sum(line.startswith("RGB stream only ") for line in lines) == blocks
    assert sum(line.startswith("-----") for line in lines) == blocks


def test_caption_and_notes_are_above_and_below(markdown: str) -> None:
    lines = terminal_table(markdown, 80)
    assert lines[:2] == ["A wide table", ""]
    assert " ".join(lines).endswith("a uniform guess has a loss of ln 3 = 1.0986.")


def test_what_is_bold_takes_no_room_in_the_terminals_bold_type(markdown: str) -> None:
    lines = terminal_table(markdown, 100, with_bold=True)
    assert lines[0] == "\x1b[1mA wide table\x1b[0m"
    assert "**" not in "".join(lines)
    assert any("\x1b[1m" in line for line in lines[1:])
    assert max(len(re.sub(r"\x1b\[\dm", "", line)) for line in lines) <= 100


def test_bold_words_are_bold_on_every_line_and_without_bold_type_nothing_is_said_of_it() -> None:
    text = f"| name | best |\n| --- | --: |\n| **{'word ' * 20}end** | **0.9 ± 0.1** |\n\nA note. {BEST}\n\n{BEST}\n"
    bold = terminal_table(text, 60, with_bold=True)
    assert "**" not in "".join(bold)
    assert sum(line.startswith("\x1b[1mword\x1b[0m") for line in bold) > 2
    assert bold[-3:] == [f"A note. {BEST}", "", BEST]
    plain = terminal_table(text, 60)
    assert plain[: len(bold) - 4] == [re.sub(r"\x1b\[\dm", "", line) for line in bold[:-4]]
    assert plain[-2:] == ["", "A note."]


def test_text_is_wrapped_at_spaces_and_a_bar_is_no_border() -> None:
    lines = terminal_table(CLAIMS, MIN_WIDTH)
    assert [line.split("  ")[0] for line in lines[4:6]] == ["Flow | motion does", "better"]
    assert all(any(part in line for line in lines) for part in ("[−0.0310, −0.0110]", "loss: a − c"))


def test_a_narrower_terminal_is_treated_as_sixty_wide(markdown: str) -> None:
    assert terminal_table(markdown, 20) == terminal_table(markdown, MIN_WIDTH)


def test_a_word_that_is_wider_than_the_terminal_stays_whole() -> None:
    word = "x" * 90
    (line,) = [line for line in terminal_table(f"| video | n |\n| --- | --: |\n| {word} | 7 |", 60) if word in line]
    assert line.endswith("7")
